import { ChatPage, expect, newUser, scripted, signIn, test } from "../support/fixtures";
import { Server } from "../support/server";

test("kill -9 in the middle of an answer loses nothing that was read", async ({ page, context, upstream }) => {
  const server = new Server(scripted(upstream));
  await server.start();
  try {
    await signIn(context, server, newUser(server));
    const chat = new ChatPage(page, server);
    await chat.open();
    await chat.send("[[tokens=400 every=20ms]] survive");
    await expect(chat.answers.locator(".prose")).toContainText(/(\w+\W+){20}/);
    await expect(page).toHaveURL(/\/c\//);
    await server.kill();
    await server.start();
    await chat.open(new URL(page.url()).pathname);
    await expect(chat.answers).toContainText(/restarted/);
    await expect(chat.answers.locator(".prose")).toContainText(/(\w+\W+){10}/);
    await expect(chat.answers.getByRole("button", { name: "Retry" })).toBeVisible();
    await chat.answers.getByRole("button", { name: "Continue" }).click();
    await expect(chat.answers).toContainText("2/2");
    await chat.settled();
  } finally {
    await server.destroy();
  }
});

test("an open page follows a running turn through a lost connection", async ({ chat }) => {
  await chat.open();
  await chat.send("[[tokens=150 every=40ms]] offline");
  await expect(chat.answers.locator(".prose")).toContainText(/\w+ \w+/);
  await chat.page.context().setOffline(true);
  await expect(chat.page.getByText(/Reconnecting/).first()).toBeVisible();
  await chat.page.context().setOffline(false);
  await chat.settled();
  const shown = (await chat.answers.locator(".prose").innerText()).trim();
  await chat.page.reload();
  await expect(chat.answers.locator(".prose")).toHaveText(shown);
});
