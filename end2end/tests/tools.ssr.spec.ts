import { expect, signIn, test } from "../support/fixtures";

test("the server draws an answer's parts in order: thinking, calls with what came of them, text", async ({ page, context, server, user }) => {
  await signIn(context, server, user);
  const headers = { Authorization: `Bearer ${server.createToken(user.email)}` };
  const api = `${server.url}/api/v1`;
  const made = await (await context.request.post(`${api}/conversations`, { headers, data: { title: "Tools" } })).json();
  const content = '[[tool=look args={"path":"<b>/etc/hosts"} tool=listen thinking]] [[echo It could not look.]]';
  const data = { conversation_id: made.id, messages: [{ role: "user", content }] };
  expect((await context.request.post(`${api}/chat`, { headers, data })).ok()).toBeTruthy();

  await page.goto(`${server.url}/c/${made.id}`);
  const answer = page.getByRole("article", { name: /answer/i });
  await expect(answer).toContainText(/Thought.*look.*<b>\/etc\/hosts.*Failed.*There is no tool named "look"/s);
  await expect(answer).toContainText(/listen.*Failed.*There is no tool named "listen".*Thought.*It could not look\./s);
  await expect(answer.locator("b")).toHaveCount(0);
});
