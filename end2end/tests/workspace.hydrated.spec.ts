import { readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import { type Page } from "@playwright/test";
import { expect, watchConsole } from "../support/fixtures";
import { test, uses } from "../support/workspace";

async function expectNoViolations(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);
}

test("a conversation that works on files shows them, and files go in and out", async ({ working: chat, workshop, context }) => {
  const { page } = chat;
  const faults = watchConsole(page);
  const code = page.getByRole("button", { name: "Code", exact: true });
  await expect(code).toHaveAttribute("aria-pressed", "false");
  await code.click();
  await expect(code).toHaveAttribute("aria-pressed", "true");
  await chat.ask(uses("write_file", { path: "notes/a b.txt", content: "one\n<b>two</b>\n" }));
  await expect(chat.answers.last()).toContainText("Done.");

  await page.getByRole("link", { name: "Files", exact: true }).click();
  const panel = page.getByRole("complementary", { name: "Files" });
  await panel.getByRole("link", { name: "notes", exact: true }).click();
  await panel.getByRole("link", { name: "a b.txt", exact: true }).click();
  await expect(panel.locator("pre")).toHaveText("one\n<b>two</b>\n");
  const [download] = await Promise.all([page.waitForEvent("download"), panel.getByRole("link", { name: "Download a b.txt" }).click()]);
  expect(readFileSync((await download.path())!, "utf8")).toBe("one\n<b>two</b>\n");

  // Into the folder that one looks at.
  await panel.getByRole("navigation").getByRole("link", { name: "Files" }).click();
  await panel.getByRole("link", { name: "notes", exact: true }).click();
  await expect(panel.getByRole("link", { name: "a b.txt", exact: true })).toBeVisible();
  await panel.getByLabel("Upload files").setInputFiles([
    { name: "ç ü.csv", mimeType: "text/csv", buffer: Buffer.from("a,b\n") },
    { name: "bytes", mimeType: "application/octet-stream", buffer: Buffer.from([0, 159, 146, 150]) },
  ]);
  await panel.getByRole("link", { name: "ç ü.csv", exact: true }).click();
  await expect(panel.locator("pre")).toHaveText("a,b\n");
  await page.goBack();
  await panel.getByRole("link", { name: "bytes", exact: true }).click();
  await expect(panel.getByText("This file is not text.")).toBeVisible();
  await page.goBack();

  // What a turn does is seen without asking.
  await chat.ask(uses("run_code", { language: "bash", code: "cat 'notes/ç ü.csv'; rm notes/bytes; git init -q; git add .; git commit -qm First; echo new >> 'notes/a b.txt'" }));
  await expect(panel.getByRole("link", { name: "bytes", exact: true })).toHaveCount(0);
  await panel.getByRole("link", { name: "Changes" }).click();
  await expect(panel.locator("pre")).toContainText("+new");
  await panel.getByRole("link", { name: "Runs" }).click();
  await expect(panel.getByRole("listitem")).toContainText("a,b");

  for (const theme of ["light", "dark"]) {
    await context.addCookies([{ name: "theme", value: theme, url: workshop.url }]);
    await page.reload();
    await expect(page.locator("[data-hydrated]")).toBeAttached();
    await panel.getByRole("navigation").getByRole("link", { name: "Files" }).click();
    await panel.getByRole("link", { name: "notes", exact: true }).click();
    await expect(panel.getByRole("link", { name: "ç ü.csv", exact: true })).toBeVisible();
    await expectNoViolations(page);
  }

  await panel.getByLabel("Delete ç ü.csv").first().click();
  await panel.getByRole("button", { name: "Delete: ç ü.csv" }).click();
  await expect(panel.getByRole("link", { name: "ç ü.csv", exact: true })).toHaveCount(0);
  const [archive] = await Promise.all([page.waitForEvent("download"), panel.getByRole("link", { name: "Download all as zip" }).click()]);
  expect(archive.suggestedFilename()).toMatch(/^workspace-.*\.zip$/);
  await panel.getByRole("link", { name: "Close the files" }).click();
  await expect(panel).toHaveCount(0);
  expect(faults).toEqual([]);
});

test("a file that cannot be taken is said, and the others are", async ({ working: chat }) => {
  const { page } = chat;
  await page.getByRole("button", { name: "Code", exact: true }).click();
  await chat.ask(uses("run_code", { language: "bash", code: "mkdir taken" }));
  await page.getByRole("link", { name: "Files", exact: true }).click();
  const panel = page.getByRole("complementary", { name: "Files" });
  await panel.getByLabel("Upload files").setInputFiles([
    { name: "taken", mimeType: "text/plain", buffer: Buffer.from("a folder is there") },
    { name: "fine.txt", mimeType: "text/plain", buffer: Buffer.from("fine") },
  ]);
  await expect(page.getByText('"taken" is a folder.')).toBeVisible();
  await expect(panel.getByRole("link", { name: "fine.txt", exact: true })).toBeVisible();
});

test("a picture that code has made is shown in its card", async ({ working: chat }) => {
  const { page } = chat;
  await page.getByRole("button", { name: "Code", exact: true }).click();
  const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  await chat.ask(uses("run_code", { language: "bash", code: `echo ${png} | base64 -d > dot.png` }));
  await chat.answers.last().getByRole("button", { name: /^Run code/ }).click();
  await expect(chat.answers.last().getByRole("img", { name: "Image 1 from Run code" })).toHaveJSProperty("naturalWidth", 1);
});

test("a conversation goes back to talking, and keeps that", async ({ working: chat }) => {
  const { page } = chat;
  await page.getByRole("button", { name: "Code", exact: true }).click();
  await chat.ask("hello [[echo Hi.]]");
  const kept = page.waitForResponse((answer) => answer.url().includes("/api/ui/") && answer.request().postData()?.includes('"mode":"chat"') === true);
  await page.getByRole("button", { name: "Code", exact: true }).click();
  await kept;
  await page.reload();
  await expect(page.locator("[data-hydrated]")).toBeAttached();
  await expect(page.getByRole("button", { name: "Code", exact: true })).toHaveAttribute("aria-pressed", "false");
  await expect(page.getByRole("link", { name: "Files", exact: true })).toHaveCount(0);
});
