import { expect, newUser, signIn, test } from "../support/fixtures";

test.describe("a browser that asks for Portuguese", () => {
  test.use({ locale: "pt-PT" });

  test("reads Portuguese before any script, and is told so", async ({ page, server, user: _registered }) => {
    await page.goto(`${server.url}/sign-in`);
    await expect(page.locator("html")).toHaveAttribute("lang", "pt-BR");
    await expect(page).toHaveTitle("Entrar · Vertice Chat");
    await expect(page.getByRole("heading", { name: "Entrar" })).toBeVisible();
    await expect(page.getByLabel("Senha", { exact: true })).toBeVisible();
    // It would do nothing without scripts.
    await expect(page.getByRole("button", { name: "Mostrar senha" })).toHaveCount(0);
  });

  test("is refused in Portuguese, without scripts too", async ({ page, server, user }) => {
    await page.goto(`${server.url}/sign-in`);
    await page.getByLabel("E-mail").fill(user.email);
    await page.getByLabel("Senha", { exact: true }).fill("not the password");
    await page.getByRole("button", { name: "Entrar" }).click();
    await expect(page.getByText("O e-mail ou a senha está incorreto.")).toBeVisible();
  });

  test("sees dates and money as Brazilians write them", async ({ page, context, server, user }) => {
    const headers = { Authorization: `Bearer ${server.createToken(user.email)}` };
    const data = { messages: [{ role: "user", content: "olá [[echo Oi.]]" }] };
    expect((await page.request.post(`${server.url}/api/v1/chat`, { headers, data })).ok()).toBeTruthy();
    await signIn(context, server, user);
    await page.goto(`${server.url}/usage`);
    await expect(page.getByRole("heading", { name: "Uso", exact: true })).toBeVisible();
    await expect(page.locator("header").getByText(/^\d+ de [a-zç]+( de \d{4})? a \d+ de [a-zç]+$/)).toBeVisible();
    await expect(page.getByRole("region", { name: "Tabela de uso" })).toContainText(/US\$\s0,\d{4}/);
  });

  test("programs go on reading English", async ({ page, server, user }) => {
    const headers = { Authorization: `Bearer ${server.createToken(user.email)}`, "Accept-Language": "pt-BR" };
    const answer = await page.request.get(`${server.url}/api/v1/conversations/018f0000-0000-7000-8000-000000000000`, { headers });
    expect((await answer.json()).detail).toBe("There is no such conversation.");
  });
});

test("a language that is not there is English", async ({ browser, server, user: _registered }) => {
  const context = await browser.newContext({ locale: "de-DE", javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${server.url}/sign-in`);
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await context.close();
});

test("what was chosen counts for more than what the browser asks for", async ({ page, context, server }) => {
  await signIn(context, server, newUser(server));
  await context.addCookies([{ name: "language", value: "pt-BR", url: server.url }]);
  await page.goto(`${server.url}/settings`);
  await expect(page.locator("html")).toHaveAttribute("lang", "pt-BR");
  await expect(page.getByRole("heading", { name: "Aparência" })).toBeVisible();
});
