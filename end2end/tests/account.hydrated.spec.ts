import AxeBuilder from "@axe-core/playwright";
import { expect, signIn, test } from "../support/fixtures";

const NEW = "quite another password";

test("a changed password signs other browsers out and keeps this one", async ({ chat, browser, server, user }) => {
  const elsewhere = await browser.newContext();
  await signIn(elsewhere, server, user);
  await chat.open("/settings?tab=account");
  const form = chat.page.getByRole("form", { name: "Change password" });
  const current = form.getByLabel("Current password", { exact: true });
  const next = form.getByLabel("New password", { exact: true });
  const change = form.getByRole("button", { name: "Change password" });

  await current.fill("wrong");
  await next.fill(NEW);
  await change.click();
  await expect(form.getByText("That is not your password.")).toBeVisible();
  await expect(next).toHaveValue(NEW);
  await current.fill(user.password);
  await next.fill("short");
  await change.click();
  await expect(form.getByText("New is too short", { exact: false })).toBeVisible();
  await next.fill(NEW);
  await change.click();
  await expect(form.getByText("Password changed.")).toBeVisible();
  await expect(current).toHaveValue("");
  const { violations } = await new AxeBuilder({ page: chat.page }).analyze();
  expect(violations.map((found) => found.id)).toEqual([]);

  await chat.page.reload();
  await expect(form).toBeVisible();
  expect((await elsewhere.request.get(`${server.url}/api/v1/users/me`)).status()).toBe(401);
  await signIn(elsewhere, server, { ...user, password: NEW });
  expect((await elsewhere.request.get(`${server.url}/api/v1/users/me`)).status()).toBe(200);
  await elsewhere.close();
});
