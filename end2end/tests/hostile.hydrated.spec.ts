import type { Page } from "@playwright/test";
import { Author } from "../support/author";
import { ChatPage, expect, newUser, signIn, test as base } from "../support/fixtures";
import { foreign, hostileAnswers } from "../support/hostile";
import { Server } from "../support/server";

/** The longest task (milliseconds) the page may have. */
const LONGEST_TASK = 1_000;

const test = base.extend<{ hostile: ChatPage; watched: Watched }, { author: Author; product: Server }>({
  author: [
    async ({}, use) => {
      const author = await Author.start();
      await use(author);
      await author.stop();
    },
    { scope: "worker" },
  ],
  product: [
    async ({ author }, use) => {
      const server = new Server({ ANTHROPIC_API_KEY: "test-key", ANTHROPIC_BASE_URL: author.url });
      await server.start();
      await use(server);
      await server.destroy();
    },
    { scope: "worker" },
  ],
  watched: async ({ page, product }, use) => {
    await use(await Watched.start(page, product));
  },
  hostile: async ({ page, context, product, watched }, use) => {
    await signIn(context, product, newUser(product));
    await use(new ChatPage(page, product));
    expect(watched.elsewhere).toEqual([]);
  },
});

/** What a page asks for, and how long it is busy. */
class Watched {
  readonly elsewhere: string[] = [];
  private tasks: number[] = [];

  static async start(page: Page, server: Server): Promise<Watched> {
    const watched = new Watched();
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(`${server.url}/`) && !/^(data|blob):/.test(url)) watched.elsewhere.push(url);
    });
    page.on("dialog", (dialog) => {
      watched.elsewhere.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("popup", (popup) => watched.elsewhere.push(`popup ${popup.url()}`));
    await page.exposeFunction("reportTask", (duration: number) => watched.tasks.push(duration));
    await page.addInitScript(() => {
      const report = (window as unknown as { reportTask: (duration: number) => void }).reportTask;
      new PerformanceObserver((list) => list.getEntries().forEach((entry) => report(entry.duration))).observe({
        type: "longtask",
        buffered: true,
      });
    });
    return watched;
  }

  /** The longest task so far. */
  longest = () => Math.max(0, ...this.tasks);
}

test.describe.configure({ timeout: 120_000 });

for (const { wrapper, answers } of hostileAnswers()) {
  test(`hostile answers do nothing to the page: ${wrapper}`, async ({ hostile, author, product, watched }) => {
    await hostile.open();
    const third = Math.ceil(answers.length / 3);
    for (let from = 0; from < answers.length; from += third) {
      // What one answer leaves open ends before the next.
      const said = author.texts.push(answers.slice(from, from + third).join(wrapper === "unclosed" ? "\n```\n\n" : "\n\n") + "\n\nthe end");
      await hostile.ask(`say ${said - 1}`);
      expect(await foreign(hostile.page)).toEqual([]);
    }
    await hostile.page.reload();
    await expect(hostile.page.locator("[data-hydrated]")).toBeAttached();
    await expect(hostile.answers).toHaveCount(3);
    expect(await foreign(hostile.page)).toEqual([]);
    expect(watched.longest()).toBeLessThan(LONGEST_TASK);
    expect((await hostile.page.request.get(`${product.url}/health`)).ok()).toBeTruthy();
  });
}

test("a remote picture is asked for by the server, after a click, and never from inside", async ({ hostile, author }) => {
  const said = author.texts.push("![secret](https://127.0.0.1:1/p.png) ![plain](http://example.org/p.png) done");
  await hostile.open();
  await hostile.ask(`say ${said - 1}`);
  await expect(hostile.answers.getByRole("link", { name: "plain" })).toHaveAttribute("href", "http://example.org/p.png");
  await hostile.answers.getByRole("button", { name: /Show image from/ }).click();
  await expect(hostile.answers.locator("button.md-image")).toContainText("not on the public internet");
  await expect(hostile.answers.locator("img")).toHaveCount(0);
});

test("pages may load pictures of their own alone, and no style sheet of an answer", async ({ hostile }) => {
  const response = await hostile.page.request.get(hostile.server.url);
  const policy = response.headers()["content-security-policy"];
  expect(policy).toContain("img-src 'self' data: blob:;");
  expect(policy).toContain("style-src 'self';");
  expect(policy).not.toMatch(/https:|http:/);
});
