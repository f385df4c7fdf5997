import AxeBuilder from "@axe-core/playwright";
import { ChatPage, expect, newUser, scripted, signIn, test } from "../support/fixtures";
import { Server } from "../support/server";

/** The parts of a tool call's card in the newest answer. */
function card(chat: ChatPage, tool: string) {
  const answer = chat.answers.last();
  const part = (name: string) => answer.getByRole("figure", { name, exact: true });
  return { head: answer.getByRole("button", { name: tool }), arguments: part("Arguments"), result: part("Result") };
}

test("a tool call stands before the text it led to, and is all there after a reload", async ({ chat }) => {
  await chat.open();
  await chat.ask('look it up [[tool=look args={"path":"/etc/hosts"}]] [[echo It could not look.]]');
  const shown = async () => {
    const { head, arguments: written, result } = card(chat, "look");
    await expect(head).toContainText("Failed");
    await head.click();
    await expect(head).toHaveAttribute("aria-expanded", "true");
    await expect(written).toContainText("/etc/hosts");
    await expect(result).toContainText("no tool named");
    await head.click();
    await expect(result).toHaveCount(0);
    const order = (await chat.answers.last().innerText()).replace(/\s+/g, " ");
    expect(order.indexOf("look")).toBeLessThan(order.indexOf("It could not look."));
  };
  await shown();
  await chat.page.reload();
  await expect(chat.page.locator("[data-hydrated]")).toBeAttached();
  await shown();
});

test("several calls of several rounds have a card each", async ({ chat }) => {
  await chat.open();
  await chat.ask('[[tool=look args={"n":1} tool=listen args={"n":2} times=2]] [[echo Done.]]');
  await expect(chat.answers.last().getByRole("button", { name: "look" })).toHaveCount(2);
  await expect(chat.answers.last().getByRole("button", { name: "listen" })).toHaveCount(2);
  await expect(chat.answers.last()).toContainText("Done.");
});

test("what a model writes into a call is text, and nothing in it is hidden", async ({ chat }) => {
  await chat.open();
  await chat.ask('[[tool=look args={"x":"<img src=x onerror=alert(1)>\u202etxt"}]] [[echo Done.]]');
  const { head, arguments: written } = card(chat, "look");
  await head.click();
  await expect(written).toContainText("<img src=x onerror=alert(1)>\\u{202e}txt");
  await expect(chat.answers.last().locator("img")).toHaveCount(0);
});

test("a person is asked, and the answer goes on as they decide, over a reload and a kill -9", async ({ page, context, upstream }) => {
  const server = Server.withTools(scripted(upstream));
  await server.start();
  try {
    await signIn(context, server, newUser(server));
    const chat = new ChatPage(page, server);
    const question = page.getByRole("group", { name: "Run write from files?" });
    await chat.open();

    await chat.send('[[tool=write args={"path":"a.txt"}]] [[echo Then not.]]');
    await expect(question).toContainText("It writes.");
    await question.getByRole("button", { name: "Deny", exact: true }).click();
    await chat.settled();
    await expect(question).toHaveCount(0);
    await expect(chat.answers.last()).toContainText("Then not.");
    await expect(card(chat, "write").head).toContainText("Denied");

    await chat.send('[[tool=write args={"path":"b.txt"}]] [[echo It is written.]]');
    await expect(question).toBeVisible();
    await page.reload();
    await expect(page.locator("[data-hydrated]")).toBeAttached();
    await expect(question).toContainText("It writes.");
    await server.kill();
    await server.start();
    await expect(page.getByText(/Reconnecting/)).toHaveCount(0, { timeout: 20_000 });
    await question.getByRole("button", { name: "Allow once" }).click();
    await chat.settled();
    await expect(question).toHaveCount(0);
    await expect(chat.answers.last()).toContainText("It is written.");
    const written = card(chat, "write");
    await written.head.click();
    await expect(written.result).toContainText("write done");

    // Always: the next one is not asked about.
    await chat.send('[[tool=write args={"path":"c.txt"} times=2]] [[echo Both are written.]]');
    await expect(question).toBeVisible();
    await question.getByRole("button", { name: "Always allow" }).click();
    await chat.settled();
    await expect(chat.answers.last()).toContainText("Both are written.");
    await chat.answers.last().getByRole("button", { name: "2 steps" }).click();
    await expect(chat.answers.last().getByRole("button", { name: /\.txt/ })).toHaveCount(2);
  } finally {
    await server.destroy();
  }
});

test("a turn that waits for a person can be stopped", async ({ page, context, upstream }) => {
  const server = Server.withTools(scripted(upstream));
  await server.start();
  try {
    await signIn(context, server, newUser(server));
    const chat = new ChatPage(page, server);
    await chat.open();
    await chat.send("[[tool=write]] [[echo Never said.]]");
    await expect(page.getByRole("group", { name: "Run write from files?" })).toBeVisible();
    const stop = page.getByRole("button", { name: "Stop generating" });
    await stop.click();
    await expect(stop).toHaveCount(0);
    await expect(page.getByRole("group", { name: "Run write from files?" })).toHaveCount(0);
    await expect(card(chat, "write").head).toContainText("Stopped");
  } finally {
    await server.destroy();
  }
});

for (const theme of ["light", "dark"]) {
  test(`a call that needs approval asks, says when it was decided elsewhere, and goes on: ${theme}`, async ({ chat, context, server }) => {
    await context.addCookies([{ name: "theme", value: theme, url: server.url }]);
    // Decided elsewhere in the very moment in which it is decided here: no server can be made to do that, so the frame before
    // the call's end is made one that asks, and the rest waits.
    let go = () => {};
    const decided = new Promise<void>((resolve) => (go = resolve));
    await chat.page.route("**/api/ui/chat-send", async (route) => {
      const response = await route.fetch();
      const frames = (await response.text()).split("\n").filter(Boolean).map((line) => JSON.parse(line));
      const end = frames.findIndex(({ Ok }) => Ok.event === "tool_state" && Ok.data.state === "ended");
      expect(end).toBeGreaterThan(0);
      const { call } = frames[end].Ok.data;
      const data = { call, state: "waiting", reason: "Writes one file.", fingerprint: "as-seen" };
      const asks = { Ok: { seq: frames[end - 1].Ok.seq, event: "tool_state", data } };
      const lines = [...frames.slice(0, end - 1), asks].map((frame) => `${JSON.stringify(frame)}\n`);
      await route.fulfill({ response, body: lines.join("") });
    });
    for (const held of ["chat-listen", "thread"]) {
      await chat.page.route(`**/api/ui/${held}`, async (route) => {
        await decided;
        await route.continue();
      });
    }
    const verdicts: { fingerprint: string; verdict: unknown }[] = [];
    await chat.page.route("**/api/ui/chat-decide", async (route) => {
      verdicts.push(route.request().postDataJSON());
      if (verdicts.length === 1) {
        const message = "This call does not wait for a decision any more.";
        return route.fulfill({ status: 409, json: { kind: "conflict", code: "already_decided", message } });
      }
      await route.fulfill({ json: null });
      go();
    });

    await chat.open();
    await chat.send('[[tool=write args={"path":"a.txt"}]] [[echo It went on.]]');
    const question = chat.page.getByRole("group", { name: "Run write?" });
    await expect(question).toContainText("Writes one file.");
    await expect(card(chat, "write").head).toContainText("Needs approval");
    await expect(card(chat, "write").arguments).toContainText("a.txt");
    await expect(chat.page.locator("[data-announcer=urgent]")).toContainText("Approval needed");
    const { violations } = await new AxeBuilder({ page: chat.page }).analyze();
    expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);

    await question.getByRole("button", { name: "Allow once" }).click();
    await expect(question.getByRole("alert")).toContainText("does not wait for a decision any more");
    await question.getByRole("button", { name: "Deny", exact: true }).focus();
    await chat.page.keyboard.press("a");
    await expect(chat.answers.last()).toContainText("It went on.", { timeout: 20_000 });
    await expect(question).toHaveCount(0);
    expect(verdicts).toMatchObject([
      { fingerprint: "as-seen", verdict: { Allow: { keep: null } } },
      { fingerprint: "as-seen", verdict: { Allow: { keep: "always" } } },
    ]);
  });
}
