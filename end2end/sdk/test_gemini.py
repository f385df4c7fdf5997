"""Google's SDK reads the scripted upstream."""

import pytest
from google import genai
from google.genai import errors, types

from conftest import say

MODEL = "gemini-4-argon"
TOOL = types.Tool(function_declarations=[types.FunctionDeclaration(name="weather", description="Tells it")])
BY_HAND = types.AutomaticFunctionCallingConfig(disable=True)
WITH_TOOLS = types.GenerateContentConfig(tools=[TOOL], automatic_function_calling=BY_HAND)


@pytest.fixture(scope="module")
def client(upstream):
    options = types.HttpOptions(base_url=upstream, retry_options=types.HttpRetryOptions(attempts=1))
    return genai.Client(api_key="test", http_options=options)


def ask(client, contents, config=None):
    return client.models.generate_content(model=MODEL, contents=contents, config=config)


def stream(client, contents, config=None):
    return list(client.models.generate_content_stream(model=MODEL, contents=contents, config=config))


def parts_of(chunks):
    return [part for chunk in chunks for part in chunk.candidates[0].content.parts or []]


def check(parts, last):
    assert "".join(part.text for part in parts if part.text and not part.thought) == "Olá, mundo 𝄞"
    assert "".join(part.text for part in parts if part.thought).startswith("Let me think")
    assert any(part.thought_signature == b"scripted-signature" for part in parts)
    assert last.candidates[0].finish_reason == types.FinishReason.STOP
    usage = last.usage_metadata
    assert (usage.prompt_token_count, usage.cached_content_token_count) == (110, 100)
    assert (usage.candidates_token_count, usage.thoughts_token_count, usage.total_token_count) == (4, 3, 117)


def test_text(client):
    text = say("Olá, mundo 𝄞", "thinking", "usage in=10 out=7 read=100 think=3")
    whole = ask(client, text)
    check(whole.candidates[0].content.parts, whole)
    chunks = stream(client, text)
    check(parts_of(chunks), chunks[-1])
    assert all(chunk.usage_metadata.prompt_token_count == 110 for chunk in chunks)


def test_tools(client):
    text = say("", 'tool=weather args={"city": "São Paulo, SP"}', "tool=now")
    for parts in (ask(client, text, WITH_TOOLS).candidates[0].content.parts, parts_of(stream(client, text, WITH_TOOLS))):
        calls = [part for part in parts if part.function_call]
        assert [(call.function_call.name, call.function_call.args) for call in calls] == [
            ("weather", {"city": "São Paulo, SP"}),
            ("now", {}),
        ]
        assert calls[0].thought_signature and not calls[1].thought_signature
        results = [
            types.Part.from_function_response(name=call.function_call.name, response={"output": "rain"})
            for call in calls
        ]
        contents = [
            types.Content(role="user", parts=[types.Part(text=text)]),
            types.Content(role="model", parts=calls),
            types.Content(role="user", parts=results),
        ]
        assert ask(client, contents, WITH_TOOLS).text == "The tool said: rain"
        contents[1].parts[0].thought_signature = None
        with pytest.raises(errors.ClientError, match="thought_signature"):
            ask(client, contents, WITH_TOOLS)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("length", types.FinishReason.MAX_TOKENS),
        ("refusal", types.FinishReason.SAFETY),
        ("stop=RECITATION", types.FinishReason.RECITATION),
        ('tool=weather args={"city":', types.FinishReason.MALFORMED_FUNCTION_CALL),
    ],
)
def test_finish_reasons(client, words, reason):
    assert ask(client, say("", words)).candidates[0].finish_reason == reason
    assert stream(client, say("", words))[-1].candidates[0].finish_reason == reason


def test_blocked_prompt(client):
    for answer in (ask(client, say("", "stop=prompt_blocked")), stream(client, say("", "stop=prompt_blocked"))[-1]):
        assert answer.prompt_feedback.block_reason == types.BlockedReason.PROHIBITED_CONTENT
        assert not answer.candidates


@pytest.mark.parametrize(
    ("fault", "error", "code", "status"),
    [
        ("invalid", errors.ClientError, 400, "INVALID_ARGUMENT"),
        ("key", errors.ClientError, 400, "INVALID_ARGUMENT"),
        ("permission", errors.ClientError, 403, "PERMISSION_DENIED"),
        ("model", errors.ClientError, 404, "NOT_FOUND"),
        ("rate", errors.ClientError, 429, "RESOURCE_EXHAUSTED"),
        ("server", errors.ServerError, 500, "INTERNAL"),
        ("overloaded", errors.ServerError, 503, "UNAVAILABLE"),
        ("timeout", errors.ServerError, 504, "DEADLINE_EXCEEDED"),
    ],
)
def test_errors(client, fault, error, code, status):
    for read in (ask, stream):
        with pytest.raises(error) as caught:
            read(client, f"[[fault={fault}]]")
        assert (caught.value.code, caught.value.status) == (code, status)


def test_error_inside_a_stream(client):
    with pytest.raises(errors.ServerError) as caught:
        stream(client, say("one two three four", "error=2"))
    assert caught.value.status == "UNAVAILABLE"


def test_models_and_counts(client):
    assert f"models/{MODEL}" in [model.name for model in client.models.list()]
    assert client.models.get(model=MODEL).input_token_limit > 0
    assert client.models.count_tokens(model=MODEL, contents="hello").total_tokens > 0
