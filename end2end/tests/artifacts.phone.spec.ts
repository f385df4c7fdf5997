import { expect, makes, test } from "../support/artifacts";

test("on a phone an artifact takes the whole screen, and leaves it again", async ({ studio, chat }) => {
  await chat.composer.fill(makes("page.html", "<h1>Small</h1>"));
  await chat.page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(chat.answers.last()).toContainText("Done.");
  await expect(studio.panel).toHaveCount(0);
  await chat.answers.last().getByRole("link", { name: /page\.html/ }).click();
  await expect(studio.frame().locator("h1")).toHaveText("Small", { timeout: 20_000 });
  const box = (await studio.panel.boundingBox())!;
  expect([box.x, box.y, box.width]).toEqual([0, 0, chat.page.viewportSize()!.width]);
  expect(await chat.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await studio.panel.getByRole("link", { name: "Back to the chat" }).click();
  await expect(studio.panel).toHaveCount(0);
});
