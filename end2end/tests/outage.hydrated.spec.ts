import { ChatPage, type Told, expect, expectKept, newUser, scripted, signIn, stored, test as base, upTo, words, wordsFrom } from "../support/fixtures";
import { Proxy } from "../support/proxy";
import { Server } from "../support/server";

/** A page behind a proxy, which stays open whatever becomes of the server. */
interface Outage {
  chat: ChatPage;
  proxy: Proxy;
  server: Server;
  token: string;
  /** The messages as the server has them. */
  stored: () => Promise<Told[]>;
  /** kill -9, then 502 for a while, then the server again. `meanwhile`: before it is back. */
  crash: (meanwhile?: () => Promise<void>) => Promise<void>;
}

const INTERRUPTED = "The server was restarted while this was being written.";

const test = base.extend<{ outage: Outage }>({
  outage: async ({ page, context, upstream }, use) => {
    const server = new Server(scripted(upstream));
    await server.start();
    const proxy = await Proxy.start(server.url);
    const user = newUser(server);
    const token = server.createToken(user.email);
    await signIn(context, server, user);
    let loads = 0;
    page.on("load", () => (loads += 1));
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    const chat = new ChatPage(page, proxy);
    await chat.open();
    const crash = async (meanwhile = async () => {}) => {
      const before = proxy.refused;
      await server.kill();
      await expect.poll(() => proxy.refused - before).toBeGreaterThanOrEqual(3);
      await meanwhile();
      await server.start();
    };
    await use({ chat, proxy, server, token, stored: () => stored(chat, server, token), crash });
    expect(faults).toEqual([]);
    expect(loads, "the page was loaded once").toBe(1);
    await proxy.stop();
    await server.destroy();
  },
});

test.setTimeout(90_000);

test("an open page gets over kill -9 and a proxy's 502, and goes on with what was stored", async ({ outage }) => {
  const { chat, crash } = outage;
  await chat.send("[[tokens=400 every=20ms]] survive");
  const seen = await wordsFrom(chat, 40);
  await crash(async () => {
    await expect(chat.answers).toContainText("Connection lost. Reconnecting…");
    await expect(chat.page.getByText("Answers go on when the server is back.")).toBeVisible();
    expect((await words(chat)).length).toBeGreaterThanOrEqual(seen.length);
  });
  await expect(chat.answers).toContainText(INTERRUPTED, { timeout: 20_000 });
  await expect(chat.answers.getByRole("button", { name: "Retry" })).toBeVisible();
  await expect(chat.page.getByRole("button", { name: "Stop" })).toHaveCount(0);
  // What is shown is what is stored, since that is what Continue goes on from.
  const [, answer] = await outage.stored();
  expect(answer.status).toBe("interrupted");
  await expect(chat.answers.locator(".prose")).toHaveText(answer.content.trim());
  const kept = await words(chat);
  expectKept(kept, seen, 20);
  await chat.answers.getByRole("button", { name: "Continue" }).click();
  await expect(chat.answers.last()).toContainText("2/2");
  await chat.settled();
  expect((await words(chat)).slice(0, kept.length)).toEqual(kept);
});

test("two crashes in a row are got over without a reload, and Retry answers anew", async ({ outage }) => {
  const { chat, crash } = outage;
  await chat.send("[[tokens=150 every=40ms]] twice");
  const first = await wordsFrom(chat, 20);
  await crash();
  await expect(chat.answers).toContainText(INTERRUPTED, { timeout: 20_000 });
  const kept = await words(chat);
  expectKept(kept, first, 40);
  await chat.answers.getByRole("button", { name: "Retry" }).click();
  // For a moment the former answer stands beside the new one.
  await expect(chat.answers.filter({ hasText: "2/2" })).toBeVisible();
  await expect(chat.answers).toHaveCount(1);
  const second = await wordsFrom(chat, 20);
  await crash();
  await expect(chat.answers).toContainText(INTERRUPTED, { timeout: 20_000 });
  expectKept(await words(chat), second, 40);
  await chat.answers.getByRole("button", { name: "Retry" }).click();
  await expect(chat.answers.filter({ hasText: "3/3" })).toBeVisible();
  await expect(chat.answers).toHaveCount(1);
  await chat.settled();
  expect(await words(chat)).toEqual(upTo(150));
});

test("a page at rest hears of what happens after an outage", async ({ outage }) => {
  const { chat, server, token, crash } = outage;
  await chat.ask("first [[echo one]]");
  await crash(async () => {
    await expect(chat.page.getByText("Answers go on when the server is back.")).toBeVisible();
  });
  // Sent before the page is back: it must read what it has missed.
  const data = {
    conversation_id: new URL(chat.page.url()).pathname.replace("/c/", ""),
    messages: [{ role: "user", content: "from elsewhere [[echo two]]" }],
  };
  const headers = { Authorization: `Bearer ${token}` };
  expect((await chat.page.request.post(`${server.url}/api/v1/chat`, { headers, data })).ok()).toBeTruthy();
  await expect(chat.questions.last()).toContainText("from elsewhere", { timeout: 20_000 });
  await expect(chat.answers.last()).toContainText("two");
  await expect(chat.page.getByText("Reconnecting…")).toHaveCount(0);
  // And it still listens.
  const more = { ...data, messages: [{ role: "user", content: "once more [[echo three]]" }] };
  expect((await chat.page.request.post(`${server.url}/api/v1/chat`, { headers, data: more })).ok()).toBeTruthy();
  await expect(chat.answers.last()).toContainText("three");
});

test("a message whose answer was lost on the way is found, and not sent twice", async ({ outage }) => {
  const { chat, proxy } = outage;
  proxy.failNext("/api/ui/chat-send", "answer lost");
  await chat.send("only once [[echo found]]");
  await expect(chat.answers).toContainText("found", { timeout: 20_000 });
  await chat.settled();
  await expect(chat.page).toHaveURL(/\/c\//);
  proxy.failNext("/api/ui/chat-send", "answer lost");
  await chat.send("and this once [[echo found too]]");
  await expect(chat.answers.last()).toContainText("found too", { timeout: 20_000 });
  await chat.settled();
  await expect(chat.questions).toHaveCount(2);
  await expect(chat.page.getByText("Not sent")).toHaveCount(0);
  expect((await outage.stored()).map((message) => message.role)).toEqual(["user", "assistant", "user", "assistant"]);
  expect(proxy.asked.filter((path) => path === "/api/ui/chat-send")).toHaveLength(2);
});

test("a message that a proxy refused stays, says so, and arrives once when it is sent again", async ({ outage }) => {
  const { chat, proxy } = outage;
  proxy.failNext("/api/ui/chat-send", "request lost");
  await chat.send("do not lose me [[echo arrived]]");
  await expect(chat.page.getByText("Not sent", { exact: true })).toBeVisible();
  await expect(chat.questions).toContainText("do not lose me");
  await chat.page.getByRole("button", { name: "Retry" }).click();
  await expect(chat.answers).toContainText("arrived");
  await chat.settled();
  await expect(chat.questions).toHaveCount(1);
  expect(await outage.stored()).toHaveLength(2);
});

test("a message written while the server is away waits until it is known what became of it", async ({ outage }) => {
  const { chat, crash } = outage;
  await chat.ask("first [[echo one]]");
  await crash(async () => {
    await chat.send("into the dark [[echo seen]]");
    await expect(chat.page.getByText("Looking whether this was sent…")).toBeVisible();
    await expect(chat.questions.last()).toContainText("into the dark");
  });
  await expect(chat.page.getByText("Not sent", { exact: true })).toBeVisible({ timeout: 20_000 });
  await chat.page.getByRole("button", { name: "Retry" }).click();
  await expect(chat.answers.last()).toContainText("seen");
  await chat.settled();
  expect(await outage.stored()).toHaveLength(4);
});

test("a new answer whose beginning was lost on the way is found, and not asked for twice", async ({ outage }) => {
  const { chat, proxy } = outage;
  await chat.ask("again [[echo same]]");
  proxy.failNext("/api/ui/chat-regenerate", "answer lost");
  await chat.answers.hover();
  await chat.answers.getByRole("button", { name: "Regenerate" }).click();
  await chat.page.getByRole("menuitem", { name: /Same model/ }).click();
  await expect(chat.answers).toContainText("2/2", { timeout: 20_000 });
  await chat.settled();
  // Where it never began, the answer that was there is there again.
  proxy.failNext("/api/ui/chat-regenerate", "request lost");
  await chat.answers.hover();
  await chat.answers.getByRole("button", { name: "Regenerate" }).click();
  await chat.page.getByRole("menuitem", { name: /Same model/ }).click();
  await expect(chat.page.getByText("That did not work")).toBeVisible();
  await expect(chat.answers).toContainText("2/2");
  await expect(chat.answers).toContainText("same");
});

test("a conversation that cannot be read once is read again by itself", async ({ outage }) => {
  const { chat, proxy } = outage;
  await chat.ask("kept [[echo here it is]]");
  const path = new URL(chat.page.url()).pathname;
  await chat.page.getByRole("link", { name: "New chat" }).click();
  await expect(chat.answers).toHaveCount(0);
  const reads = () => proxy.asked.filter((path) => path === "/api/ui/thread").length;
  const before = reads();
  proxy.failNext("/api/ui/thread", "request lost");
  await chat.page.locator(`a[href="${path}"]`).first().click();
  await expect(chat.answers).toContainText("here it is");
  expect(reads() - before).toBe(2);
});
