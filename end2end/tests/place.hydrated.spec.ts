import { type ChatPage, expect, test } from "../support/fixtures";

const scroller = (chat: ChatPage) => chat.page.locator(".sidebar-scroll");
const row = (chat: ChatPage, title: string) => chat.page.getByRole("navigation", { name: "Conversations" }).getByRole("link", { name: title, exact: true });

/** Makes so many conversations, "Topic 1" the oldest, and gives their ids. */
async function conversations(chat: ChatPage, token: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let number = 1; number <= count; number += 1) {
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await chat.page.request.post(`${chat.server.url}/api/v1/conversations`, { headers, data: { title: `Topic ${number}` } });
    expect(answer.ok()).toBeTruthy();
    ids.push((await answer.json()).id);
  }
  return ids;
}

test("the list of conversations keeps its place and always shows the open one", async ({ chat, server, user }) => {
  const ids = await conversations(chat, server.createToken(user.email), 115);
  await chat.open();
  await row(chat, "Topic 60").scrollIntoViewIfNeeded();
  const before = await scroller(chat).evaluate((list) => list.scrollTop);
  expect(before).toBeGreaterThan(500);
  await row(chat, "Topic 60").click();
  await expect(chat.page).toHaveURL(/\/c\//);
  await expect(row(chat, "Topic 60")).toHaveAttribute("aria-current", "page");
  await expect(chat.page.getByRole("log", { name: "Conversation" })).toBeVisible();
  await expect.poll(() => scroller(chat).evaluate((list) => list.scrollTop)).toBe(before);
  // From one conversation to another, and to a page of another kind.
  await row(chat, "Topic 59").click();
  await expect(row(chat, "Topic 59")).toHaveAttribute("aria-current", "page");
  await chat.page.getByRole("link", { name: "New chat" }).first().click();
  await expect(chat.page.getByRole("heading", { name: /What are we working out/ })).toBeVisible();
  expect(Math.abs((await scroller(chat).evaluate((list) => list.scrollTop)) - before)).toBeLessThan(40);
  // The oldest one is not in the first page of the list, and its row is there all the same.
  await chat.open(`/c/${ids[0]}`);
  await expect(row(chat, "Topic 1")).toHaveAttribute("aria-current", "page");
  await expect(row(chat, "Topic 1")).toBeInViewport();
  await expect(row(chat, "Topic 1")).toHaveCount(1);
  await chat.open(`/c/${ids[80]}`);
  await expect(row(chat, "Topic 81")).toBeInViewport();
});

test("a conversation that cannot be reached says so, and is read when the line is back", async ({ chat }) => {
  await chat.open();
  await chat.ask("there one day [[echo I am here.]]");
  const there = row(chat, "there one day [[echo I am here.]]");
  await chat.page.getByRole("link", { name: "New chat" }).first().click();
  await expect(chat.page.getByRole("heading", { name: /What are we working out/ })).toBeVisible();
  await chat.page.context().setOffline(true);
  await there.click();
  await expect(chat.page.getByRole("heading", { name: "Could not load this conversation" })).toBeVisible();
  const failed = chat.page.waitForEvent("requestfailed");
  await chat.page.getByRole("main").getByRole("button", { name: "Retry" }).click();
  await failed;
  await expect(chat.page.getByRole("heading", { name: "Could not load this conversation" })).toBeVisible();
  await chat.page.context().setOffline(false);
  await expect(chat.answers).toContainText("I am here.", { timeout: 20_000 });
  await chat.open("/c/018f0000-0000-7000-8000-000000000000");
  await expect(chat.page.getByRole("heading", { name: "This conversation is not here" })).toBeVisible();
});

test("who was signed out is led to sign in and back here", async ({ chat }) => {
  await chat.open();
  await chat.ask("mine [[echo Yours.]]");
  const path = new URL(chat.page.url()).pathname;
  await chat.page.getByRole("link", { name: "New chat" }).first().click();
  await expect(chat.page.getByRole("heading", { name: /What are we working out/ })).toBeVisible();
  await chat.page.context().clearCookies({ name: /session/ });
  await row(chat, "mine [[echo Yours.]]").click();
  const main = chat.page.getByRole("main");
  await expect(main.getByRole("heading", { name: "You were signed out" })).toBeVisible();
  await expect(main.getByRole("link", { name: "Sign in" })).toHaveAttribute("href", `/sign-in?next=${encodeURIComponent(path)}`);
});
