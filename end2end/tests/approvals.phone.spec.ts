import AxeBuilder from "@axe-core/playwright";
import { ChatPage, expect, newUser, scripted, signIn, test } from "../support/fixtures";
import { Server } from "../support/server";

for (const theme of ["light", "dark"]) {
  test(`a question fits on a phone, and so does what is written about it: ${theme}`, async ({ page, context, upstream }) => {
    const server = Server.withTools(scripted(upstream));
    await server.start();
    try {
      await context.addCookies([{ name: "theme", value: theme, url: server.url }]);
      await signIn(context, server, newUser(server));
      const chat = new ChatPage(page, server);
      await chat.open();
      const path = "a/very/long/path/".repeat(12);
      await chat.composer.fill(`[[tool=look tool=look tool=write args={"path":"${path}"}]] [[echo It is written.]]`);
      await page.getByRole("button", { name: "Send" }).click();
      const question = page.getByRole("group", { name: "Run write from files?" });
      await expect(question).toBeVisible();
      const fits = async () => {
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(overflow).toBeLessThanOrEqual(0);
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);
      };
      await fits();
      await question.getByRole("button", { name: "Edit arguments" }).click();
      await fits();
      await question.getByRole("button", { name: "Allow once" }).click();
      await expect(chat.answers.last()).toContainText("It is written.");
      await expect(chat.answers.last().getByRole("button", { name: /3 steps/ })).toBeVisible();
    } finally {
      await server.destroy();
    }
  });
}
