import { expect, test } from "../support/fixtures";

test("without JavaScript one can sign in and read a conversation", async ({ page, server, user }) => {
  const token = server.createToken(user.email);
  const headers = { Authorization: `Bearer ${token}` };
  const made = await (await page.request.post(`${server.url}/api/v1/conversations`, { headers, data: { title: "Reading" } })).json();
  const data = { conversation_id: made.id, messages: [{ role: "user", content: "show [[md]]" }] };
  expect((await page.request.post(`${server.url}/api/v1/chat`, { headers, data })).ok()).toBeTruthy();

  await page.goto(`${server.url}/c/${made.id}`);
  await expect(page).toHaveURL(/sign-in/);
  await page.getByLabel("Email").fill(user.email);
  await page.getByLabel("Password", { exact: true }).fill("wrong password");
  await page.getByRole("button", { name: /Sign in/ }).click();
  await expect(page.getByText(/do not match|incorrect|wrong/i).first()).toBeVisible();
  await expect(page.getByLabel("Email")).toHaveValue(user.email);
  await expect(page.getByLabel("Password", { exact: true })).toHaveValue("");
  await page.getByLabel("Password", { exact: true }).fill(user.password);
  await page.getByRole("button", { name: /Sign in/ }).click();

  await expect(page).toHaveURL(`${server.url}/c/${made.id}`);
  await expect(page.getByRole("article")).toHaveCount(2);
  await expect(page.locator("figure.codeblock pre span.t-k").first()).toBeVisible();
  await expect(page.locator(".prose table")).toBeVisible();
  await expect(page.getByRole("navigation").getByRole("link", { name: "Reading" })).toBeVisible();
  await expect(page).toHaveTitle(/Reading/);
});
