import { ChatPage, expect, signIn, test } from "../support/fixtures";

test("bytes of the first page", async ({ page, context, server, user }) => {
  await signIn(context, server, user);
  const client = await context.newCDPSession(page);
  await client.send("Network.enable");
  const sizes = new Map<string, number>();
  const urls = new Map<string, string>();
  client.on("Network.responseReceived", (event) => urls.set(event.requestId, event.response.url));
  client.on("Network.loadingFinished", (event) => sizes.set(event.requestId, event.encodedDataLength));
  await new ChatPage(page, server).open();
  let total = 0;
  for (const [id, bytes] of sizes) {
    const url = urls.get(id);
    if (!url?.startsWith(server.url)) continue;
    total += bytes;
    console.log(`${String(bytes).padStart(8)}  ${new URL(url).pathname.replace(/[0-9a-f]{16,}/, "…")}`);
  }
  console.log(`${String(total).padStart(8)}  first page, everything, as transferred`);
});

test("an 80 kB streamed reply", async ({ page, context, server, user }) => {
  await signIn(context, server, user);
  const chat = new ChatPage(page, server);
  await chat.open();
  await page.evaluate(() => {
    const seen = ((window as any).longTasks = [] as number[]);
    new PerformanceObserver((list) => seen.push(...list.getEntries().map((entry) => entry.duration))).observe({ entryTypes: ["longtask"] });
  });
  const client = await context.newCDPSession(page);
  await client.send("Performance.enable");
  const spent = async () => {
    const { metrics } = await client.send("Performance.getMetrics");
    return metrics.find((metric) => metric.name === "TaskDuration")!.value;
  };
  const before = await spent();
  await chat.send("[[bench every=1ms]]");
  const prose = chat.answers.locator(".prose");
  const grown = (size: number) =>
    page.waitForFunction((least) => (document.querySelector("[aria-label*='nswer'] .prose")?.textContent ?? "").length > least, size, { timeout: 240_000 });
  await grown(60_000);
  const late = await spent();
  const lateLength = (await prose.innerText()).length;
  await chat.page.getByRole("button", { name: "Stop" }).waitFor({ state: "hidden", timeout: 240_000 });
  const end = await spent();
  const length = (await prose.innerText()).length;
  const tasks: number[] = await page.evaluate(() => (window as any).longTasks);
  expect(length).toBeGreaterThan(0);
  console.log(`characters shown: ${length}`);
  console.log(`main-thread time: ${(end - before).toFixed(2)} s`);
  console.log(`longest task: ${tasks.length ? Math.max(...tasks).toFixed(0) : "under 50"} ms (${tasks.length} over 50 ms)`);
  console.log(`a token near the end: ${((1_000 * (end - late) * 4) / Math.max(1, length - lateLength)).toFixed(3)} ms`);
});
