"""OpenAI's SDK reads the scripted upstream: Chat Completions."""

import openai
import pytest

from conftest import say

MODEL = "gpt-6.1-sol"
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
FIGURES = "usage in=10 out=7 read=100 write=20 think=3"


@pytest.fixture(scope="module")
def client(upstream):
    return openai.OpenAI(api_key="sk-test", base_url=f"{upstream}/v1", max_retries=0)


def ask(client, text, **more):
    messages = [{"role": "user", "content": text}]
    return client.chat.completions.create(model=MODEL, messages=messages, **more)


def stream(client, text, **more):
    """The answer as the SDK puts it together."""
    messages = [{"role": "user", "content": text}]
    options = {"include_usage": True}
    with client.chat.completions.stream(
        model=MODEL, messages=messages, stream_options=options, **more
    ) as events:
        events.until_done()
        return events.get_final_completion()


def check_usage(usage):
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (130, 7, 137)
    assert usage.prompt_tokens_details.cached_tokens == 100
    assert usage.completion_tokens_details.reasoning_tokens == 3


@pytest.mark.parametrize("read", [ask, stream])
def test_text(client, read):
    answer = read(client, say("Olá, mundo 𝄞", "thinking", FIGURES))
    assert answer.choices[0].message.content == "Olá, mundo 𝄞"
    assert (answer.choices[0].finish_reason, answer.model) == ("stop", MODEL)
    check_usage(answer.usage)


def test_usage_comes_only_to_who_asks(client):
    chunks = list(ask(client, say("a b c"), stream=True))
    assert all(chunk.usage is None and chunk.choices for chunk in chunks)
    chunks = list(ask(client, say("a b c", FIGURES), stream=True, stream_options={"include_usage": True}))
    assert [bool(chunk.usage) for chunk in chunks[-2:]] == [False, True] and not chunks[-1].choices


@pytest.mark.parametrize("read", [ask, stream])
def test_tools(client, read):
    text = say("", 'tool=weather args={"city": "São Paulo, SP"}', "tool=now")
    answer = read(client, text, tools=TOOLS)
    one, two = answer.choices[0].message.tool_calls
    assert (one.function.name, one.function.arguments) == ("weather", '{"city": "São Paulo, SP"}')
    assert (two.function.name, two.function.arguments) == ("now", "{}")
    assert answer.choices[0].finish_reason == "tool_calls" and one.id != two.id
    messages = [
        {"role": "user", "content": text},
        {
            "role": "assistant",
            "tool_calls": [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.function.name, "arguments": call.function.arguments},
                }
                for call in (one, two)
            ],
        },
        {"role": "tool", "tool_call_id": one.id, "content": "rain"},
        {"role": "tool", "tool_call_id": two.id, "content": "noon"},
    ]
    final = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS)
    assert final.choices[0].message.content == "The tool said: noon"
    with pytest.raises(openai.BadRequestError, match="did not have response messages"):
        client.chat.completions.create(model=MODEL, messages=messages[:-1], tools=TOOLS)


def test_refusal_and_stop_reasons(client):
    for read in (ask, stream):
        answer = read(client, "[[refuse]]").choices[0]
        assert answer.message.refusal == "I cannot help with that." and answer.finish_reason == "stop"
        assert not answer.message.content
    assert ask(client, say("No", "refusal")).choices[0].finish_reason == "content_filter"
    assert ask(client, say("No", "length")).choices[0].finish_reason == "length"


ERRORS = [
    ("invalid", openai.BadRequestError, "invalid_value"),
    ("context", openai.BadRequestError, "context_length_exceeded"),
    ("key", openai.AuthenticationError, "invalid_api_key"),
    ("region", openai.PermissionDeniedError, "unsupported_country_region_territory"),
    ("model", openai.NotFoundError, "model_not_found"),
    ("rate", openai.RateLimitError, "rate_limit_exceeded"),
    ("credit", openai.RateLimitError, "insufficient_quota"),
    ("server", openai.InternalServerError, None),
    ("overloaded", openai.InternalServerError, "server_is_overloaded"),
]


@pytest.mark.parametrize(("fault", "error", "code"), ERRORS)
def test_errors(client, fault, error, code):
    with pytest.raises(error) as caught:
        ask(client, f"[[fault={fault}]]")
    assert caught.value.code == code and caught.value.body["message"]
    assert caught.value.request_id == "req_scripted"
    with pytest.raises(error):
        client.responses.create(model=MODEL, input=f"[[fault={fault}]]")


def test_error_inside_a_stream(client):
    with pytest.raises(openai.APIError, match="overloaded"):
        list(ask(client, say("one two three four", "error=2"), stream=True))


def test_models(client, upstream):
    assert MODEL in [model.id for model in client.models.list()]
    assert client.models.retrieve("openai/gpt-oss-120b").id == "openai/gpt-oss-120b"
    stranger = openai.OpenAI(api_key="sk-invalid", base_url=f"{upstream}/v1", max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        stranger.models.list()
