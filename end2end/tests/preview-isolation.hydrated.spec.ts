import { LEAVES, READS, SENDS, artifact, control } from "../support/attacks";
import { ChatPage, expect, newUser, signIn, test as base } from "../support/fixtures";
import { Foreign, plainChromium } from "../support/foreign";
import { Stage, html, one, react } from "../support/previews";

const test = base.extend<{ foreign: Foreign }, { chromium: Awaited<ReturnType<typeof plainChromium>> }>({
  foreign: async ({}, use) => {
    const foreign = await Foreign.start();
    await use(foreign);
    foreign.stop();
  },
  chromium: [
    async ({}, use) => {
      const chromium = await plainChromium();
      await use(chromium);
      await chromium.stop();
    },
    { scope: "worker" },
  ],
  chat: async ({ chromium, server }, use) => {
    const context = chromium.context;
    await context.clearCookies();
    const page = await context.newPage();
    await page.setViewportSize({ width: 1440, height: 900 });
    await signIn(context, server, newUser(server));
    await use(new ChatPage(page, server));
    await page.close();
  },
});

test.describe.configure({ timeout: 60_000 });
test.use({ trace: "off" });

/** So many frames try at the same time. */
const AT_ONCE = 8;

test("nothing is read from the page, and nothing leaves", async ({ chat, foreign }) => {
  // What is not caught here would not be caught below.
  const watched = await Foreign.start();
  const open = await chat.page.context().newPage();
  const gate = await Foreign.start({ "/": control(watched.at("control")) });
  await open.goto(gate.at("gate"));
  await expect.poll(() => ({ asked: watched.requests.some((request) => request.endsWith("/control")), datagrams: watched.datagrams > 0, ahead: watched.connections > 1 })).toEqual({ asked: true, datagrams: true, ahead: true });
  await open.close();
  gate.stop();
  watched.stop();

  await chat.open();
  const { page } = chat;
  await page.evaluate(() => {
    document.cookie = "secret=of-the-page; path=/";
    localStorage.setItem("secret", "of-the-page");
    sessionStorage.setItem("secret", "of-the-page");
    Object.assign(window, { secret: "of-the-page" });
  });
  const answered: string[] = [];
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (response.frame() !== page.mainFrame() && response.status() < 400) answered.push(pathname);
  });
  const before = page.url();
  const stages = await Promise.all(Array.from({ length: AT_ONCE }, (_, at) => Stage.mount(page, `stage${at}`, `left:${700 + (at % 4) * 170}px;top:${80 + Math.floor(at / 4) * 200}px;width:160px;height:180px`)));
  const waiting = [...READS, ...SENDS].map((attack, at) => ({ attack, at }));
  const refusals: string[] = [];
  await Promise.all(
    stages.map(async (stage) => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const { attack, at } = next;
        await stage.send(html(artifact(attack, foreign.at(`t${at}`), chat.server.url)));
        const tried = async () => (await stage.told("console")).find(({ text }) => text.startsWith("tried "))?.text;
        await expect.poll(tried, { message: attack.name, timeout: 20_000 }).toBeTruthy();
        const { got, refused } = JSON.parse((await tried()).slice(6));
        expect.soft(`${got}`, attack.name).not.toMatch(/of-the-page|session|framed|linked|ran|read|opened|@example/);
        if (attack.script && READS.includes(attack)) expect.soft(refused, `${attack.name}: ${got}`).not.toBeNull();
        refusals.push(...(await stage.told("console")).filter(({ level }) => level === "blocked").map(({ text }) => text));
        expect.soft((await stage.told("state")).at(-1), attack.name).toBe("ready");
      }
    }),
  );
  expect(foreign.heard()).toEqual({ connections: 0, datagrams: 0, requests: [] });
  expect(answered.filter((path) => path !== "/preview/shell" && !path.startsWith("/rt/"))).toEqual([]);
  for (const kind of ["request", "image", "font", "media", "style sheet", "script", "link"]) {
    expect.soft(refusals.some((text) => text.startsWith(`Blocked: ${kind} `)), `a ${kind} was refused`).toBeTruthy();
  }
  expect(page.url()).toBe(before);
  expect(await page.evaluate(() => document.cookie)).toContain("secret=of-the-page");
  expect(page.context().pages().filter((other) => other !== page && other.url() !== "about:blank")).toEqual([]);
});

test("artifacts of the other kinds load nothing from elsewhere", async ({ chat, foreign }) => {
  await chat.open();
  const stage = await Stage.mount(chat.page);
  await stage.show(react(`import x from "${foreign.at("esm")}/x.js";\nexport default () => x;`));
  expect(await stage.told("error")).toEqual([expect.objectContaining({ message: expect.stringContaining("no such package") })]);
  await stage.show(react(`export default () => <div><img src="${foreign.at("img")}/i.png" /><iframe src="${foreign.at("frame")}" /><link rel="preconnect" href="${foreign.at("link")}" /><b>drawn</b></div>`));
  await expect(stage.frame.getByText("drawn")).toBeVisible();
  await stage.show(one("svg", "a.svg", `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><image href="${foreign.at("svg")}/i.png"/><script href="${foreign.at("svg")}/s.js"/><style>@import url(${foreign.at("svg")}/c.css);</style></svg>`));
  await stage.show(one("mermaid", "a.mmd", `%%{init:{"themeCSS":"* { fill: url(${foreign.at("mmd")}/x) }"}}%%\nflowchart LR\n a["<img src=${foreign.at("mmd")}/i.png onerror=alert(1)>"] --> b["<iframe src=${foreign.at("mmd")}>"]`));
  expect(foreign.heard()).toEqual({ connections: 0, datagrams: 0, requests: [] });
});

test("a frame that leaves is ended, and has asked for nothing", async ({ chat, foreign }) => {
  await chat.open();
  const stage = await Stage.mount(chat.page);
  const before = chat.page.url();
  const refused = chat.page.evaluate(() => new Promise<string>((done) => document.addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective))));
  for (const [name, script] of Object.entries(LEAVES)) {
    const O = JSON.stringify(chat.server.url);
    await stage.send(html(`<script>const F = ${JSON.stringify(foreign.at("left"))}, O = ${O}; addEventListener("load", () => setTimeout(() => { ${script} }))</script>`));
    await stage.reaches("left");
    await expect(chat.page.locator("#stage iframe"), name).toHaveCount(0);
  }
  expect(await refused).toBe("frame-src");
  expect(foreign.requests).toEqual([]);
  expect(chat.page.url()).toBe(before);
});
