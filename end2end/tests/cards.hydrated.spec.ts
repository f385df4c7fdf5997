import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { ChatPage, expect } from "../support/fixtures";
import { Guarded } from "../support/guarded";
import { calls, head, test } from "../support/scripted";

async function expectNoViolations(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);
}

/** A thumbnail that has been drawn. */
const drawn = (page: Page, name: string) => page.getByRole("img", { name });

for (const theme of ["light", "dark"]) {
  test(`a call that runs shows how far it has come, and for how long: ${theme}`, async ({ busy: chat, tools, context, server }) => {
    await context.addCookies([{ name: "theme", value: theme, url: server.url }]);
    await tools.permit("slow", { permission: "allow" });
    await chat.open();
    await chat.send(calls("slow", { steps: 400, ms: 50, progress: true }));
    const bar = chat.page.getByRole("progressbar", { name: "Running" });
    await expect(bar).toHaveAttribute("aria-valuenow", /^\d+$/);
    await expect.poll(async () => Number(await bar.getAttribute("aria-valuenow"))).toBeGreaterThan(0);
    await expect(bar).toHaveAttribute("aria-valuetext", /%/);
    await expect(head(chat, /^slow/)).toContainText(/[1-9] s/);
    await expectNoViolations(chat.page);
    await chat.page.getByRole("button", { name: "Stop generating" }).click();
    await expect(bar).toHaveCount(0);
    await expect(head(chat, /^slow/)).toContainText("Stopped");
  });

  test(`a picture of a result is shown in its card, after a reload and on demand alone: ${theme}`, async ({ busy: chat, tools, context, server }) => {
    await context.addCookies([{ name: "theme", value: theme, url: server.url }]);
    await tools.permit("picture", { permission: "allow" });
    const asked: string[] = [];
    chat.page.on("request", (request) => request.url().includes("/tool-images/") && asked.push(request.url()));
    await chat.ask(calls("picture"));
    const shown = async () => {
      expect(asked).toEqual([]);
      await head(chat, /^picture/).click();
      const picture = drawn(chat.page, "Image 1 from picture");
      await expect(picture).toHaveJSProperty("complete", true);
      await expect(picture).toHaveJSProperty("naturalWidth", 1);
      await expect(picture).toHaveAttribute("loading", "lazy");
      await expectNoViolations(chat.page);
      asked.length = 0;
    };
    await shown();
    await chat.page.reload();
    await expect(chat.page.locator("[data-hydrated]")).toBeAttached();
    await shown();
  });
}

for (const theme of ["light", "dark"]) {
  test(`a server that dies is told in its card, which connects anew: ${theme}`, async ({ busy: chat, tools, context, server }) => {
    await context.addCookies([{ name: "theme", value: theme, url: server.url }]);
    await tools.permit("die", { permission: "allow" });
    await tools.permit("echo", { permission: "allow" });
    await chat.open();
    await chat.ask(calls("die", {}, "It went on."));
    const answer = chat.answers.first();
    await expect(answer).toContainText("It went on.");
    await expect(head(chat, /^die/)).toContainText("Failed");
    await expect(answer).toContainText("scripted cannot be reached. The answer goes on without it.");
    await expectNoViolations(chat.page);
    await answer.getByRole("button", { name: "Reconnect" }).click();
    await expect(answer).toContainText("scripted is connected again. Ask once more to use it.", { timeout: 20_000 });
    await chat.ask(calls("echo", { text: "back again" }));
    await head(chat, /^echo/).click();
    await expect(chat.answers.last().getByRole("figure", { name: "Result" })).toContainText("back again");
    // The way to the server's page opens the server.
    await chat.answers.first().getByRole("link", { name: "Server settings" }).click();
    await expect(chat.page.getByRole("button", { name: /\d+ tools/ })).toHaveAttribute("aria-expanded", "true");
  });
}

test("a server that wants a sign-in is told in its card, which begins it, in every language", async ({ busy: chat, tools, context, server }) => {
  const guarded = await Guarded.start();
  try {
    await tools.add({ name: "guarded", transport: "http", url: guarded.url });
    await tools.permit("peek", { permission: "allow" }, "guarded");
    await chat.ask("[[tool=guarded__peek args={}]] [[echo It went on.]]");
    const answer = chat.answers.last();
    await expect(answer).toContainText("guarded wants you to sign in. The answer goes on without it.");
    await expectNoViolations(chat.page);
    // What this one does not say cannot be begun, and the card says so.
    await answer.getByRole("button", { name: "Sign in" }).click();
    await expect(answer.getByRole("status")).toContainText("Signing in at the server did not work", { timeout: 20_000 });
    await context.addCookies([{ name: "language", value: "pt-BR", url: server.url }]);
    await chat.page.reload();
    await expect(chat.page.locator("[data-hydrated]")).toBeAttached();
    await expect(chat.page.getByText("O servidor quer que você entre. Abra Configurações")).toBeVisible();
    await chat.page.getByRole("button", { name: "Entrar" }).click();
    await expect(chat.page.getByText("A entrada no servidor não funcionou")).toBeVisible({ timeout: 20_000 });
  } finally {
    await guarded.stop();
  }
});

test("what fails of itself offers no way out", async ({ busy: chat, tools }) => {
  await tools.permit("fail", { permission: "allow" });
  await chat.ask(calls("fail", {}, "It went on."));
  await expect(chat.answers.last()).toContainText("It did not work.");
  await expect(chat.page.getByRole("button", { name: "Reconnect" })).toHaveCount(0);
});

test("a browser that comes back from a sign-in is in its conversation, which says how it went", async ({ busy: chat }) => {
  await chat.ask("[[echo Hello.]]");
  const path = new URL(chat.page.url()).pathname;
  for (const [outcome, said] of [["signed_in", "You are signed in."], ["sign_in_refused", "You were not signed in"]]) {
    await chat.open(`${path}?outcome=${outcome}`);
    await expect(chat.page.getByText(said).first()).toBeVisible();
    await expect(chat.page).toHaveURL(chat.server.url + path);
  }
});

test("a rule about an argument decides, and what leads out of its folder is asked about", async ({ busy: chat, tools }) => {
  const rule = (test: string, value: string, permission: string) => ({ argument: "/text", test, values: [value], permission });
  await tools.permit("echo", { rules: [rule("starts_with", "/home/ann", "allow"), rule("starts_with", "/home/ann/.ssh", "deny")] });
  await chat.ask(calls("echo", { text: "/home/ann/a.txt" }));
  await expect(head(chat, /^echo/)).not.toContainText(/Denied|Failed/);
  await chat.ask(calls("echo", { text: "/home/ann/mail/../.ssh/id" }));
  await expect(head(chat, /^echo/)).toContainText("Denied");
  await chat.send(calls("echo", { text: "/home/ann/../bob" }));
  const question = chat.page.getByRole("group", { name: "Run echo from scripted?" });
  await expect(question).toBeVisible();
  await question.getByRole("link", { name: "Make a rule" }).click();
  await expect(chat.page.getByText("text starts with /home/ann/.ssh")).toBeVisible();
  await chat.page.goBack();
  await question.press("n");
  await chat.settled();
});

test("JSON is read by the keyboard alone", async ({ busy: chat, tools }) => {
  await tools.permit("add", { permission: "allow" });
  await chat.send(calls("add", { a: 1, b: 2 }));
  await chat.settled();
  await head(chat, /^add/).focus();
  await chat.page.keyboard.press("Enter");
  await expect(chat.answers.last().getByRole("figure", { name: "Result" })).toContainText('"sum": 3');
  await expectNoViolations(chat.page);
});

test("a list of flat objects is a table", async ({ busy: chat, tools }) => {
  await tools.permit("echo", { permission: "allow" });
  await chat.ask(calls("echo", { text: '[{"note":"milk","left":2},{"note":"bread","left":0}]' }));
  await head(chat, /^echo/).click();
  const table = chat.answers.last().getByRole("figure", { name: "Result" }).getByRole("table");
  await expect(table.getByRole("columnheader")).toHaveText(["note", "left"]);
  await expect(table.getByRole("row")).toHaveCount(3);
  await expectNoViolations(chat.page);
});

test("two tools of one turn, one edited and one denied with a reason, as the model is told", async ({ busy: chat }) => {
  // Without words of its own the answer says what the model was told last.
  await chat.send('[[tool=scripted__add args={"a":1,"b":2} tool=scripted__echo args={"text":"one"}]]');
  const question = (name: string) => chat.page.getByRole("group", { name: `Run ${name} from scripted?` });
  await question("echo").getByRole("button", { name: "Edit arguments" }).click();
  await question("echo").getByRole("textbox").fill('{"text": "two"}');
  await question("echo").getByRole("button", { name: "Allow once" }).click();
  await expect(question("echo")).toHaveCount(0);
  await question("add").getByRole("button", { name: "Deny with a reason" }).click();
  await question("add").getByRole("textbox").fill("No sums today.");
  await question("add").getByRole("button", { name: "Deny", exact: true }).click();
  await chat.settled();
  await head(chat, "2 steps").click();
  await expect(head(chat, /^add/)).toContainText("Denied");
  await expect(head(chat, /^echo/)).toContainText("two");
  await head(chat, /^add/).click();
  await expect(chat.answers.last().getByRole("figure", { name: "Result" })).toContainText("No sums today.");
  const said = chat.answers.last().locator(".prose").last();
  await expect(said).toContainText('The person changed the arguments of this call; it was made with {"text":"two"}');
});
