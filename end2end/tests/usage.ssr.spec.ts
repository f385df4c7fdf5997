import { expect, signIn, test } from "../support/fixtures";

test("the usage page works without JavaScript", async ({ page, context, server, user }) => {
  const headers = { Authorization: `Bearer ${server.createToken(user.email)}` };
  const data = { messages: [{ role: "user", content: "hello [[echo Hi.]]" }] };
  expect((await page.request.post(`${server.url}/api/v1/chat`, { headers, data })).ok()).toBeTruthy();
  await signIn(context, server, user);
  await page.goto(`${server.url}/usage`);
  await expect(page.getByRole("img", { name: "Spend by day and model" })).toBeVisible();
  await page.getByRole("link", { name: "7 days" }).click();
  await expect(page).toHaveURL(/days=7/);
  await page.getByRole("link", { name: "API token" }).click();
  await expect(page.getByRole("region", { name: "Usage table" })).toContainText("e2e");
});
