import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type BrowserContext, chromium } from "@playwright/test";
import { chromePath } from "./paths";

/** A host that nobody asked for, and all that reaches it: connections, requests, datagrams. */
export class Foreign {
  connections = 0;
  datagrams = 0;
  readonly requests: string[] = [];

  private constructor(readonly port: number, private close: () => void) {}

  /** `pages`: what it answers with, by path. */
  static async start(pages: Record<string, string> = {}): Promise<Foreign> {
    const server = createServer((request, response) => {
      foreign.requests.push(`${request.headers.host}${request.url}`);
      response.setHeader("content-type", "text/html").setHeader("access-control-allow-origin", "*");
      response.end(pages[request.url ?? ""] ?? "");
    });
    server.on("connection", () => foreign.connections++);
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const { port } = server.address() as AddressInfo;
    const socket = createSocket("udp4").on("message", () => foreign.datagrams++);
    await new Promise<void>((ready) => socket.bind(port, "127.0.0.1", ready));
    const foreign = new Foreign(port, () => {
      server.close();
      server.closeAllConnections();
      socket.close();
    });
    return foreign;
  }

  /** An address of it; each name has sockets of its own. */
  at = (name: string) => `http://${name}.evil.localhost:${this.port}`;

  heard = () => ({ connections: this.connections, datagrams: this.datagrams, requests: [...this.requests] });

  stop = () => this.close();
}

/**
 * Chromium as people have it. Playwright's own switches, and contexts that it makes, keep it from connecting ahead, so that what
 * leaks by hints of links would not be seen.
 */
export async function plainChromium(): Promise<{ context: BrowserContext; stop(): Promise<void> }> {
  const profile = mkdtempSync(join(tmpdir(), "vertice-chromium-"));
  const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update", "--disable-sync", "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"];
  const child = spawn(chromePath(), args, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<void>((done) => child.once("exit", () => done()));
  const address = await new Promise<string>((found, broken) => {
    createInterface({ input: child.stderr! }).on("line", (line) => {
      const match = line.match(/DevTools listening on (ws:\S+)/);
      if (match) found(match[1]);
    });
    child.once("exit", (code) => broken(new Error(`Chromium ended with ${code}`)));
  });
  const browser = await chromium.connectOverCDP(address);
  const stop = async () => {
    // Its own way to end, so that its processes are gone when its profile is removed.
    await (await browser.newBrowserCDPSession()).send("Browser.close");
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  return { context: browser.contexts()[0], stop };
}
