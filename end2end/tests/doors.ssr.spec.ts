import { expect, newUser, test } from "../support/fixtures";
import { Server } from "../support/server";

test("without scripts one registers where the admin lets one, and comes to where one wanted to go", async ({ page }) => {
  const server = new Server({});
  await server.start();
  try {
    await page.goto(`${server.url}/usage`);
    await expect(page).toHaveURL(/\/setup\?next=%2Fusage$/);
    await page.getByLabel("Email").fill("marta@example.com");
    await page.getByLabel("Password", { exact: true }).fill("short");
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(page.getByText("Password is too short", { exact: false })).toBeVisible();
    await expect(page.getByLabel("Email")).toHaveValue("marta@example.com");
    await page.getByLabel("Password", { exact: true }).fill("correct horse battery staple");
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(page).toHaveURL(`${server.url}/usage`);
  } finally {
    await server.destroy();
  }
});

test("without scripts a wait is said in words, and the button stays alive", async ({ page, server }) => {
  const user = newUser(server);
  await page.goto(`${server.url}/sign-in?next=//evil.example`);
  await page.getByLabel("Email").fill(user.email);
  const attempt = async (password: string) => {
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
  };
  await expect(async () => {
    await attempt("wrong");
    await expect(page.getByText("Too many attempts")).toBeVisible({ timeout: 1_000 });
  }).toPass();
  const words = page.locator("#paused noscript");
  await expect(words).toBeVisible();
  expect(await words.evaluate((node) => node.textContent)).toMatch(/Try again in \d+ s\./);
  await expect(page.getByRole("button", { name: "Sign in" })).toBeEnabled();
  await expect(async () => {
    await attempt(user.password);
    await expect(page).toHaveURL(`${server.url}/`, { timeout: 1_000 });
  }).toPass();
});
