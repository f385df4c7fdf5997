import { ChatPage, expect, signIn, test } from "../support/fixtures";

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
  // Looking costs main-thread time too, so it is done seldom.
  const shown = () => page.evaluate(() => document.querySelector("[aria-label*='nswer'] .prose")?.textContent?.length ?? 0);
  const before = await spent();
  await chat.send("[[bench every=1ms]]");
  await expect.poll(shown, { timeout: 240_000, intervals: [2_000] }).toBeGreaterThan(55_000);
  const [lateLength, late] = [await shown(), await spent()];
  await chat.page.getByRole("button", { name: "Stop" }).waitFor({ state: "hidden", timeout: 240_000 });
  const end = await spent();
  const length = await shown();
  const tasks: number[] = await page.evaluate(() => (window as any).longTasks);
  expect(length).toBeGreaterThan(0);
  console.log(`characters shown: ${length}`);
  console.log(`main-thread time: ${(end - before).toFixed(2)} s`);
  console.log(`longest task: ${tasks.length ? Math.max(...tasks).toFixed(0) : "under 50"} ms (${tasks.length} over 50 ms)`);
  console.log(`four characters near the end: ${((4_000 * (end - late)) / Math.max(1, length - lateLength)).toFixed(3)} ms`);
});
