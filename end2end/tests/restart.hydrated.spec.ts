import { ChatPage, expect, expectKept, newUser, scripted, signIn, test, upTo, words, wordsFrom } from "../support/fixtures";
import { Server } from "../support/server";

test("kill -9 in the middle of an answer costs no more than a quarter of a second of it", async ({ page, context, upstream }) => {
  const server = new Server(scripted(upstream));
  await server.start();
  try {
    await signIn(context, server, newUser(server));
    const chat = new ChatPage(page, server);
    await chat.open();
    await chat.send("[[tokens=400 every=20ms]] survive");
    const seen = await wordsFrom(chat, 40);
    await expect(page).toHaveURL(/\/c\//);
    await server.kill();
    await server.start();
    await chat.open(new URL(page.url()).pathname);
    await expect(chat.answers).toContainText("The server was restarted while this was being written.");
    const kept = await words(chat);
    expectKept(kept, seen, 20);
    await expect(chat.answers.getByRole("button", { name: "Retry" })).toBeVisible();
    await chat.answers.getByRole("button", { name: "Continue" }).click();
    await expect(chat.answers).toContainText("2/2");
    await chat.settled();
    expect((await words(chat)).slice(0, kept.length)).toEqual(kept);
  } finally {
    await server.destroy();
  }
});

test("an open page follows a running turn through a lost connection", async ({ chat }) => {
  await chat.open();
  await chat.send("[[tokens=150 every=40ms]] offline");
  await wordsFrom(chat, 2);
  await chat.page.context().setOffline(true);
  await expect(chat.page.getByText(/Reconnecting/).first()).toBeVisible();
  await chat.page.context().setOffline(false);
  await chat.settled();
  const shown = (await chat.answers.locator(".prose").innerText()).trim();
  expect(await words(chat)).toEqual(upTo(150));
  await chat.page.reload();
  await expect(chat.answers.locator(".prose")).toHaveText(shown);
});
