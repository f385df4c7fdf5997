import { readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import { does, expect, makes, test } from "../support/artifacts";
import { watchConsole } from "../support/fixtures";

async function expectNoViolations(page: import("@playwright/test").Page) {
  const { violations } = await new AxeBuilder({ page }).exclude("iframe").exclude(".monaco-editor").analyze();
  expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);
}

test("an artifact is written beside the chat, shown, edited, compared and had back", async ({ studio, chat, server, context }) => {
  const faults = watchConsole(chat.page);
  await chat.send(makes("notes.md", "# First\n\nA *word*.\n"));
  // It opens by itself, and is shown alive once it is whole.
  await expect(studio.panel.getByRole("heading", { name: "First" })).toBeVisible({ timeout: 20_000 });
  await expect(studio.panel.locator("em")).toHaveText("word");
  await chat.settled();
  await expect(chat.answers.last().getByRole("link", { name: /notes\.md/ })).toContainText("Version 1");

  await studio.go("Code");
  await studio.shows("# First");
  await studio.write("Mine.");
  await expect(studio.state()).toHaveText("Unsaved");
  await expect(studio.state()).toHaveText("Saved");
  await expect(studio.panel.locator("header")).toContainText("v2");

  // The model hears of it with the next message, and goes on from there.
  await chat.ask(does("edit_artifact", { path: "notes.md", old: "First", new: "Second" }));
  await expect(chat.questions.last().locator("summary")).toContainText("notes.md");
  await studio.shows("# Second");
  await expect(studio.panel.locator("header")).toContainText("v3");

  await studio.go("Diff");
  await expect(studio.panel.locator(".diff-out")).toContainText("First");
  await expect(studio.panel.locator(".diff-in mark")).toHaveText("Second");
  await studio.panel.getByRole("button", { name: "Split" }).click();
  await expect(studio.panel.locator("[data-beside] tr").first()).toBeVisible();

  await studio.go("History");
  const rows = studio.panel.getByRole("listitem").filter({ hasText: /^v?/ }).filter({ has: chat.page.locator("p") });
  await expect(rows).toHaveCount(3);
  await expect(rows.nth(1)).toContainText("edited by you");
  for (const theme of ["light", "dark"]) {
    await context.addCookies([{ name: "theme", value: theme, url: server.url }]);
    await chat.page.reload();
    await expect(chat.page.locator("[data-hydrated]")).toBeAttached();
    await expect(rows).toHaveCount(3);
    await expectNoViolations(chat.page);
  }
  await rows.nth(2).getByRole("button", { name: "Restore" }).click();
  await expect(rows).toHaveCount(4);
  await studio.go("Code");
  await studio.shows("# First");
  await expectNoViolations(chat.page);
  expect(faults).toEqual([]);
});

test("who writes at the same time is asked how to go on, and nothing is lost", async ({ studio, chat, server, token }) => {
  await chat.ask(makes("a.txt", "one\ntwo\nthree\nfour\nfive\n"));
  await studio.go("Code").catch(() => {});
  await studio.shows("one");
  const id = new URL(chat.page.url()).searchParams.get("artifact")!;
  const elsewhere = async (content: string, expected_version: number) => {
    const answer = await chat.page.request.put(`${server.url}/api/v1/artifacts/${id}`, { headers: { Authorization: `Bearer ${token}` }, data: { content, expected_version } });
    expect(answer.status()).toBe(200);
  };
  // What is not edited here follows by itself.
  await elsewhere("ONE\ntwo\nthree\nfour\nfive\n", 1);
  await studio.shows("ONE");
  // What is, waits for its person.
  await studio.write("six");
  await elsewhere("uno\ntwo\nthree\nfour\nfive\n", 2);
  const asked = studio.panel.getByRole("alertdialog");
  await expect(asked).toBeVisible();
  await asked.getByRole("button", { name: "Merge both" }).click();
  await expect(asked).toBeHidden();
  await expect(studio.state()).toHaveText("Saved");
  const kept = await (await chat.page.request.get(`${server.url}/api/v1/artifacts/${id}`, { headers: { Authorization: `Bearer ${token}` } })).json();
  expect(kept).toMatchObject({ version: 4, content: "uno\ntwo\nthree\nfour\nfive\nsix" });
  // What was not saved is still there when one comes back to it.
  await studio.write(" seven");
  await elsewhere("dos\n", 4);
  await expect(asked).toBeVisible();
  await studio.go("History");
  await studio.go("Code");
  await studio.shows("six seven");
  await expect(asked).toBeVisible();
  await asked.getByRole("button", { name: "Keep mine" }).click();
  await expect(studio.state()).toHaveText("Saved");
  const mine = await (await chat.page.request.get(`${server.url}/api/v1/artifacts/${id}`, { headers: { Authorization: `Bearer ${token}` } })).json();
  expect(mine).toMatchObject({ version: 6, content: "uno\ntwo\nthree\nfour\nfive\nsix seven" });
});

test("pages, components, pictures and diagrams run in a frame of their own", async ({ studio, chat }) => {
  const faults = watchConsole(chat.page, [/sandbox|Content Security|Permissions|unrecognized/i]);
  await chat.ask(makes("page.html", "<h1 id=t>Hi</h1><script>t.textContent = 'Alive'; console.log('logged', 1)</script>"));
  await expect(studio.frame().locator("h1")).toHaveText("Alive", { timeout: 20_000 });
  await studio.panel.locator("[data-console] > summary").click();
  await expect(studio.panel.getByRole("log", { name: "Console" })).toContainText("logged 1");

  await chat.ask(makes("ui/Card.tsx", "export function Card({ n }: { n: number }) { return <p className=\"p-4\">Card {n}</p>; }"));
  await chat.ask(makes("App.tsx", "import { useState } from 'react';\nimport { Card } from './ui/Card';\nexport default function App() { const [n, set] = useState(1); return <button onClick={() => set(n + 1)}><Card n={n} /></button>; }"));
  await chat.answers.last().getByRole("link", { name: /App\.tsx/ }).click();
  await studio.frame().getByRole("button").click({ timeout: 20_000 });
  await expect(studio.frame().getByText("Card 2")).toBeVisible();
  await studio.panel.getByRole("button", { name: "Screenshot into the message" }).click();
  const picture = chat.page.locator("form img");
  await expect(picture).toBeVisible();
  await chat.page.locator("form").getByRole("button", { name: /Remove/ }).first().click();
  await expect(picture).toHaveCount(0);

  // What is wrong is said where it is, and goes back to the model.
  await chat.ask(does("edit_artifact", { path: "App.tsx", old: "useState(1)", new: "useState(missing)" }));
  await expect(studio.panel.locator("[data-message]")).toContainText("missing is not defined");
  await studio.panel.getByRole("button", { name: "Fix this" }).click();
  await expect(chat.questions.last()).toContainText("The preview of App.tsx fails");
  await chat.settled();

  await chat.ask(makes("flow.mmd", "flowchart LR\n  A --> B"));
  await chat.answers.last().getByRole("link", { name: /flow\.mmd/ }).click();
  await expect(studio.frame().locator("svg")).toBeVisible({ timeout: 20_000 });
  const [saved] = await Promise.all([chat.page.waitForEvent("download"), studio.panel.getByRole("button", { name: "SVG", exact: true }).click()]);
  expect(saved.suggestedFilename()).toBe("flow.svg");
  expect(readFileSync((await saved.path())!, "utf8")).toContain("<svg");

  await chat.ask(makes("data.json", '{"a": [1, {"b": null}]}'));
  await chat.answers.last().getByRole("link", { name: /data\.json/ }).click();
  await expect(studio.panel.locator("[data-slot=body] details > summary").first()).toContainText("{");
  expect(faults).toEqual([]);
});

test("files are made, renamed, moved, deleted and had back, by mouse and by keyboard", async ({ studio, chat }) => {
  await chat.ask(makes("src/a.ts", "export const a = 1;\n"));
  await studio.shows("export");
  await studio.panel.getByRole("button", { name: "New file" }).click();
  await chat.page.keyboard.type("docs/b.md");
  await chat.page.keyboard.press("Enter");
  await expect(studio.file("docs/b.md")).toBeVisible();
  await expect(studio.panel.locator("[data-tabs] a")).toHaveText(["a.ts", "b.md"]);

  await studio.file("docs/b.md").focus();
  await chat.page.keyboard.press("F2");
  await chat.page.keyboard.type("c");
  await chat.page.keyboard.press("Enter");
  await expect(studio.file("docs/c.md")).toBeVisible();
  await studio.file("docs/c.md").dragTo(studio.panel.locator('[data-folder="src"] > span'));
  await expect(studio.file("src/c.md")).toBeVisible();

  await studio.file("src/c.md").focus();
  await chat.page.keyboard.press("Delete");
  await expect(studio.file("src/c.md")).toHaveCount(0);
  await studio.panel.getByRole("button", { name: "Undo" }).click();
  await expect(studio.file("src/c.md")).toBeVisible();

  await studio.panel.getByLabel("Upload files").setInputFiles([{ name: "up.py", mimeType: "text/x-python", buffer: Buffer.from("print(1)\n") }]);
  await expect(studio.file("up.py")).toBeVisible();
  await studio.panel.getByLabel("Take it with you").click();
  const [zip] = await Promise.all([chat.page.waitForEvent("download"), studio.panel.getByRole("link", { name: "Download all as zip" }).click()]);
  expect(zip.suggestedFilename()).toMatch(/^artifacts-.*\.zip$/);
});

test("code of the chat becomes an artifact, and a panel that was closed stays closed", async ({ studio, chat }) => {
  await chat.ask("[[echo ```python\nprint(6 * 7)\n```]]");
  await chat.answers.last().getByRole("button", { name: "Open as artifact" }).click();
  await studio.shows("print(6 * 7)");
  await studio.panel.getByRole("link", { name: "Close the artifact" }).click();
  await expect(studio.panel).toHaveCount(0);
  await chat.ask(makes("late.md", "# Late\n"));
  await expect(chat.answers.last().getByRole("link", { name: /late\.md/ })).toBeVisible();
  await expect(studio.panel).toHaveCount(0);
});
