import { ChatPage, expect, newUser, signIn } from "../support/fixtures";
import { foreign, hostileAnswers, longestTask, test as base } from "../support/hostile";

/** The longest task (milliseconds of CPU) the page may have. */
const LONGEST_TASK = 1_000;

const test = base.extend<{ hostile: ChatPage }>({
  hostile: async ({ page, context, product, elsewhere: _ }, use) => {
    await signIn(context, product, newUser(product));
    await use(new ChatPage(page, product));
  },
});

// Snapshots of so many elements would be most of what is measured.
test.use({ trace: "off" });
test.describe.configure({ timeout: 120_000 });

for (const { wrapper, texts } of hostileAnswers()) {
  test(`hostile answers do nothing to the page: ${wrapper}`, async ({ hostile, author, product }) => {
    for (const text of texts) {
      await hostile.open();
      const streamed = await longestTask(hostile.page, () => hostile.ask(`say ${author.texts.push(text) - 1}`));
      expect(await foreign(hostile.page)).toEqual([]);
      const opened = await longestTask(hostile.page, async () => {
        await hostile.page.reload();
        await expect(hostile.page.locator("[data-hydrated]")).toBeAttached();
        await expect(hostile.answers).toHaveCount(1);
      });
      expect(await foreign(hostile.page)).toEqual([]);
      expect(Math.max(streamed, opened)).toBeLessThan(LONGEST_TASK);
    }
    expect((await hostile.page.request.get(`${product.url}/health`)).ok()).toBeTruthy();
  });
}

test("a remote picture is asked for by the server, after a click, and never from inside", async ({ hostile, author }) => {
  const said = author.texts.push("![secret](https://127.0.0.1:1/p.png) ![plain](http://example.org/p.png) done") - 1;
  await hostile.open();
  await hostile.ask(`say ${said}`);
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
  // The one address in it is where previews are framed from.
  expect(policy.replace(` ${hostile.server.url}/preview/;`, "")).not.toMatch(/https:|http:/);
});
