import type { Locator } from "@playwright/test";
import { ChatPage, expect, newUser, signIn } from "../support/fixtures";
import { test as base } from "../support/hostile";

const test = base.extend<{ reader: ChatPage }>({
  reader: async ({ page, context, product }, use) => {
    await signIn(context, product, newUser(product));
    await use(new ChatPage(page, product));
  },
});

const style = (element: Locator, property: string) =>
  element.first().evaluate((node, name) => getComputedStyle(node).getPropertyValue(name), property);

const ARABIC = `مرحبا بكم في \`npm\` اليوم

- أول عنصر
- ثاني عنصر

> اقتباس قصير

| الاسم | العدد |
|---|---|
| علي | 12 |

\`\`\`rust
fn main() {}
\`\`\`

An English paragraph.
`;

test("Arabic reads from right to left, code and English do not", async ({ reader, author }) => {
  const said = author.texts.push(ARABIC) - 1;
  await reader.open();
  await reader.composer.fill("السلام عليكم");
  expect(await style(reader.composer, "direction")).toBe("rtl");
  await reader.ask(`السلام عليكم say ${said}`);
  for (const when of ["streamed", "reloaded"]) {
    const prose = reader.answers.locator(".prose");
    for (const block of ["p", "ul", "li", "blockquote", "table", "th", "td"]) {
      expect(await style(prose.locator(block), "direction"), `${block}, ${when}`).toBe("rtl");
    }
    expect(await style(prose.locator("li"), "padding-right")).toBe("24px");
    expect(await style(prose.locator("blockquote"), "border-right-width")).toBe("2px");
    expect(await style(prose.locator("blockquote"), "border-left-width")).toBe("0px");
    expect(await style(prose.locator("p > code"), "direction")).toBe("ltr");
    expect(await style(prose.locator("pre"), "direction")).toBe("ltr");
    expect(await style(prose.getByText("An English paragraph."), "direction")).toBe("ltr");
    const bubble = reader.questions.getByText("السلام عليكم");
    expect(await style(bubble, "direction")).toBe("rtl");
    const link = reader.page.getByRole("navigation").getByRole("link", { name: /السلام عليكم/ });
    expect(await style(link.locator("span"), "direction")).toBe("rtl");
    await reader.page.reload();
    await expect(reader.page.locator("[data-hydrated]")).toBeAttached();
    await expect(reader.answers).toHaveCount(1);
  }
});

test("emphasis, line breaks, details and formulas are what people mean by them", async ({ reader, author }) => {
  const said = author.texts.push(
    "**注意：**请先备份。\n第二行 https://e.example/a，谢谢\n\n" +
      "<details>\n<summary>これは**「必須」**です</summary>\nH<sub>2</sub>O と <kbd>Ctrl</kbd>\n</details>\n\n" +
      "\\begin{align}\na &= b\n\\end{align}\n",
  ) - 1;
  await reader.open();
  await reader.ask(`spell ${said}`);
  for (const when of ["streamed", "reloaded"]) {
    const prose = reader.answers.locator(".prose");
    await expect(prose.locator("strong").first(), when).toHaveText("注意：");
    await expect(prose.locator("p").first().locator("br")).toHaveCount(1);
    await expect(prose.getByRole("link")).toHaveAttribute("href", "https://e.example/a");
    await expect(prose.locator("details sub")).toBeHidden();
    await prose.locator("summary").click();
    await expect(prose.locator("details sub")).toBeVisible();
    await expect(prose.locator("details kbd")).toHaveText("Ctrl");
    await expect(prose.locator("summary strong")).toHaveText("「必須」");
    await expect(prose.locator(".math-block math")).toBeVisible();
    await expect(prose).not.toContainText("**");
    await reader.page.reload();
    await expect(reader.page.locator("[data-hydrated]")).toBeAttached();
    await expect(reader.answers).toHaveCount(1);
  }
});

test("no character is ever on the page in half", async ({ reader, author }) => {
  const text = "สวัสดีครับ 👩\u200d👩\u200d👧 🇧🇷🇯🇵 👍🏽 ❤\ufe0f नमस्ते क्षत्रिय مُحَمَّد";
  const said = author.texts.push(text) - 1;
  await reader.open();
  await reader.page.evaluate(() => {
    const seen = new Set<string>();
    Object.assign(window, { seen });
    new MutationObserver(() => {
      document.querySelectorAll(".prose").forEach((prose) => seen.add(prose.textContent ?? ""));
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  await reader.ask(`spell ${said}`);
  await expect(reader.answers.locator(".prose")).toHaveText(text);
  const { looks, halves } = await reader.page.evaluate((whole) => {
    const segment = (text: string) => [...new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text)].map((part) => part.segment);
    const known = new Set(segment(whole));
    const seen = [...(window as unknown as { seen: Set<string> }).seen];
    return { looks: seen.length, halves: seen.flatMap((text) => segment(text.trim())).filter((part) => !known.has(part)) };
  }, text);
  expect(looks).toBeGreaterThan(3);
  expect(halves).toEqual([]);
});

test("details stay open while the answer goes on", async ({ reader, author }) => {
  const said = author.texts.push(`<details>\n<summary>more</summary>\n\n${"word ".repeat(120)}\n\n</details>\n\nafter\n`) - 1;
  await reader.open();
  await reader.send(`spell ${said}`);
  await reader.answers.locator("summary").click();
  await expect(reader.answers.locator("details")).toHaveAttribute("open");
  await reader.settled();
  await expect(reader.answers.locator(".prose")).toContainText("after");
  await expect(reader.answers.locator("details")).toHaveAttribute("open");
});
