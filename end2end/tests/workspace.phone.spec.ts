import { expect } from "../support/fixtures";
import { test, uses } from "../support/workspace";

test("on a phone the files take the whole screen, and leave it again", async ({ working: chat }) => {
  const { page } = chat;
  await page.getByRole("button", { name: "Code", exact: true }).click();
  await chat.composer.fill(uses("write_file", { path: "a.txt", content: "one" }));
  await page.getByRole("button", { name: "Send" }).click();
  await expect(chat.answers.last()).toContainText("Done.");
  await page.getByRole("link", { name: "Files", exact: true }).click();
  const panel = page.getByRole("complementary", { name: "Files" });
  await expect(panel.getByRole("link", { name: "a.txt", exact: true })).toBeVisible();
  expect(await panel.boundingBox()).toMatchObject({ x: 0, y: 0, width: 390 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await panel.getByRole("link", { name: "Close the files" }).click();
  await expect(chat.composer).toBeVisible();
});
