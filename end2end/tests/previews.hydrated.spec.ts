import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ChatPage, expect, signIn, test as base, watchConsole } from "../support/fixtures";
import { binary } from "../support/paths";
import { Stage, html, one, react, ticking } from "../support/previews";

const test = base.extend<{ stage: Stage; chat: ChatPage }>({
  // What artifacts do is said in the same console.
  chat: async ({ page, context, server, user }, use) => {
    await signIn(context, server, user);
    await use(new ChatPage(page, server));
  },
  stage: async ({ chat }, use) => {
    await chat.open();
    const stage = await Stage.mount(chat.page);
    await use(stage);
    await stage.call("dispose");
  },
});

test.describe.configure({ timeout: 60_000 });
// A snapshot of a frame that hangs would hang.
test.use({ trace: "off" });

const APP = `import { useState } from "react";
import { Heart } from "lucide-react";
import { Line, LineChart } from "recharts";
import { Card } from "./ui/Card";

export default function App() {
  const [count, setCount] = useState<number>(1);
  console.log("drawn", { count });
  return (
    <main className="p-4 text-white bg-red-500">
      <Heart aria-label="heart" />
      <Card>first</Card>
      <button onClick={() => setCount(count + 1)}>{count} times</button>
      <button onClick={() => { throw new Error("pressed"); }}>break</button>
      <LineChart width={200} height={80} data={[{ y: 1 }, { y: 3 }]}><Line dataKey="y" isAnimationActive={false} /></LineChart>
    </main>
  );
}
`;
const CARD = { path: "ui/Card.tsx", content: "import './card.css';\nexport const Card = (props: { children: string }) => <b className='card'>{props.children}</b>;\n" };
const STYLE = { path: "ui/card.css", content: ".card { letter-spacing: 7px }" };

test("a React artifact is compiled, drawn and updated in its frame", async ({ stage }) => {
  await stage.show(react(APP, CARD, STYLE));
  const { frame } = stage;
  await expect(frame.getByText("first")).toHaveCSS("letter-spacing", "7px");
  await expect(frame.getByRole("main")).toHaveCSS("padding-top", "16px");
  await expect(frame.getByLabel("heart")).toBeVisible();
  await expect(frame.locator("path.recharts-line-curve")).toBeVisible();
  await frame.getByRole("button", { name: "1 times" }).click();
  await expect(frame.getByRole("button", { name: "2 times" })).toBeVisible();
  expect(await stage.told("console")).toContainEqual({ level: "log", text: 'drawn {\n  "count": 2\n}', file: "App.tsx", line: 8 });

  await stage.page.locator("#stage iframe").evaluate((iframe) => iframe.setAttribute("data-same", ""));
  await stage.send(react(APP.replace("first", "second"), CARD, STYLE));
  await expect(frame.getByText("second")).toBeVisible();
  await expect(stage.page.locator("#stage iframe[data-same]")).toBeAttached();
  expect(await stage.call("screenshot")).toMatch(/^data:image\/png;base64,/);
  await expect(stage.call("exported", "svg")).rejects.toThrow("failed");
});

test("errors of a React artifact say their file and line, and are gone with the next version", async ({ stage }) => {
  await stage.show(react(APP, CARD, STYLE));
  const faults: [string, object][] = [
    ["let a = 1;\nlet b = <div>;\n", { message: expect.stringContaining("Unexpected token"), file: "App.tsx", line: 2 }],
    ["import x from 'axios';\nexport default () => x;", { message: expect.stringMatching(/Cannot import "axios".*react.*recharts/), file: "App.tsx", line: 1 }],
    ["\nimport x from './no';\nexport default () => x;", { message: expect.stringMatching(/Cannot import "\.\/no".*ui\/Card\.tsx/), file: "App.tsx", line: 2 }],
    ["\n\nexport default () => { null.x; };", { message: expect.stringContaining("null"), file: "App.tsx", line: 3 }],
    ["const a = 1;\nthrow new Error('at once');", { message: "at once", file: "App.tsx", line: 2 }],
    ["export const a = 1;", { message: expect.stringContaining("exports no component"), file: "" }],
    ["export default () => {\n  for (;;) {}\n};", { message: expect.stringContaining("more than a second"), file: "App.tsx", line: 2 }],
    ["export default () => {\n  let n = 0;\n  while (true) n++;\n};", { message: expect.stringContaining("more than a second"), file: "App.tsx", line: 3 }],
  ];
  for (const [source, fault] of faults) {
    await stage.send(react(source, CARD, STYLE));
    await expect.poll(() => stage.told("error"), source).toEqual([expect.objectContaining(fault)]);
  }
  await stage.send(react(APP, CARD, STYLE));
  await expect(stage.frame.getByText("first")).toBeVisible();
  await stage.frame.getByRole("button", { name: "break" }).click();
  await expect.poll(() => stage.told("error")).toEqual([expect.objectContaining({ message: "pressed", file: "App.tsx", line: 14 })]);
});

test("a page is shown with its files, and its console is told with places", async ({ stage }) => {
  const page = `<!doctype html>
<link rel="stylesheet" href="style.css">
<h1>Title</h1><a href="https://elsewhere.example/">away</a>
<script src="app.js"></script>
<script>
console.warn("inline", [1]);
fetch("https://api.example/data").catch(() => {});
</script>
<script>
null.x;
</script>`;
  const files = [
    { path: "index.html", content: page },
    { path: "style.css", content: "h1 { color: rgb(1, 2, 3) }" },
    { path: "app.js", content: "console.log('from a file')" },
  ];
  await stage.show({ entry: "index.html", kind: "html", files });
  await expect(stage.frame.getByRole("heading")).toHaveCSS("color", "rgb(1, 2, 3)");
  await stage.frame.getByRole("link", { name: "away" }).click();
  const blocked = (text: string, place = {}) => expect.objectContaining({ level: "blocked", text: `Blocked: ${text}. Previews have no network.`, ...place });
  await expect.poll(() => stage.told("console")).toEqual(expect.arrayContaining([
    expect.objectContaining({ level: "log", text: "from a file", file: "app.js", line: 1 }),
    expect.objectContaining({ level: "warn", file: "index.html", line: 6 }),
    blocked("request https://api.example/data", { line: 7 }),
    blocked("link https://elsewhere.example/"),
  ]));
  expect(await stage.told("error")).toEqual([expect.objectContaining({ file: "index.html", line: 10 })]);
  expect((await stage.told("state")).at(-1)).toBe("ready");
  expect(await stage.call("screenshot")).toMatch(/^data:image\/png;base64,/);
  await stage.call("width", 390);
  await expect(stage.page.locator("#stage iframe")).toHaveCSS("width", "390px");
  await stage.call("width", 0);
  await expect(stage.page.locator("#stage iframe")).toHaveCSS("width", "640px");
});

test("drawings are shown, exported without what could run or load, and faults in them have lines", async ({ stage }) => {
  await stage.show(one("mermaid", "path.mmd", '%%{init: {"themeCSS": ".node rect { fill: url(http://evil.localhost/x) }", "securityLevel": "loose"}}%%\nflowchart LR\n  a[Client] -->|yes| b{Free?}\n  click a "javascript:alert(1)"'));
  await expect(stage.frame.getByText("Client")).toBeVisible();
  const diagram = await stage.call("exported", "svg");
  expect(diagram).toMatch(/^<svg.*Client.*<\/svg>$/s);
  expect(diagram).not.toMatch(/evil|javascript:|foreignObject/);
  expect(await stage.call("exported", "png")).toMatch(/^data:image\/png;base64,/);
  // What is asked for while a version is drawn is that version.
  await stage.send(one("mermaid", "path.mmd", "flowchart LR\n  a[Server]"));
  expect(await stage.call("exported", "svg")).toContain("Server");
  await stage.send(one("mermaid", "path.mmd", "flowchart LR\n  a[Client --> b{Free?}\n"));
  await expect.poll(() => stage.told("error")).toEqual([expect.objectContaining({ file: "path.mmd", line: 2 })]);

  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="150" height="50" viewBox="0 0 90 30" onload="alert(1)"><style>@import url(http://evil.localhost/c);circle{fill:url(http://evil.localhost/f)}</style><script>alert(1)</script><a href="http://evil.localhost/"><image href="http://evil.localhost/x"/></a><circle r="9" fill="url(#g)"/></svg>';
  await stage.show(one("svg", "dot.svg", svg));
  await expect(stage.frame.getByRole("img", { name: "dot.svg" })).toHaveJSProperty("naturalWidth", 150);
  const drawing = await stage.call("exported", "svg");
  expect(drawing).toContain('<circle r="9" fill="url(#g)"/>');
  expect(drawing).not.toMatch(/evil|script|onload|alert/);
  expect(await stage.call("exported", "png")).toMatch(/^data:image\/png;base64,/);
  await stage.send(one("svg", "dot.svg", '<svg xmlns="http://www.w3.org/2000/svg">\n<g>\n</svg>'));
  await expect.poll(() => stage.told("error")).toEqual([expect.objectContaining({ file: "dot.svg", line: 3 })]);
});

test("a frame that hangs or hoards leaves the page alone, and can be stopped", async ({ stage }) => {
  for (const bomb of ["for (;;) {}", "const hoard = []; for (;;) if (hoard.length < 5) hoard.push(new Uint8Array(5e7).fill(1));"]) {
    const { rate } = await ticking(stage.page, async () => {
      await stage.send(html(`<script>${bomb}</script>`));
      await stage.reaches("silent");
    });
    expect(rate, bomb).toBeGreaterThan(20);
    await stage.call("wait");
    expect((await stage.told("state")).at(-1)).toBe("loading");
    await stage.reaches("silent");
    await stage.call("stop");
    expect((await stage.told("state")).at(-1)).toBe("stopped");
    await expect(stage.page.locator("#stage iframe")).toHaveCount(0);
  }
  await stage.show(html("<p>alive</p>"));
  await stage.call("reload");
  await expect(stage.frame.getByText("alive")).toBeVisible();
});

test("a flood of messages ends its frame and not the page", async ({ stage }) => {
  const floods = {
    many: "const f = () => { for (let i = 0; i < 2000; i++) parent.postMessage({ v: 'beat' }, '*'); setTimeout(f) }; f()",
    large: "const b = new Uint8Array(2e7); const f = () => { for (let i = 0; i < 5; i++) parent.postMessage(b, '*'); setTimeout(f) }; f()",
    strange: "const f = () => { for (let i = 0; i < 10; i++) parent.postMessage('x'.repeat(1e6), '*'); setTimeout(f, 50) }; f()",
    lines: "const f = () => { for (let i = 0; i < 100; i++) parent.postMessage({ v: 'console', level: 'log', text: 'x', file: '', line: 0 }, '*'); setTimeout(f, 10) }; f()",
  };
  for (const [name, flood] of Object.entries(floods)) {
    const { gap } = await ticking(stage.page, async () => {
      await stage.send(html(`<script>addEventListener("load", () => { ${flood} })</script>`));
      await stage.reaches("flooded");
    });
    await expect(stage.page.locator("#stage iframe"), name).toHaveCount(0);
    expect(gap, name).toBeLessThan(2_000);
    const after = await ticking(stage.page, () => stage.page.waitForFunction(() => (window as any).clock.ticks > 50).then(() => {}));
    expect(after.rate, name).toBeGreaterThan(20);
  }
  // Who writes much to the console is shortened instead.
  await stage.show(html("<script>for (let i = 0; i < 5000; i++) console.log(i)</script>"));
  await expect.poll(async () => (await stage.told("console")).at(-1)?.text).toBe("… and 4900 more");
  expect((await stage.told("state")).at(-1)).toBe("ready");
});

test("a frame that takes the keyboard does not keep it, and is ended if it goes on", async ({ stage, chat }) => {
  const thief = (times: number) => html(`<input id=i><script>
addEventListener("keydown", (event) => console.log("heard " + event.key));
let left = ${times};
addEventListener("load", () => setInterval(() => { if (left-- > 0) { window.focus(); i.focus(); console.log("taken") } }, 400));
</script>`);
  const taken = async () => (await stage.told("console")).filter(({ text }) => text === "taken").length;
  await chat.page.mouse.move(300, 300);
  await chat.composer.focus();
  await stage.show(thief(3));
  await expect.poll(taken).toBe(3);
  await expect(chat.composer).toBeFocused();
  await chat.page.keyboard.type("mine");
  await expect(chat.composer).toHaveValue("mine");
  expect((await stage.told("console")).filter(({ text }) => text.startsWith("heard"))).toEqual([]);
  // Whoever clicks into it, means it.
  await stage.hover();
  await stage.frame.locator("#i").click();
  await chat.page.keyboard.type("its");
  await expect(stage.frame.locator("#i")).toHaveValue("its");

  await chat.page.mouse.move(300, 300);
  await chat.composer.focus();
  await stage.send(thief(1_000));
  await stage.reaches("flooded");
  await expect(chat.composer).toBeFocused();
});

test("an artifact works as one file, from a disk and without a network", async ({ page, context }, info) => {
  await context.setOffline(true);
  const faults = watchConsole(page);
  const open = async (kind: string, entry: string, files: Record<string, string>) => {
    const program = binary("VERTICE_ALONE_BIN", join("examples", "stand_alone"));
    const document = execFileSync(program, [kind, entry], { input: JSON.stringify(files), maxBuffer: 1e8 });
    const path = info.outputPath(`${kind}.html`);
    writeFileSync(path, document);
    await page.goto(`file://${path}`);
  };
  await open("react", "App.tsx", { "App.tsx": APP, [CARD.path]: CARD.content, [STYLE.path]: STYLE.content });
  await page.getByRole("button", { name: "1 times" }).click();
  await expect(page.getByRole("button", { name: "2 times" })).toBeVisible();
  await expect(page.getByRole("main")).toHaveCSS("padding-top", "16px");
  await expect(page.locator("path.recharts-line-curve")).toBeVisible();
  await open("html", "a.html", { "a.html": "<h1>One</h1><script>document.querySelector('h1').append(' </script'.length)</script>" });
  await expect(page.getByRole("heading")).toHaveText("One9");
  await open("svg", "a.svg", { "a.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="70" height="30"><script>alert(1)</script></svg>' });
  await expect(page.getByRole("img", { name: "a.svg" })).toHaveJSProperty("naturalWidth", 70);
  await open("mermaid", "a.mmd", { "a.mmd": "sequenceDiagram\n  Ann->>Bob: Hello" });
  await expect(page.getByText("Hello", { exact: true })).toBeVisible();
  await open("react", "App.tsx", { "App.tsx": "export default () => { null.x; };" });
  await expect(page.getByText(/null.*App\.tsx:1/s)).toBeVisible();
  expect(faults).toEqual([]);
});
