import { ChatPage, expect, signIn, test } from "../support/fixtures";

test("a question is answered, and is all there after a reload", async ({ chat }) => {
  await chat.open();
  await chat.ask("Hello [[echo The answer is forty-two.]]");
  await expect(chat.page).toHaveURL(/\/c\/[0-9a-f-]+$/);
  await expect(chat.answers).toContainText("The answer is forty-two.");
  await chat.page.reload();
  await expect(chat.questions).toContainText("Hello");
  await expect(chat.answers).toContainText("The answer is forty-two.");
});

test("a refresh in mid-answer goes on where it was", async ({ chat }) => {
  await chat.open();
  await chat.send("[[tokens=120 every=30ms]] count");
  await expect(chat.answers).toHaveCount(1);
  await expect(chat.answers.last()).toContainText(/\w/);
  await expect(chat.page).toHaveURL(/\/c\//);
  await chat.page.reload();
  await expect(chat.page.getByRole("button", { name: "Stop" })).toBeVisible();
  await chat.settled();
  await expect(chat.answers).toHaveCount(1);
  const shown = await chat.answers.innerText();
  await chat.page.reload();
  await expect(chat.answers).toContainText(shown.trim().split("\n")[0].slice(0, 60));
});

test("two tabs show the same turn while it is written", async ({ chat, context, server }) => {
  await chat.open();
  await chat.ask("first [[echo one]]");
  const other = new ChatPage(await context.newPage(), server);
  await other.open(new URL(chat.page.url()).pathname);
  await expect(other.answers).toHaveCount(1);
  await chat.send("second [[tokens=80 every=40ms]]");
  await expect(other.answers).toHaveCount(2);
  await expect(other.page.getByRole("button", { name: "Stop" })).toBeVisible();
  await chat.settled();
  await other.settled();
  await expect(other.answers.last().locator(".prose")).toHaveText(await chat.answers.last().locator(".prose").innerText());
});

test("Stop stops, keeps the text and offers to continue", async ({ chat }) => {
  await chat.open();
  await chat.send("[[tokens=2000 every=20ms]] long");
  await expect(chat.answers.locator(".prose")).toContainText(/\w+ \w+/);
  await chat.page.getByRole("button", { name: "Stop" }).click();
  await expect(chat.page.getByRole("button", { name: "Stop" })).toHaveCount(0);
  await expect(chat.answers).toContainText("Stopped");
  await expect(chat.answers.getByRole("button", { name: "Continue" })).toBeVisible();
  await expect(chat.answers.locator(".prose")).toContainText(/\w+ \w+/);
});

test("an edit makes a branch, and the switcher goes back", async ({ chat }) => {
  await chat.open();
  await chat.ask("first wording [[echo answer one]]");
  await chat.questions.first().hover();
  await chat.questions.first().getByRole("button", { name: "Edit" }).click();
  const box = chat.questions.first().getByRole("textbox");
  await box.fill("second wording [[echo answer two]]");
  await chat.questions.first().getByRole("button", { name: /Save/ }).click();
  await expect(chat.answers).toContainText("answer two");
  await chat.settled();
  await expect(chat.questions).toContainText("2/2");
  await chat.questions.first().getByRole("button", { name: "Previous branch" }).click();
  await expect(chat.answers).toContainText("answer one");
  await expect(chat.questions).toContainText("1/2");
  await chat.page.reload();
  await expect(chat.answers).toContainText("answer one");
});

test("regenerating keeps the first answer beside the second", async ({ chat }) => {
  await chat.open();
  await chat.ask("again [[echo same]]");
  await chat.answers.hover();
  await chat.answers.getByRole("button", { name: "Regenerate" }).click();
  await chat.page.getByRole("menuitem", { name: /Same model/ }).click();
  await expect(chat.answers).toContainText("2/2");
  await chat.settled();
});

test("a stale tab makes a branch and overwrites nothing", async ({ chat, context, server, user }) => {
  await chat.open();
  await chat.ask("root [[echo root answer]]");
  const path = new URL(chat.page.url()).pathname;
  const token = server.createToken(user.email);
  const api = { headers: { Authorization: `Bearer ${token}` } };
  const thread = await (await context.request.get(`${server.url}/api/v1/conversations${path.replace("/c", "")}/messages`, api)).json();
  const head = thread.items[1].id;
  await chat.ask("from the tab [[echo tab answer]]");
  const data = { conversation_id: path.slice(3), parent_message_id: head, messages: [{ role: "user", content: "from elsewhere [[echo other answer]]" }] };
  const sent = await context.request.post(`${server.url}/api/v1/chat`, { ...api, data });
  expect(sent.ok()).toBeTruthy();
  await expect(chat.answers.last()).toContainText("other answer");
  await expect(chat.questions.last()).toContainText("2/2");
  await chat.questions.last().getByRole("button", { name: "Previous branch" }).click();
  await expect(chat.answers.last()).toContainText("tab answer");
});

test("a terminal and the page show the same turn", async ({ chat, context, server, user }) => {
  await chat.open();
  await chat.ask("start [[echo started]]");
  const id = new URL(chat.page.url()).pathname.slice(3);
  const token = server.createToken(user.email);
  const answer = context.request.post(`${server.url}/api/v1/chat`, {
    headers: { Authorization: `Bearer ${token}` },
    data: { conversation_id: id, messages: [{ role: "user", content: "from the terminal [[tokens=40 every=30ms]]" }] },
  });
  await expect(chat.questions.last()).toContainText("from the terminal");
  const body = await (await answer).json();
  await chat.settled();
  await expect(chat.answers.last().locator(".prose")).toHaveText(body.content.trim());
});

test("a failed send keeps the text and offers to try again", async ({ chat }) => {
  await chat.open();
  await chat.page.route("**/api/ui/chat-send", (route) => route.abort());
  await chat.send("do not lose me [[echo found again]]");
  await expect(chat.page.getByText("Not sent").first()).toBeVisible();
  await expect(chat.page.getByText("do not lose me")).toBeVisible();
  await chat.page.unroute("**/api/ui/chat-send");
  await chat.page.getByRole("button", { name: "Retry" }).click();
  await expect(chat.answers).toContainText("found again");
});

test("a draft survives a reload", async ({ chat }) => {
  await chat.open();
  await chat.composer.fill("half a thought");
  await chat.page.reload();
  await expect(chat.composer).toHaveValue("half a thought");
});

test("nothing of one user is seen by another", async ({ chat, browser, server }) => {
  await chat.open();
  await chat.ask("secret plans [[echo noted]]");
  const path = new URL(chat.page.url()).pathname;
  const stranger = { email: `stranger-${Date.now()}@example.com`, password: "correct horse battery staple" };
  server.createUser(stranger.email, stranger.password);
  const context = await browser.newContext();
  await signIn(context, server, stranger);
  const page = await context.newPage();
  await page.goto(server.url + path);
  await expect(page.getByText("secret plans")).toHaveCount(0);
  await expect(page.getByText(/no such conversation/i)).toBeVisible();
  await context.close();
});

test("how hard to think is chosen beside the model by keyboard, and stays chosen", async ({ chat }) => {
  const { page } = chat;
  await chat.open();
  await page.getByRole("button", { name: "Model: Auto" }).click();
  const thinking = page.getByRole("radiogroup", { name: "Thinking" });
  await expect(thinking.getByRole("radio", { name: "Auto" })).toBeChecked();
  await thinking.getByRole("radio", { name: "Auto" }).focus();
  await page.keyboard.press("End");
  await expect(thinking.getByRole("radio", { name: "High" })).toBeChecked();
  await page.keyboard.press("Escape");
  const picker = page.getByRole("button", { name: "Model: Auto, thinking: High" });
  await expect(picker).toBeVisible();
  await chat.ask("hello [[thinking]] [[echo Hi.]]");
  await page.reload();
  await expect(picker).toBeVisible();
});
