"""OpenAI's Python SDK, a newer and an older one, and two tools that speak its API, at the server's /v1 door."""

import base64
import json
import os
import pathlib
import struct
import subprocess
import sys
import time
import zlib

import httpx
import openai
import pytest

from conftest import ROOT, program, say

CLAUDE = "claude-opus-5-5"
GPT = "gpt-6.1-sol"
MODELS = [CLAUDE, GPT]
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "Tells the weather",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    }
]
FIGURES = "usage in=10 out=7 read=100"
CALL = say("", 'tool=weather args={"city": "São Paulo, SP"}')


@pytest.fixture(scope="module")
def client(server):
    return openai.OpenAI(api_key=server.token, base_url=f"{server.url}/v1", max_retries=0)


@pytest.fixture(scope="module")
def mcp_server(server) -> str:
    """The name of an MCP server whose tool may be called without asking."""
    command = program("VERTICE_MCP_BIN", "debug/vertice-scripted-mcp")
    api = httpx.Client(base_url=f"{server.url}/api/v1", headers={"Authorization": f"Bearer {server.token}"})
    added = {"name": "scripted", "transport": "stdio", "command": command}
    assert api.post("/mcp/servers", json=added).status_code == 201
    until = time.monotonic() + 30
    while not api.get("/mcp/servers/scripted").json()["tools"]:
        assert time.monotonic() < until, "its tools were not listed"
        time.sleep(0.05)
    assert api.patch("/tools/scripted/echo", json={"permission": "allow"}).status_code == 200
    return "scripted"


def ask(client, content, model=CLAUDE, **more):
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": content}]
    return client.chat.completions.create(model=model, messages=messages, **more)


def png() -> bytes:
    """A small red square."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = (b"\0" + b"\xff\0\0" * 8) * 8
    header = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("model", MODELS)
def test_whole_answer(client, model):
    answer = ask(client, say("Olá, mundo 𝄞", FIGURES), model)
    choice = answer.choices[0]
    assert (choice.message.content, choice.message.role, choice.finish_reason) == ("Olá, mundo 𝄞", "assistant", "stop")
    assert answer.object == "chat.completion" and answer.id and answer.created and answer.model == model
    usage = answer.usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (110, 7, 117)
    assert usage.prompt_tokens_details.cached_tokens == 100


@pytest.mark.parametrize("model", MODELS)
def test_stream_with_usage(client, model):
    chunks = list(
        ask(client, say("Olá, mundo 𝄞", FIGURES), model, stream=True, stream_options={"include_usage": True})
    )
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk.id for chunk in chunks}) == 1
    *texts, last = chunks
    assert "".join(chunk.choices[0].delta.content or "" for chunk in texts) == "Olá, mundo 𝄞"
    assert texts[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in texts if chunk.choices[0].finish_reason] == ["stop"]
    assert not last.choices and all(chunk.usage is None for chunk in texts)
    assert (last.usage.prompt_tokens, last.usage.completion_tokens, last.usage.total_tokens) == (110, 7, 117)


def test_stream_without_usage(client):
    chunks = list(ask(client, say("a b c"), stream=True))
    assert all(chunk.choices and chunk.usage is None for chunk in chunks)


def test_the_router_chooses(client):
    answer = ask(client, say("hello"), "auto")
    assert answer.choices[0].message.content == "hello" and answer.model != "auto"


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("model", MODELS)
def test_tools(client, model, streamed):
    if streamed:
        messages = [{"role": "user", "content": CALL}]
        with client.chat.completions.stream(model=model, messages=messages, tools=TOOLS) as events:
            events.until_done()
            choice = events.get_final_completion().choices[0]
    else:
        choice = ask(client, CALL, model, tools=TOOLS).choices[0]
    (call,) = choice.message.tool_calls
    assert choice.finish_reason == "tool_calls" and call.id and call.type == "function"
    assert call.function.name == "weather"
    assert json.loads(call.function.arguments) == {"city": "São Paulo, SP"}
    function = {"name": call.function.name, "arguments": call.function.arguments}
    messages = [
        {"role": "user", "content": CALL},
        {"role": "assistant", "tool_calls": [{"id": call.id, "type": "function", "function": function}]},
        {"role": "tool", "tool_call_id": call.id, "content": "rain"},
    ]
    final = client.chat.completions.create(model=model, messages=messages, tools=TOOLS)
    assert final.choices[0].message.content == "The tool said: rain"
    assert final.choices[0].finish_reason == "stop"


@pytest.mark.parametrize("streamed", [False, True])
def test_tools_of_an_mcp_server(client, mcp_server, streamed):
    """The server calls them itself; the SDK's user sees the answer only."""
    text = say("Done.", 'tool=scripted__echo args={"text": "hello"}')
    tools = [*TOOLS, {"type": "mcp", "server_label": mcp_server, "require_approval": "never"}]
    if streamed:
        chunks = list(ask(client, text, tools=tools, stream=True))
        said = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
        reason = [choice.finish_reason for chunk in chunks for choice in chunk.choices][-1]
    else:
        choice = ask(client, text, tools=tools).choices[0]
        said, reason = choice.message.content, choice.finish_reason
        assert not choice.message.tool_calls
    assert (said, reason) == ("Done.", "stop")


def test_parallel_tools(client):
    text = say("", 'tool=weather args={"city": "A"}', 'tool=weather args={"city": "B"}')
    calls = ask(client, text, tools=TOOLS).choices[0].message.tool_calls
    assert [json.loads(call.function.arguments)["city"] for call in calls] == ["A", "B"]
    assert calls[0].id != calls[1].id
    pieces = [
        piece
        for chunk in ask(client, text, tools=TOOLS, stream=True)
        for piece in chunk.choices[0].delta.tool_calls or []
    ]
    assert {piece.index for piece in pieces} == {0, 1}
    assert sum(1 for piece in pieces if piece.id) == 2, "an id comes once, with the first piece"


@pytest.mark.parametrize("model", MODELS)
def test_images(client, model):
    url = "data:image/png;base64," + base64.b64encode(png()).decode()
    content = [
        {"type": "text", "text": "What is this? [[images]]"},
        {"type": "image_url", "image_url": {"url": url}},
    ]
    assert ask(client, content, model).choices[0].message.content == "I see 1 images."


def test_limits_and_refusals(client):
    assert ask(client, say("cut", "length"), max_tokens=50).choices[0].finish_reason == "length"
    assert ask(client, say("cut", "length"), max_completion_tokens=50).choices[0].finish_reason == "length"
    assert ask(client, say("No", "refusal")).choices[0].finish_reason == "content_filter"


def test_unknown_fields_are_ignored(client):
    more = {"seed": 7, "user": "somebody", "n": 1, "extra_body": {"no_such_field": {"a": 1}}}
    assert ask(client, say("fine"), **more).choices[0].message.content == "fine"


def test_models(client):
    ids = {model.id: model for model in client.models.list()}
    assert set(MODELS) <= set(ids)
    assert all(model.object == "model" and model.owned_by for model in ids.values())


def check_error(error, *words):
    """What OpenAI's clients look at: message, type, code."""
    assert isinstance(error.body, dict) and error.body["message"], error.body
    assert error.body["type"] and "code" in error.body
    assert all(word in str(error.body) for word in words), error.body


def test_a_wrong_token(client, server):
    for key in ("vtk_invalid", "nonsense"):
        stranger = openai.OpenAI(api_key=key, base_url=f"{server.url}/v1", max_retries=0)
        with pytest.raises(openai.AuthenticationError) as caught:
            ask(stranger, say("hi"))
        check_error(caught.value)
        with pytest.raises(openai.AuthenticationError):
            stranger.models.list()


@pytest.mark.parametrize("streamed", [False, True])
def test_an_unknown_model(client, streamed):
    with pytest.raises((openai.NotFoundError, openai.BadRequestError)) as caught:
        ask(client, say("hi"), "no-such-model-9", stream=streamed)
    check_error(caught.value, "no-such-model-9")


def test_bad_requests(client):
    bad = [
        {"messages": []},
        {"messages": [{"role": "wizard", "content": "hi"}]},
        {"messages": [{"role": "user", "content": "hi"}], "temperature": 9},
        {"messages": [{"role": "tool", "tool_call_id": "call_x", "content": "hi"}]},
    ]
    for request in bad:
        with pytest.raises(openai.BadRequestError) as caught:
            client.chat.completions.create(model=CLAUDE, **request)
        check_error(caught.value)


@pytest.mark.parametrize(
    ("status", "error"),
    [(429, openai.RateLimitError), (500, openai.InternalServerError), (529, openai.InternalServerError)],
)
def test_faults_of_the_provider(client, status, error):
    # A long wait that is asked for ends the server's own attempts at once.
    with pytest.raises(error) as caught:
        ask(client, f"[[status={status} retry-after=900]]")
    check_error(caught.value)


def test_a_fault_inside_a_stream(client):
    text = ""
    with pytest.raises(openai.APIError) as caught:
        for chunk in ask(client, say("one two three four", "error=2"), stream=True):
            text += chunk.choices[0].delta.content or ""
    assert text == "one two " and not isinstance(caught.value, openai.APIStatusError)


def test_the_rate_limit(start_server):
    server = start_server(RATE_LIMIT_REQUESTS_PER_MINUTE="1", RATE_LIMIT_BURST="1")
    client = openai.OpenAI(api_key=server.token, base_url=f"{server.url}/v1", max_retries=0)
    with pytest.raises(openai.RateLimitError) as caught:
        for _ in range(3):
            client.models.list()
    check_error(caught.value)
    assert int(caught.value.response.headers["retry-after"]) > 0


def test_the_quota(start_server):
    server = start_server("user", DAILY_TOKEN_LIMIT_PER_USER="5000")
    client = openai.OpenAI(api_key=server.token, base_url=f"{server.url}/v1", max_retries=0)
    with pytest.raises(openai.RateLimitError) as caught:
        for _ in range(3):
            ask(client, say("dear", "usage in=4000 out=2000"), max_tokens=100)
    check_error(caught.value)


def test_javascript(server):
    """OpenAI's JavaScript SDK, in node's own test runner."""
    env = {**os.environ, "DOOR_URL": f"{server.url}/v1", "DOOR_TOKEN": server.token}
    done = subprocess.run(
        ["node", "--test", "--test-reporter=tap", str(pathlib.Path(__file__).with_name("door.test.mjs"))],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def llm(server, tmp_path):
    """Simon Willison's llm."""
    (tmp_path / "extra-openai-models.yaml").write_text(
        f"- model_id: house\n  model_name: {CLAUDE}\n  api_base: {server.url}/v1\n"
        "  api_key_name: house\n  supports_tools: true\n  vision: true\n"
    )
    (tmp_path / "picture.png").write_bytes(png())

    def run(*arguments, token=server.token):
        env = {**os.environ, "LLM_USER_PATH": str(tmp_path), "HOME": str(tmp_path)}
        command = [sys.executable, "-m", "llm", "-m", "house", "--key", token, *arguments]
        return subprocess.run(
            command, env=env, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
        )

    return run


def test_llm(llm):
    for arguments in ([], ["--no-stream"]):
        done = llm(say("Olá do llm"), *arguments)
        assert (done.stdout.strip(), done.returncode) == ("Olá do llm", 0), done.stderr
    done = llm("[[images]]", "-a", "picture.png")
    assert done.stdout.strip() == "I see 1 images.", done.stderr
    done = llm(say("", "tool=llm_version"), "-T", "llm_version")
    assert done.stdout.strip() == "The tool said: 0.36", done.stderr
    done = llm(say("hi"), token="vtk_invalid")
    assert done.returncode != 0 and "Error" in done.stderr


def test_shell_gpt(server, tmp_path):
    env = {
        **os.environ,
        "HOME": str(tmp_path),
        "OPENAI_API_KEY": server.token,
        "API_BASE_URL": f"{server.url}/v1",
        "DEFAULT_MODEL": GPT,
        "PRETTIFY_MARKDOWN": "false",
        "CACHE_PATH": str(tmp_path / "cache"),
        "CHAT_CACHE_PATH": str(tmp_path / "chat"),
    }
    sgpt = program("SGPT_BIN", "../.tools/shell-gpt/bin/sgpt")
    done = subprocess.run(
        [sgpt, "--no-cache", "--no-functions", say("Olá do sgpt")],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0 and "Olá do sgpt" in done.stdout, done.stdout + done.stderr
