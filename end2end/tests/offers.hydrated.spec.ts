import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "../support/trips";

test("a slash offers the prompts of MCP servers, which fill the composer", async ({ trips: chat }) => {
  const { page, composer } = chat;
  await composer.pressSequentially("/");
  const list = page.getByRole("listbox", { name: "Prompts of MCP servers" });
  await expect(list.getByRole("option")).toHaveCount(2, { timeout: 15_000 });
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);
  await composer.press("ArrowDown");
  const active = list.getByRole("option", { selected: true });
  await expect(active).toContainText("Greet");
  await expect(composer).toHaveAttribute("aria-activedescendant", (await active.getAttribute("id"))!);
  await composer.press("Escape");
  await expect(list).toHaveCount(0);
  await composer.pressSequentially("gre");
  await expect(list.getByRole("option")).toHaveCount(1);
  await composer.press("Enter");
  await expect(composer).toHaveValue("Say hello to all.");

  await composer.fill("");
  await composer.pressSequentially("/sum");
  await list.getByRole("option", { name: /Sum up/ }).click();
  const form = page.getByRole("form", { name: /Sum up, a prompt of/ });
  await expect(form.getByRole("button", { name: "Insert" })).toBeDisabled();
  await form.getByLabel("text").fill("all of it");
  await form.getByLabel("text").press("Enter");
  await expect(composer).toHaveValue("Sum this up: all of it");
  await expect(composer).toBeFocused();
});

test("an at sign offers resources, which go with the message as quotations", async ({ trips: chat }) => {
  const { page, composer } = chat;
  await composer.pressSequentially("[[echo Read.]] See @shop");
  const list = page.getByRole("listbox", { name: "Resources of MCP servers" });
  await expect(list.getByRole("option")).toHaveCount(1, { timeout: 15_000 });
  await composer.press("Enter");
  await expect(composer).toHaveValue("[[echo Read.]] See ");
  const chips = page.getByRole("list", { name: "Attached resources" });
  await expect(chips.getByRole("listitem")).toContainText("Shopping list");
  await composer.pressSequentially("@plan");
  await list.getByRole("option", { name: /Plan/ }).click();
  await chips.getByRole("button", { name: "Remove Plan" }).click();
  await expect(chips.getByRole("listitem")).toHaveCount(1);
  await composer.press("Enter");
  await expect(page.getByText("Read.", { exact: true })).toBeVisible();
  await expect(chips).toHaveCount(0);
  const quoted = chat.questions.last().getByText("Shopping list");
  await expect(quoted).toBeVisible();
  await chat.settled();
  await page.reload();
  await quoted.click();
  await expect(chat.questions.last().getByText("milk and bread")).toBeVisible();
});

test("what cannot be attached says so, and nothing written is lost", async ({ trips: chat }) => {
  const { page, composer } = chat;
  await composer.pressSequentially("See @book");
  await expect(page.getByRole("listbox").getByRole("option")).toHaveCount(1, { timeout: 15_000 });
  await composer.press("Tab");
  await composer.press("Enter");
  await expect(chat.questions.last().getByText(/neither a text nor a picture/)).toBeVisible();
  await expect(page.getByText("See", { exact: true })).toBeVisible();
});
