import { type ChatPage, expect, test } from "../support/fixtures";

const list = (chat: ChatPage) => chat.page.getByRole("navigation");

async function menu(chat: ChatPage, title: string, item: string) {
  const row = list(chat).getByRole("listitem").filter({ hasText: title });
  await row.hover();
  await row.getByRole("button", { name: /Options|More/ }).click();
  await chat.page.getByRole("menuitem", { name: item }).click();
}

test("rename, pin, delete and undo", async ({ chat }) => {
  await chat.open();
  await chat.ask("alpha topic [[echo a]]");
  await chat.open();
  await chat.ask("beta topic [[echo b]]");
  await menu(chat, "alpha topic", "Rename");
  const field = list(chat).getByRole("textbox", { name: /title|Rename/i });
  await field.fill("Gamma topic");
  await field.press("Enter");
  await expect(list(chat).getByRole("link", { name: "Gamma topic" })).toBeVisible();
  await menu(chat, "Gamma topic", "Pin");
  await expect(list(chat).getByText("Pinned")).toBeVisible();
  await menu(chat, "Gamma topic", "Delete");
  await expect(list(chat).getByRole("link", { name: "Gamma topic" })).toHaveCount(0);
  await chat.page.getByRole("button", { name: "Undo" }).click();
  await expect(list(chat).getByRole("link", { name: "Gamma topic" })).toBeVisible();
});

test("search finds words in messages and says when there are none", async ({ chat }) => {
  await chat.open();
  await chat.ask("About the ÓRBITA pool [[echo the pool shrank]]");
  const search = chat.page.getByRole("searchbox");
  await search.fill("órbita nowhere");
  await expect(chat.page.getByText(/Nothing matches/).first()).toBeVisible();
  await search.fill("órbita");
  await expect(list(chat).getByRole("link", { name: /ÓRBITA/ })).toBeVisible();
});

test("the theme changes at once and stays without a flash", async ({ chat }) => {
  await chat.open("/settings");
  await chat.page.getByRole("radio", { name: "Dark" }).click();
  await expect(chat.page.locator("html")).toHaveClass(/dark/);
  const html = await (await chat.page.request.get(chat.server.url + "/")).text();
  expect(html).toMatch(/<html[^>]*class="dark"/);
});
