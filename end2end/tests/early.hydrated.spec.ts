import { type Page } from "@playwright/test";
import { ChatPage, expect, signIn, test } from "../support/fixtures";

/** Opens a page that sleeps until it is woken: its WASM is on the way for as long as that. */
async function asleep(page: Page, url: string): Promise<() => Promise<void>> {
  let wake = () => {};
  const held = new Promise<void>((resolve) => (wake = resolve));
  await page.route("**/vertice.wasm", async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(url, { waitUntil: "commit" });
  await expect(page.getByRole("textbox", { name: "Message" })).toBeVisible();
  return async () => {
    wake();
    await expect(page.locator("[data-hydrated]")).toBeAttached();
  };
}

test("Enter in the composer sends once, what is typed after it stays", async ({ chat, server }) => {
  const wake = await asleep(chat.page, server.url);
  await chat.composer.click();
  await chat.page.keyboard.type("early [[echo bird]]");
  await chat.page.keyboard.press("Enter");
  await chat.page.keyboard.press("Enter");
  await expect(chat.page.getByRole("button", { name: "Send" })).toHaveAttribute("aria-busy", "true");
  await expect(chat.composer).toHaveValue("early [[echo bird]]");
  await chat.page.keyboard.type(" and then");
  await expect(chat.questions).toHaveCount(0);
  await wake();
  await expect(chat.answers).toHaveCount(1);
  await chat.settled();
  await expect(chat.answers).toContainText("bird");
  await expect(chat.questions).toHaveCount(1);
  await expect(chat.questions).not.toContainText("and then");
  await expect(chat.composer).toHaveValue(" and then");
  await expect(chat.page.locator("[aria-busy]")).toHaveCount(0);
});

test("Send can be pressed as soon as there is something to send", async ({ chat, server }) => {
  const wake = await asleep(chat.page, server.url);
  const send = chat.page.getByRole("button", { name: "Send" });
  await expect(send).toBeDisabled();
  await chat.composer.click();
  await chat.page.keyboard.type("early [[echo worm]]");
  await send.click();
  await wake();
  await chat.settled();
  await expect(chat.answers).toContainText("worm");
  await expect(chat.questions).toHaveCount(1);
});

test("Shift and Enter is a new line, awake or not", async ({ chat, server }) => {
  const wake = await asleep(chat.page, server.url);
  await chat.composer.click();
  await chat.page.keyboard.type("one");
  await chat.page.keyboard.press("Shift+Enter");
  await chat.page.keyboard.type("two");
  await wake();
  await expect(chat.composer).toHaveValue("one\ntwo");
  await expect(chat.questions).toHaveCount(0);
});

test("shortcuts and buttons do what they say once the page is awake", async ({ chat, server }) => {
  const wake = await asleep(chat.page, server.url);
  await chat.page.keyboard.press("Control+k");
  await wake();
  await expect(chat.page.getByRole("combobox", { name: "Command palette" })).toBeFocused();
});

test("a menu that was asked for opens", async ({ chat, server, user }) => {
  const wake = await asleep(chat.page, server.url);
  await chat.page.getByRole("button", { name: user.email }).click();
  await expect(chat.page.getByRole("menu")).toBeHidden();
  await wake();
  await expect(chat.page.getByRole("menuitem", { name: "Sign out" })).toBeVisible();
});

test("what is typed into the search is searched for", async ({ chat, server }) => {
  await chat.open("/");
  await chat.ask("needle [[echo found]]");
  const wake = await asleep(chat.page, server.url);
  await chat.page.getByRole("searchbox").click();
  await chat.page.keyboard.type("needle");
  await wake();
  await expect(chat.page.getByRole("searchbox")).toHaveValue("needle");
  await expect(chat.page.getByRole("searchbox")).toBeFocused();
  await expect(chat.page.getByText("1 found")).toBeVisible();
});

test("forms go the old way where the page never wakes", async ({ page, context, server, user }) => {
  await signIn(context, server, user);
  let fail = () => {};
  const held = new Promise<void>((resolve) => (fail = resolve));
  await page.route("**/vertice.wasm", async (route) => {
    await held;
    await route.abort();
  });
  await page.goto(`${server.url}/settings?tab=account`, { waitUntil: "commit" });
  const out = page.getByRole("main").getByRole("button", { name: "Sign out", exact: true });
  await out.click();
  await expect(out).toHaveAttribute("aria-busy", "true");
  fail();
  await expect(page).toHaveURL(`${server.url}/sign-in`);
});

test("a slow line loses nothing", async ({ chat, server }) => {
  const session = await chat.page.context().newCDPSession(chat.page);
  await session.send("Network.enable");
  const slow = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 94_000 };
  await session.send("Network.emulateNetworkConditions", slow);
  await chat.page.goto(server.url, { waitUntil: "commit" });
  const page = new ChatPage(chat.page, server);
  await page.composer.click();
  await chat.page.keyboard.type("slowly [[echo but surely]]");
  await chat.page.keyboard.press("Enter");
  await expect(page.answers).toContainText("but surely", { timeout: 30_000 });
  await expect(page.questions).toHaveCount(1);
});
