import AxeBuilder from "@axe-core/playwright";
import { ChatPage, expect, signIn, test, watchConsole } from "../support/fixtures";

/** The words of a page as people see them. */
const seen = (chat: ChatPage) => chat.page.locator("body").innerText();

test.describe("a browser that asks for Portuguese", () => {
  test.use({ locale: "pt-BR" });

  test("finds what the server drew unchanged by waking, on every page", async ({ chat }) => {
    for (const path of ["/", "/usage", "/settings", "/settings?tab=models", "/settings?tab=account", "/settings?tab=tokens"]) {
      const drawn = chat.page.waitForResponse((response) => response.url() === chat.server.url + path);
      await chat.open(path);
      expect((await (await drawn).text()).slice(0, 40)).toContain('<html lang="pt-BR"');
      await expect(chat.page.locator("html")).toHaveAttribute("lang", "pt-BR");
      expect(await seen(chat)).not.toMatch(/\b(the|Settings|New chat|Search|Usage|Sign out|Appearance)\b/);
    }
  });

  test("talks Portuguese, while an answer comes and when it is read again", async ({ chat }) => {
    await chat.open();
    const composer = chat.page.getByRole("textbox", { name: "Mensagem" });
    await expect(composer).toHaveAttribute("placeholder", "Pergunte qualquer coisa");
    await expect(chat.page.getByRole("heading", { name: /Bom dia|Boa tarde|Boa noite/ })).toBeVisible();
    await composer.fill("Escreva uma função [[in=12345 out=50]] [[echo Pronto.]]");
    await chat.page.getByRole("button", { name: "Enviar" }).click();
    const answer = chat.page.getByRole("article", { name: /^Resposta/ });
    await expect(answer.getByRole("button", { name: "Copiar", exact: true })).toBeAttached();
    for (const read of ["as it comes", "again"]) {
      await answer.getByRole("button", { name: /Escolhido para/ }).click();
      await expect(answer.getByText(/^O modelo (rápido|equilibrado|potente) mais barato que serve/), read).toBeVisible();
      await expect(answer.getByText("É a primeira mensagem desta conversa", { exact: false }).or(answer.getByText("A conversa ainda é menor", { exact: false }))).toBeVisible();
      await expect(answer).toContainText(/US\$\s\d+,\d{4}/);
      await expect(answer).toContainText("12.345");
      await expect(answer).toContainText(/\d,\d+ s/);
      await chat.page.reload();
      await expect(chat.page.locator("[data-hydrated]")).toBeAttached();
    }
    await expect(chat.page.getByRole("navigation", { name: "Conversas" })).toContainText("Hoje");
  });

  test("is told in Portuguese what went wrong", async ({ chat }) => {
    await chat.open("/c/018f0000-0000-7000-8000-000000000000");
    await expect(chat.page.getByText("Não foi possível encontrar a conversa.")).toBeVisible();
    await chat.open();
    const composer = chat.page.getByRole("textbox", { name: "Mensagem" });
    await composer.fill("[[status=401]]");
    await composer.press("Enter");
    await expect(chat.page.getByRole("article", { name: /^Resposta/ })).toContainText(/recusou a chave de API ao chamar/);
    // Whoever had to rest for it is well again with the first word.
    await composer.fill("[[echo bem]]");
    await composer.press("Enter");
    await expect(chat.page.getByRole("article", { name: /^Resposta/ }).last()).toContainText("bem");
  });

  test("finds no violation of accessibility", async ({ chat }) => {
    for (const path of ["/", "/settings"]) {
      await chat.open(path);
      const { violations } = await new AxeBuilder({ page: chat.page }).analyze();
      expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);
    }
  });
});

test("the language is chosen in the settings, and the choice can be taken back", async ({ chat }) => {
  await chat.open("/settings");
  const language = chat.page.getByRole("radiogroup", { name: "Language" });
  await expect(language.getByRole("radio", { name: "As the browser" })).toBeChecked();
  await language.getByRole("radio", { name: "Português (Brasil)" }).click();
  await expect(chat.page.locator("html")).toHaveAttribute("lang", "pt-BR");
  await expect(chat.page.locator("[data-hydrated]")).toBeAttached();
  await expect(chat.page.getByRole("heading", { name: "Aparência" })).toBeVisible();
  const idioma = chat.page.getByRole("radiogroup", { name: "Idioma" });
  await expect(idioma.getByRole("radio", { name: "Português (Brasil)" })).toBeChecked();
  await idioma.getByRole("radio", { name: "O do navegador" }).click();
  await expect(chat.page.locator("html")).toHaveAttribute("lang", "en");
  await expect(chat.page.getByRole("heading", { name: "Appearance" })).toBeVisible();
});

test("one language comes with a page, to be kept for ever", async ({ chat }) => {
  const texts: string[] = [];
  chat.page.on("request", (request) => {
    if (/strings\./.test(request.url())) texts.push(request.url());
  });
  await chat.open();
  expect(texts).toHaveLength(1);
  expect(texts[0]).toMatch(/\/pkg\/[^/]+\/strings\.en\.[0-9a-f]{16}\.js$/);
  const file = await chat.page.request.get(texts[0]);
  expect(file.headers()["cache-control"]).toContain("immutable");
  expect(await file.text()).toContain("Ask anything");
  const wrong = await chat.page.request.get(texts[0].replace(/[0-9a-f]{16}\.js$/, "0000000000000000.js"));
  expect(wrong.status()).toBe(404);
});

test("a page whose texts do not arrive stays as the server drew it", async ({ page, context, server, user }) => {
  const faults = watchConsole(page, [/texts are missing/, /ERR_FAILED/]);
  await signIn(context, server, user);
  await page.route("**/strings.*.js", (route) => route.abort());
  const told = page.waitForEvent("console", (message) => message.text().includes("texts are missing"));
  await page.goto(server.url);
  await told;
  await expect(page.getByRole("heading", { name: /What are we working out/ })).toBeVisible();
  await expect(page.locator("[data-hydrated]")).toHaveCount(0);
  expect(faults).toEqual([]);
});
