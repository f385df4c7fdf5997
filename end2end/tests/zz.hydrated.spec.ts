import { expect, makes, does, test } from "../support/artifacts";
test("zz", async ({ studio, chat, browser }) => {
  test.setTimeout(120000);
  await chat.ask(makes("notes.md", "# First\n\nA *word*.\n"));
  await chat.ask(does("edit_artifact", { path: "notes.md", old: "First", new: "Second" }));
  const base = chat.page.url().split("?")[0];
  const id = new URL(chat.page.url()).searchParams.get("artifact");
  const page = await chat.page.context().newPage();
  let log: string[] = [];
  page.on("console", (m) => m.type() === "error" && log.push(m.text().slice(0, 120)));
  page.on("pageerror", (e) => log.push(String(e).slice(0, 100)));
  for (const q of ["", `?artifact=${id}&view=history`, `?artifact=${id}&view=code`, `?artifact=${id}&view=diff`, `?artifact=${id}&view=preview`, `?artifact=${id}&view=code&version=1`, "?files"]) {
    for (let n = 0; n < 3; n++) {
      log = [];
      await page.goto(base + q);
      await page.waitForTimeout(1500);
      console.log(q, n, JSON.stringify(log));
    }
  }
});
