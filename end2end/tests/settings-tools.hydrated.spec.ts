import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { ChatPage, expect, newUser, signIn, test } from "../support/fixtures";
import { root } from "../support/paths";

const PAGE = "/settings?tab=tools";
const script = join(root, "end2end/support/mcp.mjs");
/** A server of MCP as other hosts have it in their settings. */
const pasted = (name: string, ...flags: string[]) =>
  JSON.stringify({ mcpServers: { [name]: { command: process.execPath, args: [script, ...flags], env: { KEY: "hunter2" } } } });
const row = (page: Page, name: string) => page.getByRole("listitem").filter({ has: page.getByText(name, { exact: true }) });

async function expectNoViolations(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);
}

async function paste(page: Page, json: string) {
  await page.getByRole("button", { name: "Add server" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: "Paste JSON" }).click();
  await dialog.getByRole("textbox").fill(json);
  await dialog.getByRole("button", { name: "Add server" }).click();
  return dialog;
}

test.describe("an admin", () => {
  test.beforeEach(async ({ context, server }) => {
    await signIn(context, server, newUser(server, "admin"));
  });

  for (const theme of ["light", "dark"]) {
    test(`adds a server by pasting JSON, says what its tools may do, and removes it: ${theme}`, async ({ page, context, server }) => {
      await context.addCookies([{ name: "theme", value: theme, url: server.url }]);
      const name = `Notes, ${theme}`;
      await new ChatPage(page, server).open(PAGE);
      const dialog = await paste(page, pasted(name));
      await expect(dialog).toHaveCount(0);
      const notes = row(page, name);
      await expect(notes).toContainText("stdio, 12 tools", { timeout: 20_000 });
      await notes.getByRole("button", { name: "12 tools" }).click();
      await expect(notes).toContainText(/Its tools cost about [\d,]+ tokens a question/);
      await expect(notes.getByRole("listitem")).toHaveCount(10);
      await notes.getByRole("button", { name: "Show 2 more" }).click();
      await expect(notes.getByRole("listitem")).toHaveCount(12);
      await expect(notes.getByRole("listitem").filter({ hasText: "drop_notes" })).toContainText("Destructive");
      await expect(notes.getByRole("listitem").filter({ hasText: "add_note" })).toContainText("Writes");
      await expectNoViolations(page);

      const permission = notes.getByRole("radiogroup", { name: "Permission of read_notes" });
      await expect(permission.getByRole("radio", { name: "Ask" })).toBeChecked();
      await permission.getByRole("radio", { name: "Ask" }).press("ArrowRight");
      await expect(permission.getByRole("radio", { name: "Allow" })).toBeChecked();
      await page.reload();
      await expect(page.locator("[data-hydrated]")).toBeAttached();
      await notes.getByRole("button", { name: "12 tools" }).click();
      await expect(permission.getByRole("radio", { name: "Allow" })).toBeChecked();

      // A rule about an argument is written, kept, and deleted.
      await notes.getByRole("button", { name: "Rules: add_note" }).click();
      await notes.getByRole("combobox", { name: "Test" }).selectOption({ label: "starts with" });
      await notes.getByRole("combobox", { name: "Then" }).selectOption({ label: "Deny" });
      await notes.getByRole("textbox", { name: "Values" }).fill("../..");
      await expectNoViolations(page);
      await notes.getByRole("button", { name: "Add rule" }).click();
      await expect(page.getByRole("alert").filter({ hasText: "The rules were not changed" })).toContainText("must be a folder");
      await expect(notes.getByRole("textbox", { name: "Values" })).toHaveValue("../..");
      await notes.getByRole("textbox", { name: "Values" }).fill("/home/x\n/srv");
      await notes.getByRole("button", { name: "Add rule" }).click();
      const said = "text starts with /home/x or /srv";
      await expect(notes.getByRole("listitem").filter({ hasText: said }).last()).toContainText("Deny");
      await expect(notes.getByRole("textbox", { name: "Values" })).toHaveValue("");
      await expectNoViolations(page);
      await notes.getByRole("radiogroup", { name: "Permission of add_note" }).getByRole("radio", { name: "Allow" }).click();
      await page.reload();
      await expect(page.locator("[data-hydrated]")).toBeAttached();
      await notes.getByRole("button", { name: "12 tools" }).click();
      await notes.getByRole("button", { name: "1 rule: add_note" }).click();
      await notes.getByRole("button", { name: `Remove the rule: ${said}` }).click();
      await expect(notes.getByRole("button", { name: "Rules: add_note" })).toBeVisible();

      await notes.getByRole("button", { name: "Log" }).click();
      await expect(notes.locator("pre")).toContainText("listening to nobody in particular");
      await notes.getByRole("button", { name: "Edit" }).click();
      await expect(page.getByRole("dialog").getByRole("textbox", { name: "Variables" })).toHaveValue(/^KEY=\*+$/);
      await expect(page.getByRole("dialog").getByRole("textbox", { name: "Command" })).toHaveValue(process.execPath);
      await page.keyboard.press("Escape");
      await notes.getByRole("switch", { name }).click();
      await expect(notes).toContainText("Off");
      await notes.getByRole("button", { name: "Remove", exact: true }).click();
      await expect(notes).toContainText(new RegExp(`Remove ${name} with`));
      await notes.getByRole("button", { name: "Remove server" }).click();
      await expect(notes).toHaveCount(0);
    });
  }

  test("is told what is wrong with what was pasted, and which server cannot be reached", async ({ page, server }) => {
    await new ChatPage(page, server).open(PAGE);
    const dialog = await paste(page, '{"mcpServers": {"half": {"args": []}}}');
    await expect(dialog.getByRole("alert")).toContainText("half");
    await dialog.getByRole("textbox").fill(pasted("Dead", "--die"));
    await dialog.getByRole("button", { name: "Add server" }).click();
    await expect(dialog).toHaveCount(0);
    const dead = row(page, "Dead");
    await expect(dead).toContainText("no such database", { timeout: 20_000 });
    await dead.getByRole("button", { name: "Reconnect" }).click();
    await expect(dead).toContainText("no such database", { timeout: 20_000 });
  });

  test("approves a tool that its server has changed", async ({ page, server }) => {
    await new ChatPage(page, server).open(PAGE);
    await paste(page, pasted("Changing", "--change"));
    const changing = row(page, "Changing");
    await expect(changing).toContainText("stdio, 12 tools", { timeout: 20_000 });
    await changing.getByRole("button", { name: "12 tools" }).click();
    await changing.getByRole("button", { name: "Test" }).click();
    await expect(changing).toContainText("The server has changed this tool", { timeout: 20_000 });
    await expect(changing.getByLabel("What has changed")).toContainText("Reads every file of yours.");
    await changing.getByRole("button", { name: "Approve change" }).click();
    await expect(changing.getByLabel("What has changed")).toHaveCount(0);
  });
});

test("who is no admin adds an address and reads why no program", async ({ chat }) => {
  await chat.open(PAGE);
  await chat.page.getByRole("button", { name: "Add server" }).first().click();
  const dialog = chat.page.getByRole("dialog");
  await expect(dialog).toContainText("only an admin can add them");
  await expect(dialog.getByRole("radio", { name: "Program" })).toHaveCount(0);
  await dialog.getByRole("textbox", { name: "Name" }).fill("Nowhere");
  await dialog.getByRole("textbox", { name: "Address" }).fill("https://mcp.invalid/mcp");
  await dialog.getByRole("textbox", { name: "Headers" }).fill("no value");
  await dialog.getByRole("button", { name: "Add server" }).click();
  await expect(dialog.getByRole("alert")).toContainText("Line 1 is not of the form NAME=value.");
  await expectNoViolations(chat.page);
  await dialog.getByRole("textbox", { name: "Headers" }).fill("Authorization=Bearer x");
  await dialog.getByRole("button", { name: "Add server" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(row(chat.page, "Nowhere")).toBeVisible();
});
