import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "../support/fixtures";

test("the servers and their form fit on a phone", async ({ chat }) => {
  await chat.open("/settings?tab=tools");
  const fits = async () => {
    const overflow = await chat.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    const { violations } = await new AxeBuilder({ page: chat.page }).analyze();
    expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);
  };
  await fits();
  await chat.page.getByRole("button", { name: "Add server" }).first().click();
  await expect(chat.page.getByRole("dialog")).toBeVisible();
  await fits();
});
