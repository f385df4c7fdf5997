import { type ChatPage, expect, test } from "../support/fixtures";
import type { Server } from "../support/server";

/** Makes a conversation of so many turns over the API; gives its path. */
async function long(chat: ChatPage, server: Server, token: string, turns: number): Promise<string> {
  const headers = { Authorization: `Bearer ${token}` };
  const made = await chat.page.request.post(`${server.url}/api/v1/conversations`, { headers, data: {} });
  const { id } = await made.json();
  for (let turn = 1; turn <= turns; turn++) {
    const data = { conversation_id: id, messages: [{ role: "user", content: `question ${turn} [[echo answer ${turn}]]` }] };
    expect((await chat.page.request.post(`${server.url}/api/v1/chat`, { headers, data })).ok()).toBeTruthy();
  }
  return `/c/${id}`;
}

test("a long conversation opens at its end, and what stands before comes on scrolling up, without a jump", async ({ chat, server, user }) => {
  test.setTimeout(90_000);
  const path = await long(chat, server, server.createToken(user.email), 50);
  await chat.open(path);
  const messages = chat.page.getByRole("article");
  const thread = chat.page.getByRole("log");
  await expect(messages).toHaveCount(40);
  await expect(chat.answers.last()).toContainText("answer 50");
  await expect(chat.answers.last()).toBeInViewport();

  // The reader goes up: what is read stays where it is while more comes above it.
  const first = chat.questions.filter({ hasText: /^question 31\b/ });
  const top = () => first.evaluate((article) => article.getBoundingClientRect().y);
  await thread.hover();
  const before = await first.evaluate((article) => {
    article.closest("[role=log]")!.scrollTo(0, 0);
    return article.getBoundingClientRect().y;
  });
  await expect(messages).toHaveCount(80);
  await expect.poll(async () => Math.abs((await top()) - before)).toBeLessThan(3);

  // A new answer reads the thread again: nothing of what is shown goes.
  await chat.send("question 51 [[echo answer 51]]");
  await expect(chat.answers.last()).toContainText("answer 51");
  await chat.settled();
  await expect(messages).toHaveCount(82);

  await thread.evaluate((element) => element.scrollTo(0, 0));
  await expect(messages).toHaveCount(102);
  await expect(chat.questions.first()).toContainText("question 1");
  await expect(chat.page.getByRole("link", { name: "Earlier messages" })).toHaveCount(0);

  // Without scripts, and for who would rather read on, the whole of it is a link away.
  const whole = await chat.page.request.get(`${server.url}${path}?whole`);
  const html = await whole.text();
  expect(html).toContain("answer 1<");
  expect(await (await chat.page.request.get(`${server.url}${path}`)).text()).not.toContain("answer 1<");
});
