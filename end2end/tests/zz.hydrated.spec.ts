import { writeFileSync } from "node:fs";
import { makes, does, test } from "../support/artifacts";
test("zz", async ({ chat }) => {
  test.setTimeout(180000);
  await chat.ask(makes("notes.md", "# First\n\nA *word*.\n"));
  await chat.ask(does("edit_artifact", { path: "notes.md", old: "First", new: "Second" }));
  const base = chat.page.url().split("?")[0];
  const id = new URL(chat.page.url()).searchParams.get("artifact");
  const page = await chat.page.context().newPage();
  let log: string[] = [];
  page.on("console", (m) => m.type() === "error" && log.push(m.text().slice(0, 120)));
  for (let n = 0; n < 60; n++) {
      log = [];
      const q = `?artifact=${id}&view=${["diff", "code", "history"][n % 3]}`;
      const r = await page.goto(base + q);
      await page.waitForTimeout(700);
      const html = await r!.text();
      if (log.length) { writeFileSync(`/tmp/shots/bad-${n % 3}-${n}.html`, html); console.log(n, q.slice(-8), log[0]); }
      else writeFileSync(`/tmp/shots/good-${n % 3}.html`, html);
  }
});
