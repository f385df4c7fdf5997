import type { Browser, Page } from "@playwright/test";
import { type Server, type User, expect, newUser, signIn, test } from "../support/fixtures";

/** A slow line and a slow phone, as Lighthouse simulates them: bytes a second, milliseconds, times slower. */
const LINE = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };
const CPU = 4;

/** Notes in the page when it is awake. */
function noteWaking(): void {
  const look = () => {
    if (!document.querySelector("[data-hydrated]")) return;
    (window as any).awake = performance.now();
    observer.disconnect();
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { subtree: true, childList: true, attributes: true });
}

/** What a first visit transfers, by kind, and everything together. */
async function watchBytes(page: Page, origin: string): Promise<() => string> {
  const client = await page.context().newCDPSession(page);
  await client.send("Network.enable");
  await client.send("Network.emulateNetworkConditions", LINE);
  await client.send("Emulation.setCPUThrottlingRate", { rate: CPU });
  const kinds = new Map<string, string>();
  const bytes = new Map<string, number>();
  client.on("Network.responseReceived", ({ requestId, response, type }) => {
    const { pathname } = new URL(response.url);
    const kind = pathname.endsWith(".wasm") ? "WASM" : pathname.includes("/strings.") ? "Strings" : type;
    if (response.url.startsWith(origin)) kinds.set(requestId, kind);
  });
  client.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId);
    if (kind) bytes.set(kind, (bytes.get(kind) ?? 0) + encodedDataLength);
  });
  return () => {
    const kB = (count: number) => `${(count / 1000).toFixed(0)} kB`;
    const total = [...bytes.values()].reduce((sum, count) => sum + count, 0);
    const parts = [...bytes].sort((a, b) => b[1] - a[1]).map(([kind, count]) => `${kind} ${kB(count)}`);
    return `${kB(total)} (${parts.join(", ")})`;
  };
}

/** Prints what a cold visit of `path` takes. */
async function visit(browser: Browser, server: Server, name: string, path: string, user?: User): Promise<void> {
  const context = await browser.newContext();
  if (user) await signIn(context, server, user);
  const page = await context.newPage();
  await page.addInitScript(noteWaking);
  const bytes = await watchBytes(page, server.url);
  await page.goto(server.url + path, { waitUntil: "load" });
  const wakes = (await page.locator("script[type=module]").count()) > 0;
  if (wakes) await page.waitForFunction(() => (window as any).awake, undefined, { timeout: 60_000 });
  await page.waitForLoadState("networkidle").catch(() => undefined);
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0);
  const awake = wakes ? await page.evaluate(() => (window as any).awake as number) : 0;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  console.log(`${name}: painted ${seconds(paint)}, awake ${wakes ? seconds(awake) : "at once"}, ${bytes()}`);
  await context.close();
}

test("a first visit at 1.6 Mbit/s, 150 ms, on a CPU 4 times slower", async ({ browser, server }) => {
  const user = newUser(server);
  const headers = { Authorization: `Bearer ${server.createToken(user.email)}` };
  const context = await browser.newContext();
  const post = async (path: string, data: object) => {
    const answer = await context.request.post(server.url + path, { headers, data });
    expect(answer.ok()).toBeTruthy();
    return answer.json();
  };
  const conversation = async (turns: number): Promise<string> => {
    const { id } = await post("/api/v1/conversations", {});
    const messages = [{ role: "user", content: "[[md]] tell me everything" }];
    for (let turn = 0; turn < turns; turn++) await post("/api/v1/chat", { conversation_id: id, messages });
    return id;
  };
  const short = await conversation(1);
  const long = await conversation(100);
  await context.close();
  await visit(browser, server, "sign-in", "/sign-in");
  await visit(browser, server, "new chat", "/", user);
  await visit(browser, server, "one answer", `/c/${short}`, user);
  await visit(browser, server, "200 messages", `/c/${long}`, user);
});
