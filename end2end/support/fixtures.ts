import { type BrowserContext, type Locator, type Page, test as base, expect } from "@playwright/test";
import { Server, Upstream } from "./server";

/** An account of a test. */
export interface User {
  email: string;
  password: string;
}

interface WorkerFixtures {
  upstream: Upstream;
  server: Server;
}

interface TestFixtures {
  /** An account of this test's own. */
  user: User;
  /** A page that is signed in as `user`, and whose console must stay clean. */
  chat: ChatPage;
}

let counter = 0;

/** Environment of a server whose Anthropic and OpenAI are the scripted upstream. */
export const scripted = (upstream: Upstream) => ({
  ANTHROPIC_API_KEY: "test-key",
  ANTHROPIC_BASE_URL: upstream.url,
});

/** Makes an account on a server. */
export function newUser(server: Server, role = "user"): User {
  const user = { email: `user${process.pid}-${counter++}@example.com`, password: "correct horse battery staple" };
  server.createUser(user.email, user.password, role);
  return user;
}

/** Signs in by the form's own request, so that the context holds the session cookie. */
export async function signIn(context: BrowserContext, server: Server, user: User): Promise<void> {
  const response = await context.request.post(`${server.url}/sign-in`, {
    form: { email: user.email, password: user.password },
    headers: { "Sec-Fetch-Site": "same-origin", Accept: "text/html" },
    maxRedirects: 0,
  });
  expect(response.status()).toBe(303);
}

/** Everything the console says that it should not. */
/** No faults: what Chromium does not know of the policy of previews, and others may; a font that came before a slow page used it. */
const NO_FAULTS = [/Unrecognized Content-Security-Policy directive 'webrtc'/, /preloaded using link preload/];

export function watchConsole(page: Page, allowed: RegExp[] = []): string[] {
  const faults: string[] = [];
  page.on("console", (message) => {
    if (!["error", "warning"].includes(message.type())) return;
    if (![...NO_FAULTS, ...allowed].some((pattern) => pattern.test(message.text()))) faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  return faults;
}

/** What the database may be behind with at a crash, in milliseconds: a round of the writer, and a commit on a busy disk. */
const AT_RISK = 1_000;

/** The numbers of `word1 word2 …` as the newest answer shows them. */
export async function words(chat: ChatPage): Promise<number[]> {
  const text = await chat.answers.last().locator(".prose").innerText();
  return Array.from(text.matchAll(/word(\d+)/g), (match) => Number(match[1]));
}

/** 1, 2, … `last`. */
export const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

/** Waits until the newest answer shows at least so many words, and gives those. */
export async function wordsFrom(chat: ChatPage, least: number): Promise<number[]> {
  await expect.poll(async () => (await words(chat)).length, { timeout: 20_000 }).toBeGreaterThanOrEqual(least);
  return words(chat);
}

/** After a crash: what is shown is a beginning without gaps, and at most a second shorter than what was. */
export function expectKept(kept: number[], seen: number[], every: number): void {
  expect(kept).toEqual(upTo(kept.length));
  expect(kept.length).toBeGreaterThanOrEqual(seen.length - Math.ceil(AT_RISK / every));
}

/** A message as the API tells it. */
export interface Told {
  id: string;
  role: "user" | "assistant";
  content: string;
  status: string;
}

/** The messages of the conversation on the page, as the server has them. */
export async function stored(chat: ChatPage, server: Server, token: string): Promise<Told[]> {
  const id = new URL(chat.page.url()).pathname.replace("/c/", "");
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await chat.page.request.get(`${server.url}/api/v1/conversations/${id}/messages`, { headers });
  expect(answer.ok()).toBeTruthy();
  return (await answer.json()).items;
}

/** The chat as a person uses it. */
export class ChatPage {
  readonly composer: Locator;
  readonly answers: Locator;
  readonly questions: Locator;

  constructor(readonly page: Page, readonly server: { readonly url: string }) {
    this.composer = page.getByRole("textbox", { name: "Message" });
    this.answers = page.getByRole("article", { name: /answer/i });
    this.questions = page.getByRole("article", { name: /your message/i });
  }

  /** Opens a path and waits until the page is awake. */
  async open(path = "/"): Promise<void> {
    await this.page.goto(this.server.url + path);
    await expect(this.page.locator("[data-hydrated]")).toBeAttached();
  }

  async send(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** Sends and waits until the answer is whole. */
  async ask(text: string): Promise<void> {
    const before = await this.answers.count();
    await this.send(text);
    await expect(this.answers).toHaveCount(before + 1);
    await this.settled();
  }

  /** Waits until nothing is being written. */
  async settled(): Promise<void> {
    await expect(this.page.getByRole("button", { name: "Stop" })).toHaveCount(0, { timeout: 30_000 });
    await expect(this.answers.last().getByRole("button", { name: "Copy", exact: true })).toBeAttached();
  }
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  upstream: [
    async ({}, use) => {
      const upstream = await Upstream.start();
      await use(upstream);
      await upstream.stop();
    },
    { scope: "worker" },
  ],
  server: [
    async ({ upstream }, use) => {
      const server = new Server(scripted(upstream));
      await server.start();
      await use(server);
      await server.destroy();
    },
    { scope: "worker" },
  ],
  user: async ({ server }, use) => {
    await use(newUser(server));
  },
  chat: async ({ page, context, server, user }, use) => {
    const faults = watchConsole(page, [/status of [45]\d\d/, /ERR_INTERNET_DISCONNECTED|ERR_FAILED|ERR_CONNECTION/]);
    await signIn(context, server, user);
    await use(new ChatPage(page, server));
    expect(faults).toEqual([]);
  },
});

export { expect };
