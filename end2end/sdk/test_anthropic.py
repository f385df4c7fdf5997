"""Anthropic's SDK reads the scripted upstream."""

import anthropic
import pytest

from conftest import say

MODEL = "claude-opus-5-5"
TOOL = {
    "name": "weather",
    "description": "Tells the weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}
FIGURES = "usage in=10 out=7 read=100 write=20 long=5 think=3"


@pytest.fixture(scope="module")
def client(upstream):
    return anthropic.Anthropic(api_key="sk-ant-test", base_url=upstream, max_retries=0)


def ask(client, text, **more):
    messages = [{"role": "user", "content": text}]
    return client.messages.create(model=MODEL, max_tokens=500, messages=messages, **more)


def stream(client, text, **more):
    messages = [{"role": "user", "content": text}]
    return client.messages.stream(model=MODEL, max_tokens=500, messages=messages, **more)


def check_usage(usage):
    assert (usage.input_tokens, usage.output_tokens, usage.cache_read_input_tokens) == (10, 7, 100)
    assert usage.cache_creation_input_tokens == 25


def test_whole_answer(client):
    answer = ask(client, say("Olá, mundo 𝄞", "thinking", FIGURES))
    thinking, text = answer.content
    assert thinking.thinking.startswith("Let me think") and thinking.signature
    assert (text.text, answer.stop_reason, answer.model) == ("Olá, mundo 𝄞", "end_turn", MODEL)
    check_usage(answer.usage)
    assert answer.usage.cache_creation.ephemeral_5m_input_tokens == 20
    assert answer.usage.cache_creation.ephemeral_1h_input_tokens == 5


def test_stream(client):
    with stream(client, say("Olá, mundo 𝄞", "thinking", FIGURES)) as events:
        kinds = [event.type for event in events]
        answer = events.get_final_message()
    thinking, text = answer.content
    assert thinking.thinking.endswith("moment.") and thinking.signature
    assert (text.text, answer.stop_reason) == ("Olá, mundo 𝄞", "end_turn")
    assert kinds[0] == "message_start" and kinds[-1] == "message_stop" and "thinking" in kinds
    check_usage(answer.usage)
    assert answer.usage.output_tokens_details.thinking_tokens == 3


@pytest.mark.parametrize("streamed", [False, True])
def test_tools(client, streamed):
    text = say("", 'tool=weather args={"city": "São Paulo, SP"}', "tool=now")
    if streamed:
        with stream(client, text, tools=[TOOL]) as events:
            answer = events.get_final_message()
    else:
        answer = ask(client, text, tools=[TOOL])
    one, two = answer.content
    assert (one.name, one.input) == ("weather", {"city": "São Paulo, SP"})
    assert (two.name, two.input, answer.stop_reason) == ("now", {}, "tool_use")
    assert one.id != two.id
    results = [
        {"type": "tool_result", "tool_use_id": block.id, "content": "rain"} for block in answer.content
    ]
    messages = [
        {"role": "user", "content": text},
        {"role": "assistant", "content": answer.content},
        {"role": "user", "content": results},
    ]
    final = client.messages.create(model=MODEL, max_tokens=500, messages=messages, tools=[TOOL])
    assert (final.content[0].text, final.stop_reason) == ("The tool said: rain", "end_turn")


@pytest.mark.parametrize(
    ("word", "reason"), [("refusal", "refusal"), ("length", "max_tokens"), ("stop=pause_turn", "pause_turn")]
)
def test_stop_reasons(client, word, reason):
    assert ask(client, say("No", word)).stop_reason == reason
    with stream(client, say("No", word)) as events:
        answer = events.get_final_message()
    assert answer.stop_reason == reason
    if reason == "refusal":
        assert answer.stop_details.explanation


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("invalid", anthropic.BadRequestError),
        ("context", anthropic.BadRequestError),
        ("credit", anthropic.BadRequestError),
        ("key", anthropic.AuthenticationError),
        ("permission", anthropic.PermissionDeniedError),
        ("model", anthropic.NotFoundError),
        ("size", anthropic.APIStatusError),
        ("rate", anthropic.RateLimitError),
        ("server", anthropic.InternalServerError),
        ("overloaded", anthropic.APIStatusError),
        ("timeout", anthropic.APIStatusError),
    ],
)
def test_errors(client, fault, error):
    with pytest.raises(error) as caught:
        ask(client, f"[[fault={fault}]]")
    assert caught.value.body["type"] == "error" and caught.value.body["error"]["message"]
    assert caught.value.request_id == "req_scripted"


def test_error_inside_a_stream(client):
    with pytest.raises(anthropic.APIStatusError, match="overloaded"):
        with stream(client, say("one two three four", "error=2")) as events:
            events.get_final_message()


def test_requests_are_checked(client):
    messages = [
        {"role": "user", "content": "go"},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_x", "content": "y"}]},
    ]
    with pytest.raises(anthropic.BadRequestError, match="unexpected `tool_use_id`"):
        client.messages.create(model=MODEL, max_tokens=500, messages=messages)


def test_models_and_counts(client, upstream):
    assert MODEL in [model.id for model in client.models.list()]
    assert client.models.retrieve(MODEL).id == MODEL
    with pytest.raises(anthropic.NotFoundError):
        client.models.retrieve("claude-none")
    counted = client.messages.count_tokens(model=MODEL, messages=[{"role": "user", "content": "hello"}])
    assert counted.input_tokens > 0
    stranger = anthropic.Anthropic(api_key="sk-ant-invalid", base_url=upstream, max_retries=0)
    with pytest.raises(anthropic.AuthenticationError):
        list(stranger.models.list())
