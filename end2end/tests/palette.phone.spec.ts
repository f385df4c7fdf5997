import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "../support/fixtures";

test("the palette is a sheet at the lower edge", async ({ chat }) => {
  const { page } = chat;
  await chat.open();
  // The browser says that it is an iPhone's, whose keyboards have Command.
  await page.keyboard.press("Meta+k");
  const dialog = page.getByRole("dialog", { name: "Command palette" });
  await expect(dialog.getByRole("combobox")).toBeFocused();
  const box = (await dialog.boundingBox())!;
  const { width, height } = page.viewportSize()!;
  expect(box).toMatchObject({ x: 0, width });
  expect(Math.round(box.y + box.height)).toBe(height);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);
  await dialog.getByRole("option", { name: "Usage" }).tap();
  await expect(page).toHaveURL(/\/usage$/);
  await page.keyboard.press("Meta+k");
  await dialog.getByRole("button", { name: "Close" }).tap();
  await expect(dialog).toBeHidden();
});
