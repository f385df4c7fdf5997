import { expect, test } from "../support/fixtures";

test("the phone layout: drawer, composer, nothing scrolls sideways", async ({ chat }) => {
  await chat.open();
  await chat.composer.fill("phone [[md]]");
  await chat.page.getByRole("button", { name: "Send" }).click();
  await expect(chat.answers).toHaveCount(1);
  await chat.settled();
  const overflow = await chat.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  await chat.page.getByRole("button", { name: /Open sidebar|menu/i }).click();
  await expect(chat.page.getByRole("navigation").getByRole("link", { name: /phone/ })).toBeInViewport();
  await chat.page.keyboard.press("Escape");
  await expect(chat.page.getByRole("navigation").getByRole("link", { name: /phone/ })).not.toBeInViewport();
});
