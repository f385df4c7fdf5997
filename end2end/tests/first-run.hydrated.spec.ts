import { ChatPage, expect, test, watchConsole } from "../support/fixtures";
import { Server } from "../support/server";

test("from an empty directory to a streamed answer", async ({ page }) => {
  const server = new Server({});
  await server.start();
  const faults = watchConsole(page, [/status of [45]\d\d/]);
  try {
    await page.goto(server.url);
    await expect(page).toHaveURL(/\/setup$/);
    await expect(page.getByLabel("Name")).toBeFocused();
    await page.getByLabel("Name").fill("Marta Oliveira");
    await page.getByLabel("Email").fill("marta@example.com");
    await page.getByLabel("Password", { exact: true }).fill("short");
    await page.getByRole("button", { name: /Create/ }).click();
    await expect(page.getByText("Password is too short", { exact: false })).toBeVisible();
    await expect(page.getByLabel("Email")).toHaveValue("marta@example.com");
    await expect(page.getByLabel("Password", { exact: true })).toBeFocused();
    await page.getByLabel("Password", { exact: true }).fill("correct horse battery staple");
    await page.getByRole("button", { name: /Create/ }).click();
    await expect(page).toHaveURL(server.url + "/");
    await expect(page.getByText(/ANTHROPIC_API_KEY/)).toBeVisible();
    await expect(page.getByRole("link", { name: "Add a key" })).toHaveAttribute("href", "/settings?tab=models");
    const chat = new ChatPage(page, server);
    await page.getByRole("group", { name: "Suggestions" }).getByRole("button").first().click();
    await expect(chat.composer).toHaveValue(/^Summarise this text/);
    await expect(chat.composer).toBeFocused();
    await chat.ask("Show me a table and some code");
    await expect(chat.answers).toContainText("scripted");
    await page.reload();
    await expect(chat.answers).toContainText("scripted");
    await expect(page.getByRole("navigation").getByRole("link", { name: /Show me a table/ })).toBeVisible();
    expect(faults).toEqual([]);
  } finally {
    await server.destroy();
  }
});

test("later visitors cannot register unless an admin has opened registration", async ({ page, server, user }) => {
  expect(user.email).toContain("@");
  await page.goto(server.url + "/register");
  await expect(page.getByText(/closed/i)).toBeVisible();
  await page.goto(server.url + "/setup");
  await expect(page).toHaveURL(/sign-in/);
});
