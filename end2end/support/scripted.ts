import { type Locator, type Page, expect } from "@playwright/test";
import { ChatPage, newUser, signIn, test as base } from "./fixtures";
import { binary } from "./paths";
import type { Server } from "./server";

/** The scripted MCP server of the testkit, as a program that an admin adds. */
export const program = (...flags: string[]) => ({
  name: "scripted",
  transport: "stdio",
  command: binary("VERTICE_MCP_BIN", "vertice-scripted-mcp"),
  args: flags,
});

/** What an admin has set up through the API. */
export class Tools {
  constructor(private page: Page, private server: Server, private token: string) {}

  private async ask(method: string, path: string, data?: unknown) {
    const headers = { Authorization: `Bearer ${this.token}` };
    const answer = await this.page.request.fetch(`${this.server.url}/api/v1${path}`, { method, headers, data });
    expect(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`).toBeTruthy();
    return answer.status() === 204 ? null : answer.json();
  }

  /** Adds a server and waits until it has come to something. */
  async add(server: { name: string; [field: string]: unknown }): Promise<void> {
    await this.ask("POST", "/mcp/servers", server);
    const settled = async () => {
      const { status, tools } = await this.ask("GET", `/mcp/servers/${server.name}`);
      return status !== "starting" && (status !== "connected" || tools.length > 0);
    };
    await expect.poll(settled, { timeout: 20_000 }).toBeTruthy();
  }

  permit = (tool: string, patch: object, server = "scripted") => this.ask("PATCH", `/tools/${server}/${tool}`, patch);
}

/** The model calls a tool of the scripted server, then says something. */
export const calls = (tool: string, args: object = {}, then = "Done.") =>
  `[[tool=scripted__${tool} args=${JSON.stringify(args)}]] [[echo ${then}]]`;

/** A page of an admin who has added the scripted server. */
export const test = base.extend<{ tools: Tools; busy: ChatPage }>({
  tools: async ({ page, server, context }, use) => {
    const admin = newUser(server, "admin");
    await signIn(context, server, admin);
    const tools = new Tools(page, server, server.createToken(admin.email));
    await tools.add(program("--mark", `e2e-${process.pid}`));
    await use(tools);
  },
  busy: async ({ page, server, tools }, use) => {
    expect(tools).toBeTruthy();
    const chat = new ChatPage(page, server);
    await chat.open();
    await use(chat);
  },
});

/** The head of a call's card in the newest answer. */
export const head = (chat: ChatPage, name: string | RegExp): Locator => chat.answers.last().getByRole("button", { name });
