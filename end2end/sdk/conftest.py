"""Starts the scripted upstream, and the server where its program is at hand."""

import os
import pathlib
import shutil
import subprocess

import pytest

from server import Server

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODELS = ["claude-opus-5-5", "gpt-6.1-sol", "gemini-4-argon", "openai/gpt-oss-120b"]
# Settings of the machine must not reach the SDKs: they would name other providers, or proxies.
for name in list(os.environ):
    if name.lower().endswith("_proxy") or name.endswith(("_API_KEY", "_BASE_URL")):
        del os.environ[name]
os.environ["NO_PROXY"] = "*"


def program(variable: str, default: str) -> str:
    """The path of a program under test."""
    path = os.environ.get(variable) or str(ROOT / "target" / default)
    if not shutil.which(path):
        pytest.fail(f"{path} is missing: build it, or name it in {variable}", pytrace=False)
    return path


@pytest.fixture(scope="session")
def upstream():
    """The address of the scripted upstream, without a path."""
    arguments = ["--addr", "127.0.0.1:0", "--pace-ms", "0", "--models", ",".join(MODELS)]
    process = subprocess.Popen(
        [program("VERTICE_UPSTREAM_BIN", "debug/vertice-upstream"), *arguments],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(timeout=10)


def pytest_sessionfinish(session, exitstatus):
    """A filter that fits none of these tests is no fault: it fits others."""
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and session.config.option.keyword:
        session.exitstatus = pytest.ExitCode.OK


def say(text: str, *words: str) -> str:
    """A message that makes the scripted upstream answer `text` at once, in the way that the words say."""
    echo = f"[[echo {text}]]" if text else ""
    rest = f"[[{' '.join(words)}]]" if words else ""
    return f"Please. {echo} {rest}"


@pytest.fixture(scope="session")
def start_server(upstream, tmp_path_factory):
    """Starts servers with these settings, for a user of this role."""
    path = program("VERTICE_BIN", "release/vertice")
    servers = []

    def start(role: str = "admin", **settings: str) -> Server:
        data_dir = str(tmp_path_factory.mktemp("data"))
        servers.append(Server(path, upstream, data_dir, role, **settings))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def server(start_server):
    """The server under test."""
    return start_server()
