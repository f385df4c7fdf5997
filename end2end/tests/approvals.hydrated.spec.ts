import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { test } from "../support/asking";
import { ChatPage, expect } from "../support/fixtures";

const questions = (page: Page) => page.getByRole("group", { name: "Run write from files?" });
const head = (chat: ChatPage, name: string | RegExp) => chat.answers.last().getByRole("button", { name });

async function expectNoViolations(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);
}

test("calls in a row that are done with are one line, which opens, also after a reload", async ({ asking: chat }) => {
  await chat.ask('[[tool=look args={"path":"a.txt"} tool=look args={"path":"b.txt"} tool=erase tool=gone]] [[echo Done.]]');
  const shown = async () => {
    const line = head(chat, /3 steps/);
    await expect(line).toContainText("look, erase");
    await expect(line).toHaveAttribute("aria-expanded", "false");
    await expect(head(chat, "a.txt")).toHaveCount(0);
    await expect(head(chat, /^gone/)).toContainText("Failed");
    await line.click();
    await expect(head(chat, "a.txt")).toBeVisible();
    await head(chat, "b.txt").click();
    await expect(chat.answers.last().getByRole("figure", { name: "Result" })).toContainText("look done");
    await expectNoViolations(chat.page);
    await line.press("Enter");
    await expect(head(chat, "b.txt")).toHaveCount(0);
    await expect(chat.answers.last().getByRole("figure", { name: "Result" })).toHaveCount(0);
  };
  await shown();
  await chat.page.reload();
  await expect(chat.page.locator("[data-hydrated]")).toBeAttached();
  await shown();
});

test("a call that runs stands by itself", async ({ asking: chat }) => {
  await chat.send('[[tool=look args={"path":"a.txt"} tool=look args={"path":"b.txt"} tool=hang]] [[echo Never said.]]');
  await expect(head(chat, /2 steps/)).toBeVisible();
  await expect(head(chat, /^hang/)).toContainText(/Running|\d s/);
  await chat.page.getByRole("button", { name: "Stop generating" }).click();
  await expect(head(chat, /3 steps/)).toBeVisible();
});

test("Enter on the question allows once, and nothing typed elsewhere does", async ({ asking: chat }) => {
  await chat.send('[[tool=write args={"path":"a.txt"}]] [[echo It is written.]]');
  const question = questions(chat.page);
  await expect(question).toBeVisible();
  await chat.composer.fill("yes, any ");
  await question.getByRole("button", { name: "Edit arguments" }).click();
  const field = question.getByRole("textbox", { name: "Arguments to run it with" });
  await expect(field).toBeFocused();
  await field.press("n");
  await field.press("Escape");
  await expect(field).toHaveCount(0);
  await expect(question).toBeFocused();
  await chat.page.keyboard.press("Enter");
  await expect(question).toHaveCount(0);
  await expect(chat.answers.last()).toContainText("It is written.");
  await chat.composer.fill("");
});

test("arguments are changed before the call is made, and what is no JSON is not sent", async ({ asking: chat }) => {
  await chat.send('[[tool=write args={"path":"a.txt","size":1}]] [[echo It is written.]]');
  const question = questions(chat.page);
  await question.getByRole("button", { name: "Edit arguments" }).click();
  const field = question.getByRole("textbox", { name: "Arguments to run it with" });
  await expect(field).toHaveValue('{\n  "path": "a.txt",\n  "size": 1\n}');
  const allow = question.getByRole("button", { name: "Allow once" });
  await field.fill('{\n"path": }');
  await expect(question).toContainText("This is not valid JSON: look at line 2, column 9.");
  await expect(allow).toBeDisabled();
  await field.fill("[1]");
  await expect(question).toContainText("must be a JSON object");
  await expectNoViolations(chat.page);
  await field.fill('{"path": "b.txt", "size": 1}');
  await allow.click();
  await chat.settled();
  await expect(head(chat, /^write/)).toContainText("b.txt");
  await head(chat, /^write/).click();
  const figure = (name: string) => chat.answers.last().getByRole("figure", { name, exact: true });
  await expect(figure("Arguments")).toContainText("a.txt");
  await expect(figure("Arguments as a person changed them")).toContainText("b.txt");
});

test("a call is denied with a reason, and answered in its place", async ({ asking: chat }) => {
  await chat.send("[[tool=write]] [[echo Then not.]]");
  await questions(chat.page).getByRole("button", { name: "Deny with a reason" }).click();
  await questions(chat.page).getByRole("textbox").fill("Not on a Friday.");
  await questions(chat.page).getByRole("button", { name: "Deny", exact: true }).click();
  await chat.settled();
  await expect(head(chat, /^write/)).toContainText("Denied");
  await head(chat, /^write/).click();
  await expect(chat.answers.last().getByRole("figure", { name: "Result" })).toContainText("Not on a Friday.");

  await chat.send("[[tool=write]] [[echo Thank you.]]");
  await questions(chat.page).getByRole("button", { name: "Answer instead" }).click();
  const send = questions(chat.page).getByRole("button", { name: "Send answer" });
  await expect(send).toBeDisabled();
  await questions(chat.page).getByRole("textbox").fill("It is written already.");
  await send.click();
  await chat.settled();
  await expect(head(chat, /^write/)).toContainText("Answered by a person");
  await head(chat, /^write/).click();
  await expect(chat.answers.last().getByRole("figure", { name: "Result" })).toContainText("It is written already.");
});

test("like calls that wait are allowed at once", async ({ asking: chat }) => {
  const calls = ["a", "b", "c"].map((name) => `tool=write args={"path":"${name}.txt"}`).join(" ");
  await chat.send(`[[${calls}]] [[echo All are written.]]`);
  await expect(questions(chat.page)).toHaveCount(3);
  const all = chat.page.getByRole("button", { name: "Allow all 3" });
  await expect(all).toHaveCount(1);
  await all.click();
  await chat.settled();
  await expect(chat.answers.last()).toContainText("All are written.");
  await expect(head(chat, /3 steps/)).toContainText("write");
});

test("what waits is told in the list and in the title, until it is decided", async ({ asking: chat }) => {
  const { page } = chat;
  await chat.send("[[tool=write]] [[echo It is written.]]");
  await expect(questions(page)).toBeVisible();
  const mark = page.getByRole("navigation").getByRole("img", { name: "Waiting for you" });
  await expect(mark).toHaveCount(1);
  await expect(page).not.toHaveTitle(/^\(!\)/);
  const path = new URL(page.url()).pathname;
  await page.getByRole("link", { name: "New chat" }).first().click();
  await expect(page).toHaveTitle(/^\(!\) /);
  // Who opens a page later is told, too.
  await page.reload();
  await expect(mark).toHaveCount(1);
  await expect(page).toHaveTitle(/^\(!\) /);
  await page.locator(`a[href="${path}"]`).first().click();
  await expect(page).not.toHaveTitle(/^\(!\)/);
  await questions(page).getByRole("button", { name: "Allow once" }).click();
  await chat.settled();
  await expect(mark).toHaveCount(0);
});

test("the browser tells what waits while nobody sees the page, if it was asked to", async ({ asking: chat, context }) => {
  await context.addInitScript(() => {
    const shown: string[] = [];
    class Notice {
      static permission = "granted";
      static requestPermission = async () => "granted";
      constructor(title: string, options: { body: string }) {
        shown.push(`${title}: ${options.body}`);
      }
    }
    Object.assign(window, { Notification: Notice, shown });
  });
  const { page } = chat;
  await page.clock.install();
  await chat.open("/settings?tab=appearance");
  const wish = page.getByRole("switch", { name: "Notify me when something waits" });
  await expect(wish).toHaveAttribute("aria-checked", "false");
  await wish.click();
  await expect(wish).toHaveAttribute("aria-checked", "true");

  const see = (hidden: boolean) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    }, hidden);
  await see(true);
  const other = new ChatPage(await context.newPage(), chat.server);
  await other.open();
  await other.send("[[tool=write]] [[echo It is written.]]");
  await expect(questions(other.page)).toBeVisible();
  const glance = async () => {
    await page.clock.fastForward(20_500);
    return page.evaluate(() => (window as unknown as { shown: string[] }).shown);
  };
  await expect.poll(glance).toHaveLength(1);
  expect((await glance())[0]).toMatch(/^Approval needed: /);
  await expect(page).toHaveTitle(/^\(!\) /);
  await other.page.getByRole("button", { name: "Stop generating" }).click();
  // A page that is closed takes what it was about to ask along.
  await expect(questions(other.page)).toHaveCount(0);
  await other.page.close();
  await see(false);
  await expect(page).not.toHaveTitle(/^\(!\)/);
});
