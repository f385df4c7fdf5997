import { writeFileSync } from "node:fs";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { ChatPage, expect, newUser, scripted, signIn, test } from "../support/fixtures";
import { Server } from "../support/server";

test("the footer says why, what it cost and what the cache did", async ({ chat }) => {
  await chat.open();
  await chat.ask("Write a function that sorts a list in Rust [[echo Sorted. usage in=1000 out=50]]");
  const answer = chat.answers.last();
  await answer.getByRole("button", { name: /Routed for/ }).click();
  await expect(answer.getByText("Not served from the prompt cache.", { exact: false })).toBeVisible();
  await expect(answer.getByRole("list", { name: "Models that were weighed" }).getByRole("listitem").first()).toContainText(/about \$|price unknown/);
  await chat.page.reload();
  await expect(answer.getByRole("button", { name: /Routed for/ })).toBeVisible();
});

test("an answer is asked for again from another model, and both stay", async ({ chat }) => {
  await chat.open();
  await chat.ask("first [[echo one]]");
  await chat.answers.last().getByRole("button", { name: "Regenerate" }).click();
  await chat.page.getByRole("menuitem", { name: "Claude Opus 5.5" }).click();
  await expect(chat.answers.last()).toContainText("Claude Opus 5.5");
  await chat.settled();
  await expect(chat.answers.last()).toContainText("2/2");
});

test("what was spent stands on the usage page, as figures, bars and a table", async ({ chat }) => {
  await chat.open();
  await chat.ask("hello [[echo Hi.]]");
  await chat.open("/usage");
  await expect(chat.page.getByRole("heading", { name: "Usage" })).toBeVisible();
  await expect(chat.page.getByRole("progressbar", { name: "Daily quota used" })).toBeVisible();
  await expect(chat.page.getByRole("img", { name: "Spend by day and model" })).toBeVisible();
  const row = chat.page.getByRole("region", { name: "Usage table" }).getByRole("row").nth(1);
  await expect(row).toContainText("Claude Haiku 5.5");
  await chat.page.getByRole("link", { name: "Conversation" }).click();
  await expect(chat.page).toHaveURL(/by=conversation/);
  await expect(chat.page.getByRole("region", { name: "Usage table" })).toContainText("hello");
  const csv = await chat.page.request.get(chat.server.url + (await chat.page.getByRole("link", { name: "Export CSV" }).getAttribute("href")));
  expect(csv.headers()["content-type"]).toContain("text/csv");
  expect((await csv.text()).split("\r\n").filter(Boolean)).toHaveLength(2);
  for (const theme of ["light", "dark"]) {
    await chat.page.context().addCookies([{ name: "theme", value: theme, url: chat.server.url }]);
    await chat.page.reload();
    await expect(chat.page.getByRole("img", { name: "Spend by day and model" })).toBeVisible();
    const { violations } = await new AxeBuilder({ page: chat.page }).analyze();
    expect(violations.map((found) => `${theme}: ${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);
  }
});

test("an admin sees everybody's usage", async ({ chat, context, server }) => {
  await chat.open();
  await chat.ask("hello [[echo Hi.]]");
  await signIn(context, server, newUser(server, "admin"));
  await chat.open("/usage?of=everyone&by=user");
  await expect(chat.page.getByRole("region", { name: "Usage table" })).toContainText("@example.com");
});

test("a key of one's own goes in, is tested, and never comes out", async ({ page, context, upstream }) => {
  const server = new Server(scripted(upstream));
  // Where Anthropic itself is: a key of one's own goes there and nowhere else.
  const variables = 'api_version = "2026-10-21"\nkey_variable = "ANTHROPIC_API_KEY"\nbase_variable = "ANTHROPIC_BASE_URL"';
  writeFileSync(join(server.dataDir, "catalog.toml"), `[[provider]]\nid = "anthropic"\nbase_url = "${upstream.url}"\n${variables}\n`);
  await server.start();
  try {
    await signIn(context, server, newUser(server));
    const chat = new ChatPage(page, server);
    await chat.open("/settings?tab=models");
    const provider = chat.page.getByRole("listitem").filter({ hasText: "Anthropic" });
    await expect(provider).toContainText("the server's key");
    await provider.getByText("Manage").click();
    await expect(provider).toContainText(`It is sent to ${upstream.url} and nowhere else.`);
    await provider.getByLabel("Your key").fill("short");
    await provider.getByRole("button", { name: "Store key" }).click();
    await expect(provider.getByText("The key is too short", { exact: false })).toBeVisible();
    await provider.getByLabel("Your key").fill("sk-ant-my-very-own-4f2a");
    await provider.getByRole("button", { name: "Store key" }).click();
    await expect(provider).toContainText("your key ends in 4f2a");
    await expect(chat.page.getByText("Key stored")).toBeVisible();
    await expect(chat.page.locator("body")).not.toContainText("my-very-own");
    await provider.getByText("Manage").click();
    await provider.getByRole("button", { name: "Test" }).click();
    await expect(provider.getByRole("status")).toHaveText("The key works.");
    const { violations } = await new AxeBuilder({ page: chat.page }).analyze();
    expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);
    // One that the provider rejects is known at once, and told in clear words.
    await provider.getByLabel("Replace").fill("sk-ant-invalid-key-9999");
    await provider.getByRole("button", { name: "Store key" }).click();
    await expect(chat.page.getByText("The key was stored, but it does not work")).toBeVisible();
    await expect(provider).toContainText("your key ends in 9999");
    await expect(provider.locator("summary .text-destructive-text")).toContainText("rejects");
    await chat.page.reload();
    await expect(provider.locator("summary .text-destructive-text")).toContainText("rejects");
    await provider.getByText("Manage").click();
    await provider.getByRole("button", { name: "Remove" }).click();
    await expect(provider).toContainText("the server's key");
  } finally {
    await server.destroy();
  }
});

test("a quota that is nearly used up is told in time", async ({ page, context, upstream }) => {
  const server = new Server({ ...scripted(upstream), DAILY_TOKEN_LIMIT_PER_USER: "50000" });
  await server.start();
  try {
    await signIn(context, server, newUser(server));
    const chat = new ChatPage(page, server);
    await chat.open();
    await chat.ask("half [[echo Done.]] [[usage in=30000 out=2000]]");
    await expect(page.getByText(/% of today's tokens are used/)).toHaveCount(0);
    await chat.ask("more [[echo Done.]] [[usage in=9000 out=1000]]");
    await expect(page.getByText("84 % of today's tokens are used.")).toBeVisible();
    await expect(page.getByRole("button", { name: "Attach images" })).toBeEnabled();
  } finally {
    await server.destroy();
  }
});

test("a quota that is used up is told above the composer, and an admin lifts it", async ({ browser, page, context, upstream }) => {
  const server = new Server({ ...scripted(upstream), DAILY_TOKEN_LIMIT_PER_USER: "20000" });
  await server.start();
  try {
    const user = newUser(server);
    await signIn(context, server, user);
    const chat = new ChatPage(page, server);
    await chat.open();
    await chat.ask("dear [[echo Done.]] [[usage in=19000 out=2000]]");
    const card = page.getByRole("status").filter({ hasText: "You have used 21,000 of 20,000 tokens today" });
    await expect(card).toBeVisible();
    await expect(page.getByText("21k of 20k tokens")).toBeVisible();
    await chat.composer.fill("and one more");
    await expect(chat.composer).toHaveAttribute("placeholder", "Nothing can be sent until the quota starts anew");
    await expect(page.getByRole("button", { name: "Send" })).toBeDisabled();
    await chat.composer.press("Enter");
    await expect(chat.composer).toHaveValue("and one more");
    await expect(chat.questions).toHaveCount(1);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);

    const admin = await browser.newContext();
    await signIn(admin, server, newUser(server, "admin"));
    const settings = new ChatPage(await admin.newPage(), server);
    await settings.open("/settings?tab=server");
    const field = settings.page.getByLabel(`Tokens a day for ${user.email}`);
    await field.fill("many");
    await field.press("Enter");
    await expect(settings.page.getByText("Write a whole number of tokens, or nothing.")).toBeVisible();
    await field.fill("500000");
    await field.press("Enter");
    await expect(settings.page.getByText("Limit changed")).toBeVisible();
    await settings.page.reload();
    await expect(field).toHaveValue("500000");
    await admin.close();

    // Whoever tries again has it looked up.
    await chat.composer.press("Enter");
    await expect(card).toBeHidden();
    await chat.composer.press("Enter");
    await expect(chat.answers).toHaveCount(2);
    await chat.settled();
  } finally {
    await server.destroy();
  }
});
