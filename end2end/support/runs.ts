import { type Locator, expect } from "@playwright/test";
import { Author } from "./author";
import { ChatPage, test as base, newUser, signIn } from "./fixtures";
import { Server } from "./server";

/** A block of code as a model writes it. */
export const block = (language: string, code: string) => `\`\`\`${language}\n${code}\n\`\`\``;

/** The page of a server that runs code, and whose model says what it is told to. */
export class RunPage extends ChatPage {
  constructor(page: ChatPage["page"], server: { readonly url: string }, private author: Author) {
    super(page, server);
  }

  /** Lets the model say something. */
  async say(text: string): Promise<void> {
    const before = await this.answers.count();
    await this.composer.fill(`say ${this.author.texts.push(text) - 1}`);
    // On a phone Enter is a new line.
    await this.page.getByRole("button", { name: "Send" }).click();
    await expect(this.answers).toHaveCount(before + 1);
    await this.settled();
  }

  /** The n-th block of the newest answer. */
  block = (index = 0): Locator => this.answers.last().locator("figure.codeblock").nth(index);

  /** The button that runs it. */
  button = (index = 0): Locator => this.block(index).getByRole("button", { name: "Run code" });

  /** The card below it. */
  card = (index = 0): Locator => this.block(index).locator("xpath=following-sibling::*[1]").and(this.page.locator(".run"));

  /** Says a block, runs it, and waits for the end. */
  async ran(language: string, code: string, end: string | RegExp): Promise<Locator> {
    await this.say(block(language, code));
    await this.button().click();
    await expect(this.card().locator(".badge").first()).toHaveText(end, { timeout: 40_000 });
    return this.card();
  }
}

/** A server that runs code in bubblewrap, the quicker of its runtimes. */
export const test = base.extend<{ runs: RunPage }, { author: Author; runner: Server }>({
  author: [
    async ({}, use) => {
      const author = await Author.start();
      await use(author);
      await author.stop();
    },
    { scope: "worker" },
  ],
  runner: [
    async ({ author }, use) => {
      const runtime = process.env.SANDBOX_RUNTIME ?? "bubblewrap";
      const server = new Server({ ANTHROPIC_API_KEY: "test-key", ANTHROPIC_BASE_URL: author.url, ENABLE_SANDBOXING: "true", SANDBOX_RUNTIME: runtime });
      await server.start();
      await use(server);
      await server.destroy();
    },
    { scope: "worker" },
  ],
  runs: async ({ page, context, runner, author }, use) => {
    await signIn(context, runner, newUser(runner));
    const runs = new RunPage(page, runner, author);
    // The sandbox is tried at the start; until then nothing is offered.
    await expect(async () => {
      await runs.open();
      await expect(page.locator(".runs-code")).toBeAttached({ timeout: 100 });
    }).toPass({ timeout: 30_000 });
    await use(runs);
  },
});

export { expect };
