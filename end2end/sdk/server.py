"""Runs the product with a data directory of its own, its providers being the scripted upstream."""

import os
import re
import subprocess
import threading

EMAIL = "sdk@example.com"
PASSWORD = "a long and odd passphrase 7431"


class Server:
    """One running server, with a user and that user's API token."""

    def __init__(self, program: str, upstream: str, data_dir: str, role: str, **settings: str):
        self._program = program
        self._env = {
            "PATH": os.environ.get("PATH", ""),
            "VERTICE_ADDR": "127.0.0.1:0",
            "VERTICE_DATA_DIR": data_dir,
            "RUST_LOG": "info",
            "RATE_LIMIT_REQUESTS_PER_MINUTE": "6000000",
            "RATE_LIMIT_BURST": "100000",
            "ENABLE_SANDBOXING": "false",
            "DAILY_TOKEN_LIMIT_PER_USER": "1000000000",
            "ANTHROPIC_API_KEY": "sk-ant-test",
            "ANTHROPIC_BASE_URL": upstream,
            "OPENAI_API_KEY": "sk-test",
            "OPENAI_BASE_URL": f"{upstream}/v1",
            "GOOGLE_API_KEY": "test",
            "GOOGLE_GEMINI_BASE_URL": upstream,
            "GROQ_API_KEY": "gsk_test",
            "GROQ_BASE_URL": upstream,
            **settings,
        }
        self._admin("user", "create", "--email", EMAIL, "--role", role, "--password-stdin", stdin=PASSWORD)
        self.token = self._admin("token", "create", "--email", EMAIL, "--name", "sdk").strip()
        self._lines: list[str] = []
        self._process = subprocess.Popen(
            [program], env=self._env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.url = self._address()
        # The log must be read on, or the server would wait for its reader.
        threading.Thread(target=self._read_on, daemon=True).start()

    def _admin(self, *arguments: str, stdin: str | None = None) -> str:
        done = subprocess.run(
            [self._program, "admin", *arguments],
            env=self._env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _address(self) -> str:
        for line in self._process.stdout:
            self._lines.append(line)
            if found := re.search(r"listening on (http://127\.0\.0\.1:\d+)", line):
                return found.group(1)
        raise AssertionError("the server ended:\n" + "".join(self._lines))

    def _read_on(self) -> None:
        for line in self._process.stdout:
            self._lines.append(line)
            del self._lines[:-500]

    def log(self) -> str:
        """The last lines that it has written."""
        return "".join(self._lines)

    def stop(self) -> None:
        """Ends it."""
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
