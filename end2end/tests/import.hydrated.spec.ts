import AxeBuilder from "@axe-core/playwright";
import { expect, newUser, signIn, test } from "../support/fixtures";

const message = (uuid: string, sender: string, text: string) => ({
  uuid,
  sender,
  text,
  content: [{ type: "text", text }],
  attachments: [],
  files: sender === "human" ? [{ file_name: "map.png" }] : [],
  created_at: "2025-02-01T10:00:00Z",
});
const conversation = (uuid: string, name: string) => ({
  uuid,
  name,
  created_at: "2025-02-01T10:00:00Z",
  updated_at: "2025-02-01T10:10:00Z",
  chat_messages: [message("a", "human", "Plan a trip"), message("b", "assistant", `Go to ${name}.`)],
});
const file = (name: string, content: unknown) => ({
  name,
  mimeType: "application/json",
  buffer: Buffer.from(typeof content === "string" ? content : JSON.stringify(content)),
});

test("conversations of another app are imported, once, and what is left out is said", async ({ page, context, server }) => {
  await signIn(context, server, newUser(server));
  await page.goto(`${server.url}/settings?tab=account`);
  await expect(page.locator("[data-hydrated]")).toBeAttached();
  await page.getByRole("link", { name: "Choose files" }).click();
  await expect(page.getByRole("heading", { name: "Import conversations" })).toBeVisible();

  const files = [
    file("conversations.json", [conversation("1", "Lisbon"), conversation("2", "<b>Porto</b>")]),
    file("users.json", [{ uuid: "u", full_name: "Ann" }]),
  ];
  await page.getByLabel("Files").setInputFiles(files);
  await page.getByRole("button", { name: "Import" }).click();
  const report = page.getByRole("heading", { name: "Taken: 2 conversations with 4 messages" });
  await expect(report).toBeFocused();
  await expect(page.getByText("users.json", { exact: true })).toBeVisible();
  await expect(page.getByText("Pictures that are not in the files")).toBeVisible();
  await expect(page.getByRole("link", { name: "<b>Porto</b>" })).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);

  // The same once more, and something that is none.
  await page.getByRole("button", { name: "Import" }).click();
  await expect(page.getByText("2 conversations were here already.")).toBeVisible();
  await page.getByLabel("Files").setInputFiles(file("page.html", "<html>"));
  await page.getByRole("button", { name: "Import" }).click();
  await expect(page.getByRole("alert")).toContainText("Nothing was taken");
  await expect(page.getByText("It is neither JSON nor a zip archive", { exact: false })).toBeVisible();

  await page.goto(server.url);
  await page.getByRole("link", { name: /Lisbon/ }).first().click();
  await expect(page.getByText("Go to Lisbon.")).toBeVisible();
  await expect(page.getByText("[Picture, not part of the export: map.png]")).toBeVisible();
});
