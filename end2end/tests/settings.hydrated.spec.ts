import AxeBuilder from "@axe-core/playwright";
import { ChatPage, expect, newUser, signIn, test } from "../support/fixtures";

async function accessible(chat: ChatPage): Promise<void> {
  const { violations } = await new AxeBuilder({ page: chat.page }).analyze();
  expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);
}

test("a token is named, shown once, works, and is revoked", async ({ chat, server }) => {
  const { page } = chat;
  await chat.open("/settings?tab=tokens");
  await expect(page.getByText("There are no tokens yet.")).toBeVisible();
  await expect(page.getByLabel("Settings for OpenAI clients")).toContainText(`${server.url}/v1`);
  await page.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog", { name: "New API token" });
  await expect(dialog.getByLabel("Name")).toBeFocused();
  await accessible(chat);
  // What is wrong is said at the field, and what was typed stays.
  await dialog.getByLabel("Name").fill("  ");
  await dialog.getByRole("button", { name: "Create token" }).click();
  await expect(dialog.getByRole("alert")).toContainText("The name");
  await expect(dialog.getByLabel("Name")).toHaveAttribute("aria-invalid", "true");
  await expect(dialog.getByLabel("Name")).toBeFocused();
  await dialog.getByLabel("Name").fill("Nightly <b>report</b>");
  await dialog.getByLabel("Name").press("Enter");
  await expect(dialog).toBeHidden();
  const secret = page.getByLabel("The new token");
  await expect(secret).toBeFocused();
  const token = await secret.inputValue();
  expect(token).toMatch(/^vtk_/);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy", exact: true }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(token);
  for (const theme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: theme as "light" | "dark" });
    await accessible(chat);
  }
  const me = () => page.request.get(`${server.url}/api/v1/users/me`, { headers: { Authorization: `Bearer ${token}` } });
  expect((await me()).status()).toBe(200);
  await page.reload();
  await expect(page.locator("[data-hydrated]")).toBeAttached();
  const row = page.getByRole("listitem").filter({ hasText: "Nightly <b>report</b>" });
  await expect(row).toContainText("used");
  await expect(secret).toHaveCount(0);
  await row.getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByText("Token revoked")).toBeVisible();
  await expect(page.getByText("There are no tokens yet.")).toBeVisible();
  await expect(page.getByRole("button", { name: "New token" })).toBeFocused();
  expect((await me()).status()).toBe(401);
});

test("the dialog of a new token closes by Esc, by the cross and beside it", async ({ chat }) => {
  const { page } = chat;
  await chat.open("/settings");
  await page.getByRole("link", { name: "API tokens" }).click();
  const opener = page.getByRole("button", { name: "New token" });
  const dialog = page.getByRole("dialog", { name: "New API token" });
  const ways = [
    () => page.keyboard.press("Escape"),
    () => dialog.getByRole("button", { name: "Close" }).click(),
    () => page.mouse.click(4, 4),
  ];
  for (const close of ways) {
    await opener.click();
    await expect(dialog).toBeVisible();
    await close();
    await expect(dialog).toBeHidden();
    await expect(opener).toBeFocused();
  }
});

test("a key can be shown while it is typed, and only what is stored is tested", async ({ chat }) => {
  const { page } = chat;
  await chat.open("/settings?tab=models");
  const provider = page.getByRole("listitem").filter({ hasText: "Anthropic" });
  await provider.locator("summary").focus();
  await page.keyboard.press("Enter");
  const key = provider.getByLabel("Your key");
  const tests = provider.getByRole("button", { name: "Test" });
  await expect(tests).toBeEnabled();
  await key.fill("sk-ant-secret");
  await expect(tests).toBeDisabled();
  await expect(key).toHaveAttribute("type", "password");
  await provider.getByRole("button", { name: "Show password" }).click();
  await expect(key).toHaveAttribute("type", "text");
  await provider.getByRole("button", { name: "Hide password" }).click();
  await expect(key).toHaveAttribute("type", "password");
  await key.fill("");
  await expect(tests).toBeEnabled();
  for (const theme of ["light", "dark"]) {
    await page.context().addCookies([{ name: "theme", value: theme, url: chat.server.url }]);
    await page.reload();
    await provider.getByText("Manage").click();
    await accessible(chat);
  }
  await expect(page.getByRole("region", { name: "Models" })).toContainText("Claude");
});

test("an answer to one provider's form leaves what is typed in another's alone", async ({ chat }) => {
  const { page } = chat;
  await chat.open("/settings?tab=models");
  const row = (name: string) => page.getByRole("listitem").filter({ has: page.locator("summary") }).filter({ hasText: name });
  await row("Anthropic").locator("summary").click();
  await row("OpenAI").locator("summary").click();
  const key = row("OpenAI").getByLabel("Your key");
  await key.fill("sk-half");
  await row("Anthropic").getByRole("button", { name: "Test" }).click();
  await key.focus();
  await expect(row("Anthropic").getByRole("status")).toHaveText("The key works.");
  await expect(key).toHaveValue("sk-half");
  await expect(key).toBeFocused();
  await page.keyboard.type(" typed on");
  await expect(key).toHaveValue("sk-half typed on");
  // What was sent is drawn anew: it says what came of it, and is open still.
  await expect(row("Anthropic").getByLabel("Your key")).toBeVisible();
});

test("an admin opens registration and closes it", async ({ chat, context, server }) => {
  await signIn(context, server, newUser(server, "admin"));
  const { page } = chat;
  await chat.open("/settings?tab=server");
  const open = page.getByRole("switch", { name: "Open registration" });
  await expect(open).not.toBeChecked();
  await open.click();
  await expect(open).toBeChecked();
  await expect(open).toBeFocused();
  await expect(page.getByText("Anyone who reaches this server may make an account", { exact: false })).toBeVisible();
  for (const theme of ["light", "dark"]) {
    await page.context().addCookies([{ name: "theme", value: theme, url: server.url }]);
    await page.reload();
    await expect(open).toBeChecked();
    await accessible(chat);
  }
  await open.click();
  await expect(open).not.toBeChecked();
  await expect(page.getByText("Nobody can make an account by themselves.")).toBeVisible();
});

test("what cannot be done is told, and what was there stays", async ({ page, context, server, user }) => {
  await signIn(context, server, user);
  const chat = new ChatPage(page, server);
  await chat.open("/settings?tab=tokens");
  await page.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog", { name: "New API token" });
  await dialog.getByLabel("Name").fill("kept");
  await page.route("**/api/ui/settings-page", (route) => route.fulfill({ status: 502, body: "<h1>502</h1>" }));
  await dialog.getByRole("button", { name: "Create token" }).click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await expect(dialog.getByLabel("Name")).toHaveValue("kept");
  await page.unroute("**/api/ui/settings-page");
  await dialog.getByRole("button", { name: "Create token" }).click();
  await expect(page.getByLabel("The new token")).toBeVisible();
});
