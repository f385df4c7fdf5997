import type { Page } from "@playwright/test";
import { expect } from "./fixtures";

/** What a preview has told. */
export type Told = { event: string; detail: string };

interface File {
  path: string;
  content: string;
}

/** What is to be shown. */
export interface Input {
  entry: string;
  kind: string;
  theme?: "light" | "dark";
  files: File[];
}

export const one = (kind: string, path: string, content: string): Input => ({ entry: path, kind, files: [{ path, content }] });
export const html = (content: string) => one("html", "index.html", content);
export const react = (content: string, ...files: File[]): Input => ({ entry: "App.tsx", kind: "react", files: [{ path: "App.tsx", content }, ...files] });

/** Where this build's bundles are. */
export async function bundles(page: Page): Promise<string> {
  const origin = new URL(page.url()).origin;
  const shell = await (await page.request.get(`${origin}/preview/shell`)).text();
  return shell.match(/\/rt\/[0-9a-f]{16}\//)![0];
}

/** A preview on a page of somebody who is signed in, driven as the panel of artifacts drives it. */
export class Stage {
  private constructor(readonly page: Page, private name: string) {}

  /** Makes a place in the page and mounts a preview there. */
  static async mount(page: Page, name = "stage", place = "left:700px;top:80px;width:640px;height:480px"): Promise<Stage> {
    const rt = await bundles(page);
    await page.evaluate(
      async ({ rt, name, place }) => {
        const { preview } = await import(`${rt}host.js`);
        const box = document.createElement("div");
        box.id = name;
        box.style.cssText = `position:fixed;z-index:50;background:white;${place}`;
        document.body.append(box);
        const told: Told[] = [];
        const made = preview(box, "/preview/shell", (event: string, detail: string) => told.push({ event, detail }));
        Object.assign(window, { [name]: Object.assign(made, { told }) });
      },
      { rt, name, place },
    );
    return new Stage(page, name);
  }

  /** Calls a method of the preview. */
  call(method: string, ...values: unknown[]): Promise<any> {
    return this.page.evaluate(([name, method, values]) => (window as any)[name as string][method as string](...(values as unknown[])), [this.name, method, values] as const);
  }

  told(event: string): Promise<any[]> {
    return this.page.evaluate(([name, event]) => {
      const told: Told[] = (window as any)[name].told;
      return told.filter((one) => one.event === event).map(({ detail }) => (event === "state" ? detail : JSON.parse(detail)));
    }, [this.name, event]);
  }

  /** Forgets what was told so far, and shows. */
  async send(input: Input): Promise<void> {
    const files = input.files.map((file) => ({ kind: "", ...file }));
    await this.page.evaluate((name) => void ((window as any)[name].told.length = 0), this.name);
    await this.call("show", JSON.stringify({ theme: "light", ...input, files }));
  }

  /** Shows in a frame of its own, and waits until that is done. */
  async show(input: Input): Promise<void> {
    await this.send(input);
    await this.reaches("ready");
  }

  reaches(state: string, timeout = 15_000): Promise<void> {
    return expect.poll(async () => (await this.told("state")).at(-1), { timeout }).toBe(state);
  }

  /** The pointer is over the frame. That of tests goes straight to the frame's own process, where one's own tells the page too. */
  async hover(): Promise<void> {
    const client = await this.page.context().newCDPSession(this.page);
    await client.send("DOM.enable");
    await client.send("CSS.enable");
    const { root } = await client.send("DOM.getDocument");
    const { nodeId } = await client.send("DOM.querySelector", { nodeId: root.nodeId, selector: `#${this.name} iframe` });
    await client.send("CSS.forcePseudoState", { nodeId, forcedPseudoClasses: ["hover"] });
  }

  get frame() {
    return this.page.frameLocator(`#${this.name} iframe`);
  }
}

/** Counts what the page's clock does while something happens: ticks of 20 ms in a second, and the longest gap in milliseconds. */
export async function ticking(page: Page, act: () => Promise<void>): Promise<{ rate: number; gap: number }> {
  await page.evaluate(() => {
    const clock = { from: performance.now(), last: performance.now(), ticks: 0, gap: 0 };
    const timer = setInterval(() => {
      const now = performance.now();
      clock.gap = Math.max(clock.gap, now - clock.last);
      clock.last = now;
      clock.ticks++;
    }, 20);
    Object.assign(window, { clock, timer });
  });
  await act();
  return page.evaluate(() => {
    const { clock, timer } = window as any;
    clearInterval(timer);
    return { rate: clock.ticks / ((performance.now() - clock.from) / 1_000), gap: clock.gap };
  });
}
