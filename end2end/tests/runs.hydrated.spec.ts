import AxeBuilder from "@axe-core/playwright";
import { readFileSync } from "node:fs";
import { watchConsole } from "../support/fixtures";
import { Proxy } from "../support/proxy";
import { RunPage, block, expect, test } from "../support/runs";

/** A picture without any library, a drawing, and a table. */
const PLOT = `import struct, zlib
W, H = 240, 120
rows = b"".join(b"\\0" + bytes(c for x in range(W) for c in ((37, 99, 235) if H - y < 20 + (x * 80) // W else (241, 245, 249))) for y in range(H))
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
with open("plot.png", "wb") as f:
    f.write(b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", W, H, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
with open("plot.svg", "w") as f:
    f.write('<svg xmlns="http://www.w3.org/2000/svg" width="120" height="60"><rect width="120" height="60" fill="#2563eb"/></svg>')
with open("waits.csv", "w") as f:
    f.write("connections,p95\\n10,455.0\\n16,12.8\\n")
for n, wait in ((10, 455.0), (16, 12.8)):
    print(f"{n:>3} connections  p95 {wait:6.1f} ms")`;

/** Says on two outputs, file names and contents what a page must not take for its own. */
const HOSTILE = `import sys
evil = "<img src=x onerror='window.pwned=1'><script>window.pwned=1</script></pre></div>"
print(evil, "\\x1b[31mred\\x1b[0m \\x1b]0;title\\x07 \\u202eright")
print(evil, file=sys.stderr)
svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="window.pwned=1"><script>window.pwned=1</script><image href="https://example.org/x.png" width="9" height="9"/></svg>'
for name, text in (('"><img src=x onerror=window.pwned=1>.svg', svg), ("evil.html", evil), ("javascript:window.pwned=1", evil)):
    open(name.replace("/", "_"), "w").write(text)`;

test("a run with a picture as its result: streamed, drawn, saved, and all of it to be reached by keyboard", async ({ runs }) => {
  const { page } = runs;
  const faults = watchConsole(page);
  await runs.say(block("python plot.py", PLOT));
  await runs.button().focus();
  await page.keyboard.press("Enter");
  const card = runs.card();
  await expect(card.getByText("Exit 0")).toBeVisible();
  // The keyboard is where it was, and whoever does not see is told.
  await expect(runs.button()).toBeFocused();
  await expect(page.locator("[data-announcer=polite]")).toHaveText(/Run over: Exit 0, /);
  await expect(card.getByRole("group", { name: "Run of plot.py" })).toContainText("No network");
  await expect(card.getByRole("group", { name: "Output" })).toContainText(" 10 connections  p95  455.0 ms\n");
  for (const [name, width] of [["plot.png", 240], ["plot.svg", 120]] as const) {
    await expect(card.getByRole("img", { name })).toHaveJSProperty("naturalWidth", width);
  }
  const [download] = await Promise.all([page.waitForEvent("download"), card.getByRole("link", { name: "Save waits.csv" }).click()]);
  expect(download.suggestedFilename()).toBe("waits.csv");
  expect(readFileSync((await download.path())!, "utf8")).toBe("connections,p95\n10,455.0\n16,12.8\n");
  await card.getByText("waits.csv", { exact: true }).last().click();
  await expect(card.getByRole("group", { name: "waits.csv" })).toContainText("16,12.8");
  for (const name of ["Time", "Memory", "CPU", "Disk"]) await expect(card.getByRole("meter", { name })).toBeAttached();
  // The next run finds the files; from the card itself the keyboard stays in it.
  await card.getByRole("button", { name: "Run again" }).click();
  await expect(card.getByRole("button", { name: "Run again" })).toBeFocused();
  await expect(runs.answers.last().locator(".run")).toHaveCount(1);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);
  expect(faults).toEqual([]);
});

test("what a run says comes while it runs, and it can be stopped", async ({ runs }) => {
  const { page } = runs;
  await runs.say(block("sh", "echo one; echo careful >&2; sleep 1; echo two; sleep 300; echo three"));
  await runs.button().click();
  const card = runs.card();
  await expect(card.getByRole("group", { name: "Output" })).toHaveText("one\ntwo\n");
  await expect(card.getByRole("group", { name: "Errors" })).toHaveText("careful\n");
  await expect(card.getByText("Running")).toBeVisible();
  await expect(card.getByRole("button", { name: "Run again" })).toBeHidden();
  await card.getByRole("button", { name: "Stop" }).click();
  await expect(card.getByText("Stopped")).toBeVisible();
  await expect(card.getByText("Running")).toBeHidden();
  await expect(card.getByRole("button", { name: "Run again" })).toBeFocused();
  await expect(page.locator("[data-announcer=polite]")).toHaveText(/The run was stopped/);
  await expect(card.getByRole("group", { name: "Output" })).toHaveText("one\ntwo\n");
  // The workspace is free: what was stopped is over on the server too.
  await runs.ran("bash", "echo next", "Exit 0");
});

test("a connection that breaks ends the run, and the card says so", async ({ runs, runner, author }) => {
  const proxy = await Proxy.start(runner.url);
  try {
    const behind = new RunPage(runs.page, proxy, author);
    await behind.open();
    await behind.say(block("bash", "echo begun; sleep 300"));
    await behind.button().click();
    const begun = behind.card().getByRole("group", { name: "Output" });
    await expect(begun).toHaveText("begun\n");
    proxy.cut();
    await expect(behind.card().getByText("Connection lost")).toBeVisible();
    await expect(behind.card()).toContainText("run it again when the connection is back");
    await expect(behind.card().getByRole("button", { name: "Stop" })).toBeHidden();
    // The server has ended it: the workspace is free.
    await behind.card().getByRole("button", { name: "Run again" }).click();
    await expect(behind.card().getByText("Running")).toBeVisible();
    await expect(begun).toHaveText("begun\n");
    await behind.card().getByRole("button", { name: "Stop" }).click();
  } finally {
    await proxy.stop();
  }
});

test("runs that fail, want too much memory or say too much say so in words", async ({ runs }) => {
  const failed = await runs.ran("py", "import sys\nprint('begun')\nraise ValueError('no')", "Failed, exit 1");
  await expect(failed.getByRole("radio", { name: /Errors/ })).toBeChecked();
  await expect(failed.getByRole("group", { name: "Errors" })).toContainText("ValueError: no");
  await expect(failed.getByRole("group", { name: "Output" })).toBeHidden();
  await failed.getByRole("radio", { name: /Errors/ }).focus();
  await runs.page.keyboard.press("ArrowLeft");
  await expect(failed.getByRole("group", { name: "Output" })).toHaveText("begun\n");
  await expect(failed.getByRole("group", { name: "Errors" })).toBeHidden();
  const greedy = await runs.ran("python", "x = []\nwhile True: x.append(bytearray(16 * 1024 * 1024))", "Out of memory");
  await expect(greedy).toContainText("more than the 512 MB of memory");
  const loud = await runs.ran("bash", "yes", "Too much output");
  await expect(loud).toContainText("It said more than 1 MB, and was ended; what came after that is not here.");
  const [download] = await Promise.all([runs.page.waitForEvent("download"), loud.getByRole("link", { name: "Save all of it" }).click()]);
  expect(readFileSync((await download.path())!, "utf8")).toBe("y\n".repeat(512 * 1024));
});

test("a run whose time is up says so, beside another one", async ({ runs }) => {
  test.setTimeout(90_000);
  await runs.say(`${block("js", "setInterval(() => {}, 1000); console.log('on')")}\n\nand\n\n${block("bash", "echo second")}\n\n${block("rust", "fn main() {}")}`);
  await expect(runs.block(2).getByRole("button", { name: "Run code" })).toHaveCount(0);
  await runs.button(0).click();
  await expect(runs.card(0).getByRole("group", { name: "Output" })).toHaveText("on\n");
  await runs.button(1).click();
  // It waits for nobody: each run has a copy of the workspace.
  await expect(runs.card(1)).toContainText("Exit 0");
  await expect(runs.card(1)).toContainText("second");
  await expect(runs.card(0).getByText("Running")).toBeVisible();
  await expect(runs.card(0)).toContainText("Time is up", { timeout: 40_000 });
  await expect(runs.card(0)).toContainText("It was ended after 30 s");
});

test("nothing that a run says or makes becomes a part of the page", async ({ runs }) => {
  const { page } = runs;
  const elsewhere: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(`${runs.server.url}/`) && !/^(data|blob):/.test(request.url())) elsewhere.push(request.url());
  });
  const card = await runs.ran('python title="<b>evil</b>.py"', HOSTILE, "Exit 0");
  await expect(card).toContainText("<b>evil</b>.py");
  await expect(card.getByRole("group", { name: "Output" })).toContainText("</pre></div> red  \\u{202e}right");
  await expect(card.getByRole("img")).toHaveCount(1);
  await expect(card.getByRole("img")).toHaveJSProperty("complete", true);
  const foreign = await card.evaluate((card) => {
    const known = "DIV SPAN P PRE FIELDSET LEGEND LABEL INPUT BUTTON A UL LI I FIGURE FIGCAPTION IMG DETAILS SUMMARY svg path rect circle".split(" ");
    const wrong = [...card.querySelectorAll("*")].filter((element) => {
      const events = [...element.attributes].some(({ name }) => name.startsWith("on"));
      const addresses = ["href", "src"].map((name) => element.getAttribute(name)).filter((value) => value !== null);
      return !known.includes(element.tagName) || events || addresses.some((address) => !/^data:(application\/octet-stream|image\/(png|svg\+xml));base64,/.test(address!));
    });
    return wrong.map((element) => element.outerHTML.slice(0, 200));
  });
  expect(foreign).toEqual([]);
  expect(await page.evaluate(() => "pwned" in window)).toBe(false);
  expect(elsewhere).toEqual([]);
});

test("a server that runs no code offers nothing to run", async ({ chat }) => {
  await chat.open();
  await chat.ask("[[md]]");
  await expect(chat.answers.last().locator("figure.codeblock").first()).toBeVisible();
  await expect(chat.page.getByRole("button", { name: "Run code" })).toHaveCount(0);
});
