import { expect, stored, test } from "../support/fixtures";

const WAITS = "Will be sent when you are back online";

test("messages written without a network go when it is back: once, in order, after a reload too", async ({ chat, server, user }) => {
  const token = server.createToken(user.email);
  await chat.open();
  await chat.ask("first [[echo one]]");
  await chat.page.context().setOffline(true);
  await expect(chat.composer).toHaveAttribute("placeholder", "Write now, send later");
  await chat.send("second [[echo two]]");
  await chat.send("third [[echo three]]");
  await chat.send("taken back");
  await expect(chat.page.getByText(WAITS)).toHaveCount(3);
  await expect(chat.composer).toHaveValue("");
  await chat.page.getByRole("button", { name: "Edit", exact: true }).last().click();
  await expect(chat.page.getByText(WAITS)).toHaveCount(2);
  await expect(chat.composer).toHaveValue("taken back");
  await chat.page.context().setOffline(false);
  await expect(chat.answers).toHaveCount(3, { timeout: 20_000 });
  await expect(chat.answers.last()).toContainText("three");
  await chat.settled();
  await expect(chat.page.getByText(WAITS)).toHaveCount(0);
  const told = await stored(chat, server, token);
  expect(told.map((message) => message.content.split(" ")[0])).toEqual(["first", "one", "second", "two", "third", "three"]);
});

test("a message written without a network is kept where the page is loaded anew", async ({ chat }) => {
  await chat.open();
  await chat.ask("first [[echo one]]");
  const context = chat.page.context();
  const other = await context.newPage();
  await other.goto(`${chat.server.url}/health`);
  await context.setOffline(true);
  await chat.send("kept [[echo sent after all]]");
  await expect(chat.page.getByText(WAITS)).toBeVisible();
  const path = new URL(chat.page.url()).pathname;
  // The browser has it, and not that tab alone: a tab that is ended at once takes along what was still on its way.
  await expect.poll(() => other.evaluate(() => Object.keys(localStorage).some((key) => key.startsWith("waiting:")))).toBe(true);
  // The tab is closed, and opened where there is a network.
  await chat.page.close();
  await context.setOffline(false);
  const page = await context.newPage();
  await page.goto(chat.server.url + path);
  await expect(page.getByRole("article", { name: /answer/i }).last()).toContainText("sent after all", { timeout: 20_000 });
  await expect(page.getByRole("article", { name: /your message/i })).toHaveCount(2);
});

test("a new chat that was begun without a network becomes a conversation when it is back", async ({ chat }) => {
  await chat.open();
  await chat.page.context().setOffline(true);
  await chat.send("begun in the dark [[echo light]]");
  await chat.send("and more [[echo more light]]");
  await expect(chat.page.getByText(WAITS)).toHaveCount(2);
  await chat.page.context().setOffline(false);
  await expect(chat.page).toHaveURL(/\/c\//, { timeout: 20_000 });
  await expect(chat.answers.last()).toContainText("more light", { timeout: 20_000 });
  await expect(chat.questions).toHaveCount(2);
});
