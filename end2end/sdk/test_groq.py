"""Groq's SDK reads the scripted upstream."""

import groq
import pytest

from conftest import say

MODEL = "openai/gpt-oss-120b"
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]


@pytest.fixture(scope="module")
def client(upstream):
    return groq.Groq(api_key="gsk_test", base_url=upstream, max_retries=0)


def ask(client, text, **more):
    messages = [{"role": "user", "content": text}]
    return client.chat.completions.create(model=MODEL, messages=messages, **more)


def test_whole_answer(client):
    answer = ask(client, say("Olá", "thinking", "usage in=10 out=7 read=100 think=3"))
    message = answer.choices[0].message
    assert (message.content, answer.choices[0].finish_reason) == ("Olá", "stop")
    assert message.reasoning.startswith("Let me think") and answer.x_groq.id
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (110, 7)
    assert answer.usage.queue_time > 0


def test_stream_ends_with_usage_unasked(client):
    chunks = list(ask(client, say("Olá, mundo", "thinking", "usage in=10 out=7"), stream=True))
    deltas = [chunk.choices[0].delta for chunk in chunks]
    assert "".join(delta.content or "" for delta in deltas) == "Olá, mundo"
    assert "".join(delta.reasoning or "" for delta in deltas).startswith("Let me think")
    assert chunks[0].x_groq.id and chunks[-1].x_groq.usage.completion_tokens == 7


def test_tools(client):
    text = say("", 'tool=weather args={"city": "Lisboa"}')
    call = ask(client, text, tools=TOOLS).choices[0].message.tool_calls[0]
    assert (call.function.name, call.function.arguments) == ("weather", '{"city": "Lisboa"}')
    chunks = list(ask(client, text, tools=TOOLS, stream=True))
    pieces = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or []]
    assert pieces[0].function.name == "weather" and pieces[0].id
    assert "".join(piece.function.arguments for piece in pieces) == '{"city": "Lisboa"}'
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("invalid", groq.BadRequestError),
        ("key", groq.AuthenticationError),
        ("model", groq.NotFoundError),
        ("rate", groq.RateLimitError),
        ("size", groq.APIStatusError),
        ("overloaded", groq.InternalServerError),
    ],
)
def test_errors(client, fault, error):
    with pytest.raises(error) as caught:
        ask(client, f"[[fault={fault}]]")
    assert caught.value.body["error"]["message"]


def test_error_inside_a_stream(client):
    with pytest.raises(groq.APIError, match="overloaded"):
        list(ask(client, say("one two three four", "error=2"), stream=True))


def test_models(client):
    assert MODEL in [model.id for model in client.models.list().data]
