import { type Locator, expect } from "@playwright/test";
import { type ChatPage, newUser, test as base } from "./fixtures";

/** The model makes an artifact, then says something. */
export const makes = (path: string, text: string, more: object = {}, then = "Done.") =>
  `[[tool=create_artifact args=${JSON.stringify({ path, text, ...more })}]] [[echo ${then}]]`;

/** The model calls one of the tools for artifacts. */
export const does = (tool: string, args: object, then = "Done.") => `[[tool=${tool} args=${JSON.stringify(args)}]] [[echo ${then}]]`;

/** The panel beside a chat. */
export class Studio {
  readonly panel: Locator;

  constructor(readonly chat: ChatPage) {
    this.panel = chat.page.getByRole("complementary", { name: "Artifact" });
  }

  view = (name: string): Locator => this.panel.locator("header").getByRole("link", { name, exact: true });
  async go(name: string): Promise<void> {
    await this.view(name).click();
    await expect(this.view(name)).toHaveAttribute("aria-current", "true");
  }
  /** The text in the editor. */
  editor = (): Locator => this.panel.locator(".monaco-editor").first();
  async shows(text: string): Promise<void> {
    await expect(this.editor()).toBeVisible({ timeout: 20_000 });
    await expect(this.editor().locator(".view-lines")).toContainText(text);
  }
  /** Writes at the end of what is in the editor. */
  async write(text: string): Promise<void> {
    await this.editor().locator(".view-lines").click();
    await this.chat.page.keyboard.press("ControlOrMeta+End");
    await this.chat.page.keyboard.type(text);
  }
  state = (): Locator => this.panel.locator("[data-state]");
  frame = () => this.panel.frameLocator("iframe");
  file = (path: string): Locator => this.panel.locator(`[data-file="${path}"]`);
}

export const test = base.extend<{ studio: Studio; token: string }>({
  studio: async ({ chat }, use) => {
    await chat.open();
    await use(new Studio(chat));
  },
  token: async ({ server, user }, use) => {
    await use(server.createToken(user.email));
  },
});

export { expect, newUser };
