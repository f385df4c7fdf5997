import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Studio } from "../support/artifacts";
import { ChatPage, expect, newUser, scripted, signIn, test, watchConsole } from "../support/fixtures";
import { Server } from "../support/server";

/** A model that calls no tools. */
const PLAIN = `[[model]]\nid = "plain-1"\nname = "Plain 1"\nprovider = "anthropic"\ntier = "balanced"\ntools = false\n`;

test("a model without tools writes a file in its answer, and the panel shows it", async ({ page, context, upstream }) => {
  const faults = watchConsole(page);
  const server = new Server(scripted(upstream));
  writeFileSync(join(server.dataDir, "catalog.toml"), PLAIN);
  await server.start();
  try {
    const user = newUser(server);
    await signIn(context, server, user);
    const headers = { Authorization: `Bearer ${server.createToken(user.email)}` };
    const made = await page.request.post(`${server.url}/api/v1/conversations`, { headers, data: { model: "plain-1" } });
    const { id } = await made.json();
    const chat = new ChatPage(page, server);
    const studio = new Studio(chat);
    await chat.open(`/c/${id}`);

    const file = '<artifact path="notes.md" title="Notes">\n# First\n\nA *word*.\n</artifact>';
    await chat.send(`[[every=60ms]] [[echo Here it is:\n\n${file}\n\nThat is all of it.]]`);
    // It opens by itself, while the answer goes on.
    await expect(studio.panel.getByRole("heading", { name: "First" })).toBeVisible({ timeout: 20_000 });
    await expect(studio.panel.locator("em")).toHaveText("word");
    await chat.settled();
    const answer = chat.answers.last();
    await expect(answer.getByRole("link", { name: /Notes/ })).toContainText("Version 1");
    await expect(answer.locator(".prose")).toHaveText(["Here it is:", "That is all of it."]);

    // What fails stands on its card; what works is the next version, in the panel that is open.
    const edit = (find: string, to: string) => `<artifact_edit path="notes.md"><find>${find}</find><replace>${to}</replace></artifact_edit>`;
    await chat.ask(`[[echo ${edit("nowhere", "x")}\n${edit("First", "Second")}\nDone.]]`);
    await expect(chat.answers.last()).toContainText("does not hold this text");
    await expect(studio.panel.getByRole("heading", { name: "Second" })).toBeVisible();
    await expect(studio.panel.locator("header")).toContainText("v2");
    await page.reload();
    await expect(chat.answers.last().getByRole("link", { name: /Notes/ })).toContainText("Version 2");
    expect(faults).toEqual([]);
  } finally {
    await server.destroy();
  }
});
