import AxeBuilder from "@axe-core/playwright";
import { type Page } from "@playwright/test";
import { expect, newUser, signIn, test, watchConsole } from "../support/fixtures";

/** What may come over the line before the page works, in bytes. */
const MOST = 80_000;

const password = (page: Page) => page.getByLabel("Password", { exact: true });
const button = (page: Page) => page.locator("button[type=submit]");

/** How many bytes come over the line from now on, and for which addresses. */
async function watchLine(page: Page) {
  const line = { bytes: 0, urls: [] as string[] };
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  session.on("Network.requestWillBeSent", ({ request }) => line.urls.push(request.url));
  session.on("Network.loadingFinished", ({ encodedDataLength }) => (line.bytes += encodedDataLength));
  return line;
}

test("the sign-in page is light, and the app comes once somebody types", async ({ page, server, user }) => {
  const faults = watchConsole(page);
  const line = await watchLine(page);
  await page.goto(`${server.url}/sign-in?next=%2Fusage`, { waitUntil: "networkidle" });
  await expect(page.getByLabel("Email")).toBeFocused();
  expect(line.urls.filter((url) => /\.wasm|vertice\.js|strings\./.test(url))).toEqual([]);
  expect(line.bytes).toBeLessThan(MOST);
  const wasm = page.waitForRequest(/vertice\.wasm$/);
  const script = page.waitForRequest(/vertice\.js$/);
  await page.keyboard.type(user.email);
  await Promise.all([wasm, script]);
  await password(page).fill(user.password);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`${server.url}/usage`);
  await expect(page.locator("[data-hydrated]")).toBeAttached();
  expect(faults).toEqual([]);
});

test("a password can be shown, and is never sent as text that browsers keep", async ({ page, server, user: _registered }) => {
  await page.goto(`${server.url}/sign-in`);
  await password(page).fill("not it");
  const show = page.getByRole("button", { name: "Show password" });
  await show.click();
  await expect(password(page)).toHaveAttribute("type", "text");
  await expect(password(page)).toBeFocused();
  await page.getByRole("button", { name: "Hide password" }).click();
  await expect(password(page)).toHaveAttribute("type", "password");
  await expect(show).toBeVisible();
});

test("wrong passwords are counted, then the button counts the seconds", async ({ page, server, user }) => {
  const faults = watchConsole(page, [/status of 4\d\d/]);
  await page.goto(`${server.url}/sign-in`);
  await page.getByLabel("Email").fill(user.email);
  for (const left of ["4 attempts left", "3 attempts left", "2 attempts left", "1 attempt left"]) {
    await password(page).fill("wrong");
    await button(page).click();
    await expect(page.getByText(`Email or password is wrong. ${left}.`)).toBeVisible();
    await expect(password(page)).toBeFocused();
    await expect(password(page)).toHaveValue("");
  }
  await expect(page.getByLabel("Email")).toHaveValue(user.email);
  // The last free one and the first that is not: each has to wait a little longer.
  for (const _attempt of [1, 2]) {
    await password(page).fill("wrong");
    await button(page).click();
    await expect(button(page)).toHaveText(/^Try again in \d+ s$/);
    await expect(button(page)).toBeDisabled();
    await expect(button(page)).toBeEnabled();
    await expect(button(page)).toHaveText("Sign in");
  }
  await password(page).fill(user.password);
  await button(page).click();
  await expect(page).toHaveURL(`${server.url}/`);
  expect(faults).toEqual([]);
});

test("the doors have no violation of accessibility, in both colours", async ({ page, context, server, user }) => {
  for (const theme of ["light", "dark"]) {
    await context.addCookies([{ name: "theme", value: theme, url: server.url }]);
    await page.goto(`${server.url}/sign-in`);
    await page.getByLabel("Email").fill(user.email);
    await password(page).fill("wrong");
    await button(page).click();
    await expect(page.getByText("Email or password is wrong.", { exact: false })).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);
  }
});

test("who signs out stands before the door, not in the app", async ({ chat, server, user }) => {
  await chat.open("/usage");
  await chat.page.getByRole("button", { name: user.email }).click();
  await chat.page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(chat.page).toHaveURL(`${server.url}/sign-in`);
  await expect(chat.page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await expect(chat.page.locator("[data-hydrated]")).toHaveCount(0);
});

test("who was signed out elsewhere comes back to where they were, with what they wrote", async ({ chat, context, server, user }) => {
  await chat.open("/");
  await chat.ask("first [[echo one]]");
  const here = chat.page.url();
  await context.clearCookies({ name: "vertice_session" });
  await chat.send("second [[echo two]]");
  await expect(chat.page.getByRole("status").getByText("You were signed out.", { exact: true })).toBeVisible();
  await chat.page.getByRole("status").getByRole("link", { name: "Sign in" }).click();
  await expect(chat.page).toHaveURL(/\/sign-in\?next=/);
  await chat.page.getByLabel("Email").fill(user.email);
  await password(chat.page).fill(user.password);
  await button(chat.page).click();
  await expect(chat.page).toHaveURL(here);
  await expect(chat.composer).toHaveValue("second [[echo two]]");
});

test("a session that has ended leads to the door and back", async ({ page, context, server }) => {
  const user = newUser(server);
  await signIn(context, server, user);
  await context.clearCookies({ name: "vertice_session" });
  await page.goto(`${server.url}/settings?tab=tokens`);
  await page.getByLabel("Email").fill(user.email);
  await password(page).fill(user.password);
  await button(page).click();
  await expect(page).toHaveURL(`${server.url}/settings?tab=tokens`);
});
