import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures";
import { longestTask } from "../support/hostile";
import { bundles } from "../support/previews";

/** Opens the editor in a page of its own making, as the panel of artifacts does. Gives the milliseconds that it took. */
async function open(page: Page, options: object): Promise<number> {
  const rt = await bundles(page);
  return page.evaluate(
    async ({ rt, options }) => {
      const told: string[] = [];
      const refused: string[] = [];
      document.addEventListener("securitypolicyviolation", (event) => refused.push(`${event.effectiveDirective} ${event.blockedURI}`));
      const box = document.createElement("div");
      box.id = "box";
      box.style.cssText = "position:fixed;z-index:50;left:700px;top:80px;width:640px;height:480px";
      document.body.append(box);
      const from = performance.now();
      const { edit } = await import(`${rt}editor.js`);
      const editor = await edit(box, JSON.stringify(options), (event: string) => told.push(event));
      Object.assign(window, { editor, told, refused });
      return performance.now() - from;
    },
    { rt, options },
  );
}

const SOURCE = { value: "export const one = 1;\n// two\n", language: "typescript", path: "src/one.ts", readOnly: false, label: "one.ts" };

// Snapshots would be part of what is measured.
test.use({ trace: "off" });

test("the editor opens from our own origin, edits, finds and saves", async ({ chat }) => {
  await chat.open();
  const { page } = chat;
  const workers: string[] = [];
  page.on("worker", (worker) => workers.push(worker.url()));
  await open(page, SOURCE);
  const box = page.locator("#box");
  await expect(box.getByRole("textbox", { name: "one.ts" })).toBeAttached();
  await page.evaluate(() => (window as any).editor.focus());
  await page.keyboard.press("Control+End");
  await page.keyboard.type("let three = 3;");
  await page.keyboard.press("Control+s");
  expect(await page.evaluate(() => (window as any).editor.value())).toBe(`${SOURCE.value}let three = 3;`);
  expect(await page.evaluate(() => (window as any).told.at(-1))).toBe("save");
  expect(await page.evaluate(() => (window as any).told.filter((event: string) => event === "change").length)).toBeGreaterThan(5);

  await page.evaluate(() => (window as any).editor.find());
  await page.keyboard.type("three");
  await expect(box.locator(".matchesCount")).toHaveText("1 of 1");
  await page.keyboard.press("Escape");

  await page.evaluate(() => (window as any).editor.set('{ "a": 1, }', "json"));
  await expect(box.locator(".squiggly-error, .squiggly-warning").first()).toBeAttached();
  await expect.poll(() => workers.map((url) => new URL(url)).map(({ origin, pathname }) => [origin, pathname.replace(/.*\//, "")])).toEqual([
    [chat.server.url, "editor.worker.js"],
    [chat.server.url, "json.worker.js"],
  ]);
  await page.evaluate(() => (window as any).editor.readOnly(true));
  await page.evaluate(() => (window as any).editor.focus());
  await page.keyboard.type("nothing");
  expect(await page.evaluate(() => (window as any).editor.value())).toBe('{ "a": 1, }');
  await page.evaluate(() => (window as any).editor.dispose());
  await expect(box.locator(".monaco-editor")).toHaveCount(0);
  expect(await page.evaluate(() => (window as any).refused)).toEqual([]);
});

test("the editor wears the page's colours, by day and by night", async ({ chat, context, server }) => {
  for (const theme of ["light", "dark"]) {
    await context.addCookies([{ name: "theme", value: theme, url: server.url }]);
    await chat.open();
    await open(chat.page, SOURCE);
    const editor = chat.page.locator("#box .monaco-editor").first();
    const token = (name: string) =>
      chat.page.evaluate((name) => {
        const probe = document.createElement("i");
        probe.style.color = `hsl(var(--${name}))`;
        document.body.append(probe);
        return getComputedStyle(probe).color;
      }, name);
    await expect(editor).toHaveCSS("background-color", await token("background"));
    await expect(editor.getByText("export", { exact: true })).toHaveCSS("color", await token("syn-keyword"));
  }
  await chat.page.evaluate(() => {
    document.documentElement.classList.remove("dark");
    (window as any).editor.theme();
  });
  await expect(chat.page.locator("#box .monaco-editor").first()).toHaveCSS("background-color", "rgb(255, 255, 255)");
});

test("text streams into the editor without holding up the page", async ({ chat }) => {
  await chat.open();
  await open(chat.page, { ...SOURCE, value: "" });
  const { page } = chat;
  await expect(page.locator("#box .view-line")).toBeAttached();
  // 2,000 tokens of about four characters in each of two seconds.
  const longest = await longestTask(page, () =>
    page.evaluate(
      () =>
        new Promise<void>((done) => {
          const { editor } = window as any;
          const from = performance.now();
          let sent = 0;
          const timer = setInterval(() => {
            const due = Math.min(4_000, Math.floor((performance.now() - from) * 2));
            let text = "";
            for (; sent < due; sent++) text += sent % 12 === 11 ? "abc;\n" : "let ";
            if (text) editor.append(text);
            if (sent < 4_000) return;
            clearInterval(timer);
            editor.finish();
            done();
          }, 5);
        }),
    ),
  );
  expect(longest).toBeLessThan(50);
  const length = () => page.evaluate(() => (window as any).editor.value().length);
  expect(await length()).toBe(4_000 * 4 + 333);
  expect(await page.evaluate(() => (window as any).told)).toEqual([]);
  // All of it is one step.
  await page.evaluate(() => (window as any).editor.focus());
  await page.keyboard.press("Control+z");
  expect(await length()).toBe(0);
});

test("a large text opens plainly, and at once", async ({ chat }) => {
  await chat.open();
  const took = await open(chat.page, { ...SOURCE, value: "let a = 1;\n".repeat(95_000) });
  expect(took).toBeLessThan(10_000);
  await expect(chat.page.locator("#box .view-line").first()).toHaveText("let a = 1;");
  // A single colour: nothing was parsed.
  await expect(chat.page.locator("#box .view-line").first().locator("span > span")).toHaveCount(1);
});
