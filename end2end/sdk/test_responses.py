"""OpenAI's SDK reads the scripted upstream: Responses."""

import openai
import pytest

from conftest import say

MODEL = "gpt-6.1-sol"
TOOLS = [{"type": "function", "name": "weather", "parameters": {"type": "object"}, "strict": False}]
SEALED = {"store": False, "include": ["reasoning.encrypted_content"]}


@pytest.fixture(scope="module")
def client(upstream):
    return openai.OpenAI(api_key="sk-test", base_url=f"{upstream}/v1", max_retries=0)


def ask(client, text, **more):
    return client.responses.create(model=MODEL, input=text, **more)


def stream(client, text, **more):
    with client.responses.stream(model=MODEL, input=text, **more) as events:
        events.until_done()
        return events.get_final_response()


@pytest.mark.parametrize("read", [ask, stream])
def test_text_and_reasoning(client, read):
    text = say("Olá, mundo 𝄞", "thinking", "usage in=10 out=7 read=100 write=20 long=5 think=3")
    answer = read(client, text, **SEALED)
    reasoning, message = answer.output
    assert reasoning.summary[0].text.startswith("Let me think") and reasoning.encrypted_content
    assert (answer.output_text, message.status, answer.status) == ("Olá, mundo 𝄞", "completed", "completed")
    usage = answer.usage
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (135, 7, 142)
    assert usage.input_tokens_details.cached_tokens == 100
    assert usage.output_tokens_details.reasoning_tokens == 3
    unsealed = read(client, say("hi", "thinking")).output[0]
    assert unsealed.encrypted_content is None


def test_events_are_numbered_and_closed(client):
    text = say("a b c", "thinking", "tool=weather")
    events = list(ask(client, text, stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    kinds = [event.type for event in events]
    assert kinds[:2] == ["response.created", "response.in_progress"] and kinds[-1] == "response.completed"
    for kind in ("output_item", "reasoning_summary_part"):
        assert kinds.count(f"response.{kind}.added") == kinds.count(f"response.{kind}.done")


@pytest.mark.parametrize("read", [ask, stream])
def test_tools(client, read):
    text = say("", 'tool=weather args={"city": "São Paulo, SP"}', "tool=now thinking")
    answer = read(client, text, tools=TOOLS, **SEALED)
    _, one, two = answer.output
    assert (one.name, one.arguments) == ("weather", '{"city": "São Paulo, SP"}')
    assert (two.name, two.arguments, answer.status) == ("now", "{}", "completed")
    items = [{"role": "user", "content": text}]
    items += [item.model_dump(exclude_none=True, exclude={"parsed_arguments"}) for item in answer.output]
    items += [{"type": "function_call_output", "call_id": call.call_id, "output": "rain"} for call in (one, two)]
    assert ask(client, items, tools=TOOLS, **SEALED).output_text == "The tool said: rain"
    with pytest.raises(openai.BadRequestError, match="No tool output found"):
        ask(client, items[:-1], tools=TOOLS, **SEALED)


@pytest.mark.parametrize("read", [ask, stream])
def test_refusal_and_incomplete(client, read):
    refusal = read(client, "[[refuse]]")
    assert refusal.output[0].content[0].refusal == "I cannot help with that."
    assert refusal.status == "completed"
    cut = ask(client, say("No", "length"))
    assert (cut.status, cut.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    filtered = ask(client, say("No", "refusal"))
    assert filtered.incomplete_details.reason == "content_filter"


def test_error_inside_a_stream(client):
    # The SDK hands the error over as an event.
    *_, text, error = ask(client, say("one two three four", "error=2"), stream=True)
    assert text.type == "response.output_text.delta"
    assert (error.type, error.code) == ("error", "overloaded_error")
