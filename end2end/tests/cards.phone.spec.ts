import AxeBuilder from "@axe-core/playwright";
import { expect } from "../support/fixtures";
import { calls, head, test } from "../support/scripted";

for (const theme of ["light", "dark"]) {
  test(`cards of a dead server and of a picture, and the rules of a tool, fit on a phone: ${theme}`, async ({ busy: chat, tools, context, server }) => {
    const { page } = chat;
    await context.addCookies([{ name: "theme", value: theme, url: server.url }]);
    for (const tool of ["picture", "die"]) await tools.permit(tool, { permission: "allow" });
    const fits = async () => {
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);
    };
    await chat.open();
    const ask = async (text: string) => {
      await chat.composer.fill(text);
      await page.getByRole("button", { name: "Send" }).click();
      await expect(chat.answers.last()).toContainText("It went on.");
    };
    await ask(calls("picture", {}, "It went on."));
    await head(chat, /^picture/).click();
    await expect(page.getByRole("img", { name: "Image 1 from picture" })).toHaveJSProperty("naturalWidth", 1);
    await fits();
    await ask(calls("die", {}, "It went on."));
    await expect(chat.answers).toHaveCount(2);
    await expect(chat.answers.last().getByRole("button", { name: "Reconnect" })).toBeVisible();
    await fits();
    await page.getByRole("link", { name: "Server settings" }).click();
    await page.getByRole("button", { name: "Rules: echo" }).click();
    await expect(page.getByRole("combobox", { name: "Argument" })).toBeVisible();
    await fits();
  });
}
