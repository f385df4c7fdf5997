"""Starts the scripted upstream, and the server where its program is at hand."""

import os
import pathlib
import shutil
import subprocess

import pytest

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
    arguments = ["--addr", "127.0.0.1:0", "--models", ",".join(MODELS)]
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


def say(text: str, *words: str) -> str:
    """A message that makes the scripted upstream answer `text` at once, in the way that the words say."""
    echo = f"[[echo {text}]]" if text else ""
    return f"Please. {echo} [[every=0ms {' '.join(words)}]]"
