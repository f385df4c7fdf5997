import { expect, newUser, signIn } from "../support/fixtures";
import { test } from "../support/workspace";

test("files are read without JavaScript", async ({ page, context, workshop }) => {
  const reader = newUser(workshop);
  await signIn(context, workshop, reader);
  const headers = { Authorization: `Bearer ${workshop.createToken(reader.email)}` };
  const made = await (await context.request.post(`${workshop.url}/api/v1/conversations`, { headers, data: { mode: "code" } })).json();
  const put = await context.request.put(`${workshop.url}/api/v1/conversations/${made.id}/workspace/files/a.txt`, { headers, data: "one" });
  expect(put.status()).toBe(204);
  await page.goto(`${workshop.url}/c/${made.id}?files`);
  await page.getByRole("link", { name: "a.txt", exact: true }).click();
  await expect(page.locator("aside pre")).toHaveText("one");
});
