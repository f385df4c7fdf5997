import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { type Studio, does, expect, makes, test } from "../support/artifacts";
import { type ChatPage, watchConsole } from "../support/fixtures";

async function expectNoViolations(page: Page) {
  const { violations } = await new AxeBuilder({ page }).exclude("iframe").exclude(".monaco-editor").analyze();
  expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);
}

/** Makes an artifact over REST in the conversation that is open, and shows it. */
async function opens(chat: ChatPage, token: string, path: string, content: string, view = "preview"): Promise<string> {
  const conversation_id = new URL(chat.page.url()).pathname.replace("/c/", "");
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await chat.page.request.post(`${chat.server.url}/api/v1/artifacts`, { headers, data: { conversation_id, path, content } });
  expect(answer.status(), await answer.text()).toBe(201);
  const { id } = await answer.json();
  await chat.open(`/c/${conversation_id}?artifact=${id}&view=${view}`);
  return id;
}

/** The model makes an artifact, and it is shown: fast answers may be over before the panel opens by itself. */
async function shows(chat: ChatPage, path: string, text: string): Promise<void> {
  await chat.ask(makes(path, text));
  await chat.answers.last().getByRole("link", { name: path }).click();
}

const background = (studio: Studio) => studio.editor().evaluate((editor) => getComputedStyle(editor).backgroundColor);

test("text with separators is a table, with a head that stays and as many rows as a page bears", async ({ studio, chat, token, context, server }) => {
  const faults = watchConsole(chat.page);
  await shows(chat, "data/people.csv", 'name;sum;note\n"Ana; Maria";1.234,50;"said ""hi"""\nBo;-7;<b>\nshort\n');
  const { panel } = studio;
  const cells = (row: number) => panel.locator("tbody tr").nth(row).locator("td");
  await expect(panel.getByRole("columnheader")).toHaveText(["name", "sum", "note"]);
  await expect(cells(0)).toHaveText(["Ana; Maria", "1.234,50", 'said "hi"']);
  await expect(cells(1)).toHaveText(["Bo", "-7", "<b>"]);
  await expect(cells(2)).toHaveText(["short", "", ""]);
  await expect(cells(0).nth(1)).toHaveCSS("text-align", "right");
  await expect(cells(0).nth(0)).toHaveCSS("text-align", "left");
  await expect(panel.getByText("3 rows, 3 columns")).toBeVisible();
  // What the model changes is drawn anew.
  await chat.ask(does("edit_artifact", { path: "data/people.csv", old: "Bo;-7", new: "Bea;8" }));
  await expect(cells(1)).toHaveText(["Bea", "8", "<b>"]);
  await studio.go("Code");
  await studio.shows("Bea;8");

  const rows = Array.from({ length: 1_205 }, (_, at) => `${at + 1}\tvalue ${at + 1}`);
  await opens(chat, token, "long.tsv", `number\ttext\n${rows.join("\n")}\n`);
  await expect(panel.locator("tbody tr")).toHaveCount(1_000);
  await expect(panel.getByText("There are 205 more rows; the code has all of them.")).toBeAttached();
  const table = panel.getByRole("region", { name: "Table" });
  await table.evaluate((place) => place.scrollTo(0, 5_000));
  const [head, place] = [await panel.locator("th").first().boundingBox(), await table.boundingBox()];
  expect(Math.round(head!.y - place!.y)).toBe(0);
  for (const theme of ["light", "dark"]) {
    await context.addCookies([{ name: "theme", value: theme, url: server.url }]);
    await chat.page.reload();
    await expect(panel.locator("tbody tr")).toHaveCount(1_000);
    await expectNoViolations(chat.page);
  }
  expect(faults).toEqual([]);
});

test("keys and values of JSON are found, by keyboard too", async ({ studio, chat, token }) => {
  const { panel } = studio;
  await chat.ask("[[echo Hello.]]");
  const value = { title: "Ships", fleet: [{ crew: { captain: "Ana <b>", "no ship": null } }, { crew: { captain: "Bo", size: 12 } }] };
  await opens(chat, token, "ships.json", JSON.stringify(value));
  await expect(panel.getByText("no ship")).toBeHidden();
  const field = panel.getByRole("searchbox", { name: "Find keys and values" });
  const told = panel.getByRole("search").getByRole("status");
  const current = panel.locator("mark.is-current");
  await field.fill("SHIP");
  await expect(told).toHaveText("1 of 2");
  // It lay in branches that were folded.
  await expect(current).toHaveText("ship");
  await expect(current).toBeInViewport();
  await field.press("Enter");
  await expect(told).toHaveText("2 of 2");
  await expect(current).toHaveText("Ship");
  await field.press("Enter");
  await expect(told).toHaveText("1 of 2");
  await field.press("Shift+Enter");
  await expect(told).toHaveText("2 of 2");
  await panel.getByRole("button", { name: "Previous match" }).click();
  await expect(told).toHaveText("1 of 2");
  await expectNoViolations(chat.page);
  await field.fill("captain");
  await expect(told).toHaveText("1 of 2");
  await expect(panel.locator("mark")).toHaveText(["captain", "captain"]);
  await field.fill("<b>");
  await expect(told).toHaveText("1 of 1");
  await field.fill("nowhere");
  await expect(told).toHaveText("No match");
  await expect(panel.getByRole("button", { name: "Next match" })).toBeDisabled();
  await field.press("Escape");
  await expect(field).toHaveValue("");
  await expect(told).toHaveText("");
  await expect(panel.locator("mark")).toHaveCount(0);
  await expect(panel.getByText('"Ana <b>"')).toBeAttached();
});

test("what a model writes anew is shown while it comes, and what was there comes back if it stops", async ({ studio, chat, server, token }) => {
  const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => `fresh ${from + at}`).join("\n");
  await shows(chat, "notes.txt", "old text\n");
  await studio.shows("old text");
  const anew = (text: string) => `[[tool=rewrite_artifact args=${JSON.stringify({ path: "notes.txt", text })} every=60ms]] [[echo Done.]]`;
  await chat.send(anew(`${lines(1, 30)}\nthe end\n`));
  await studio.shows("fresh 2");
  await expect(studio.state()).toHaveText("Being written");
  await expect(studio.editor().locator(".view-lines")).not.toContainText("old text");
  await expect(studio.editor().locator(".view-lines")).not.toContainText("the end");
  // Nobody writes into it meanwhile.
  await studio.write("mine");
  await chat.settled();
  await studio.shows("the end");
  await expect(studio.editor().locator(".view-lines")).not.toContainText("mine");
  await expect(studio.state()).toHaveText("Saved");
  await expect(studio.panel.locator("header")).toContainText("v2");
  // Where there is no panel it opens, with what was said so far.
  await chat.open(new URL(chat.page.url()).pathname);
  await expect(studio.panel).toHaveCount(0);
  await chat.send(anew(lines(700, 740)));
  await studio.shows("fresh 701");
  await expect(studio.editor().locator(".view-lines")).toContainText("fresh 700");
  await chat.settled();
  await studio.shows("fresh 740");
  await expect(studio.panel.locator("header")).toContainText("v3");
  await studio.write("\nmine");
  await expect(studio.panel.locator("header")).toContainText("v4");

  // One that is stopped is no version.
  await chat.send(anew(lines(500, 560)));
  await studio.shows("fresh 501");
  await chat.page.getByRole("button", { name: "Stop" }).click();
  await studio.shows("fresh 700");
  await expect(studio.editor().locator(".view-lines")).not.toContainText("fresh 50");
  await expect(studio.state()).toHaveText("Saved");
  await studio.write(" again");
  await expect(studio.panel.locator("header")).toContainText("v5");
  const id = (await studio.panel.locator("[data-artifact]").getAttribute("data-artifact"))!;
  const kept = await (await chat.page.request.get(`${server.url}/api/v1/artifacts/${id}`, { headers: { Authorization: `Bearer ${token}` } })).json();
  expect(kept).toMatchObject({ version: 5, content: `${lines(700, 740)}\nmine again` });

});

test("what is open follows another theme, of the system and of its person", async ({ studio, chat, user }) => {
  const { page } = chat;
  const chooses = async (theme: string) => {
    await page.getByRole("button", { name: user.email }).click();
    await page.getByRole("menuitemradio", { name: theme }).click();
    await page.keyboard.press("Escape");
  };
  await shows(chat, "a.ts", "export const a = 1;\n");
  await studio.shows("export");
  const light = await background(studio);
  // The panel has folded it.
  await page.getByRole("button", { name: "Expand sidebar" }).click();
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(() => background(studio)).not.toBe(light);
  await page.emulateMedia({ colorScheme: "light" });
  await expect.poll(() => background(studio)).toBe(light);
  await chooses("Dark");
  await expect.poll(() => background(studio)).not.toBe(light);
  // Who has chosen does not follow the system.
  await page.emulateMedia({ colorScheme: "dark" });
  await page.emulateMedia({ colorScheme: "light" });
  expect(await background(studio)).not.toBe(light);

  await shows(chat, "flow.mmd", "flowchart LR\n  A --> B");
  const ink = () => studio.frame().locator("svg text, svg .nodeLabel").first().evaluate((text) => getComputedStyle(text).fill);
  await expect(studio.frame().locator("svg")).toBeVisible({ timeout: 20_000 });
  const dark = await ink();
  await chooses("Light");
  await expect.poll(ink).not.toBe(dark);
});

test("tools of ours are named in words, in the page's language", async ({ chat, studio, context, server }) => {
  await shows(chat, "a.txt", "one\n");
  await expect(chat.answers.last().getByRole("button", { name: /^Create artifact/ })).toBeVisible();
  await chat.ask(does("rewrite_artifact", { path: "a.txt", text: "two\n" }));
  await expect(chat.answers.last().getByRole("button", { name: /^Rewrite artifact/ })).toBeVisible();
  await context.addCookies([{ name: "language", value: "pt-BR", url: server.url }]);
  await chat.page.reload();
  await expect(chat.page.locator("[data-hydrated]")).toBeAttached();
  const answers = chat.page.getByRole("article");
  await expect(answers.getByRole("button", { name: /^Reescrever artefato/ })).toBeVisible();
  await expect(answers.getByRole("button", { name: /^Criar artefato/ })).toBeVisible();
  // What the script is refused is said in that language too.
  const panel = chat.page.getByRole("complementary", { name: "Artefato" });
  await panel.locator("input[data-do=import]").setInputFiles([{ name: "a.zip", mimeType: "application/zip", buffer: Buffer.from("no zip") }]);
  await expect(chat.page.getByText("Isto não é um arquivo zip que possa ser lido.")).toBeVisible();
  expect(studio).toBeTruthy();
});

test("a history of more than a hundred versions goes on", async ({ studio, chat, server, token }) => {
  test.setTimeout(90_000);
  await chat.ask("[[echo Hello.]]");
  const id = await opens(chat, token, "many.txt", "1\n", "code");
  const headers = { Authorization: `Bearer ${token}` };
  for (let version = 1; version < 130; version += 1) {
    const answer = await chat.page.request.put(`${server.url}/api/v1/artifacts/${id}`, { headers, data: { content: `${version + 1}\n`, expected_version: version } });
    expect(answer.status()).toBe(200);
  }
  await studio.go("History");
  const rows = studio.panel.locator("[data-versions] > li");
  await expect(rows).toHaveCount(100);
  await studio.panel.getByRole("link", { name: "Older versions" }).click();
  await expect(rows).toHaveCount(130);
  await expect(studio.panel.getByRole("link", { name: "Older versions" })).toHaveCount(0);
  await expect(rows.nth(100).getByRole("link").first()).toBeFocused();
  await expect(rows.last()).toContainText("First version");
  await expect(chat.page).not.toHaveURL(/older=/);
  await rows.last().getByRole("button", { name: "Restore" }).click();
  await expect(studio.panel.locator("header")).toContainText("v131");
});
