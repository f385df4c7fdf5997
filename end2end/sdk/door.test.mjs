// OpenAI's JavaScript SDK at the server's /v1 door.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";

const options = { baseURL: process.env.DOOR_URL, maxRetries: 0 };
const client = new OpenAI({ ...options, apiKey: process.env.DOOR_TOKEN });
const model = "claude-opus-5-5";
const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } }];
const PIXEL =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

const say = (text, ...words) => `Please. ${text && `[[echo ${text}]]`} ${words.length ? `[[${words.join(" ")}]]` : ""}`;
const ask = (content, more = {}) => client.chat.completions.create({ model, messages: [{ role: "user", content }], ...more });

test("a whole answer", async () => {
  const answer = await ask(say("Olá 𝄞", "usage in=10 out=7 read=100"));
  assert.equal(answer.choices[0].message.content, "Olá 𝄞");
  assert.equal(answer.choices[0].finish_reason, "stop");
  assert.equal(answer.usage.total_tokens, 117);
});

test("a stream with usage", async () => {
  const stream = await ask(say("Olá 𝄞", "usage in=10 out=7"), { stream: true, stream_options: { include_usage: true } });
  let text = "";
  let usage;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? "";
    usage = chunk.usage ?? usage;
  }
  assert.equal(text, "Olá 𝄞");
  assert.equal(usage.completion_tokens, 7);
});

test("a stream can be left", async () => {
  const stream = await ask("[[tokens=2000 every=5ms]]", { stream: true });
  let chunks = 0;
  for await (const _ of stream) if (++chunks === 5) break;
  assert.equal(chunks, 5);
});

test("the SDK runs the tools", async () => {
  const runner = client.chat.completions.runTools({
    model,
    messages: [{ role: "user", content: say("", 'tool=weather args={"city":"Lisboa"}') }],
    tools: [
      {
        type: "function",
        function: {
          name: "weather",
          parameters: { type: "object", properties: { city: { type: "string" } } },
          parse: JSON.parse,
          function: ({ city }) => `rain in ${city}`,
        },
      },
    ],
  });
  assert.equal(await runner.finalContent(), "The tool said: rain in Lisboa");
});

test("tools in a stream", async () => {
  const stream = client.chat.completions.stream({
    model,
    messages: [{ role: "user", content: say("", 'tool=weather args={"city":"Lisboa"}') }],
    tools,
  });
  const completion = await stream.finalChatCompletion();
  assert.equal(completion.choices[0].message.tool_calls[0].function.arguments.replaceAll(" ", ""), '{"city":"Lisboa"}');
});

test("images", async () => {
  const answer = await ask([
    { type: "text", text: "[[images]]" },
    { type: "image_url", image_url: { url: PIXEL } },
  ]);
  assert.equal(answer.choices[0].message.content, "I see 1 images.");
});

test("models", async () => {
  const ids = [];
  for await (const entry of client.models.list()) ids.push(entry.id);
  assert.ok(ids.includes(model));
});

test("errors have their classes", async () => {
  const stranger = new OpenAI({ ...options, apiKey: "vtk_invalid" });
  await assert.rejects(stranger.models.list(), OpenAI.AuthenticationError);
  await assert.rejects(client.chat.completions.create({ model, messages: [] }), OpenAI.BadRequestError);
  await assert.rejects(ask(say("hi"), { model: "no-such-model-9" }), (error) => [400, 404].includes(error.status));
  await assert.rejects(ask("[[status=429 retry-after=900]]"), OpenAI.RateLimitError);
});
