import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "../support/fixtures";

for (const theme of ["light", "dark"]) {
  test(`axe finds nothing: ${theme}`, async ({ chat, context, server }) => {
    await context.addCookies([{ name: "theme", value: theme, url: server.url }]);
    const check = async (where: string) => {
      const { violations } = await new AxeBuilder({ page: chat.page }).analyze();
      expect(violations.map((found) => `${where}: ${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);
    };
    await chat.open();
    await check("start");
    await chat.ask("show [[md]]");
    await check("conversation");
    await chat.open("/settings");
    await check("settings");
    await context.clearCookies({ name: "vertice_session" });
    await chat.page.goto(server.url + "/sign-in");
    await check("sign-in");
  });
}

test("by keyboard alone: skip link, send, move between messages, stop", async ({ chat }) => {
  await chat.open("/settings");
  await chat.page.keyboard.press("Tab");
  await expect(chat.page.getByRole("link", { name: /Skip to/ })).toBeFocused();
  await chat.open();
  await chat.composer.focus();
  await chat.page.keyboard.type("line one");
  await chat.page.keyboard.press("Shift+Enter");
  await chat.page.keyboard.type("line two [[tokens=2000 every=20ms]]");
  await chat.page.keyboard.press("Enter");
  await expect(chat.answers.locator(".prose")).toContainText(/\w+/);
  await chat.page.keyboard.press("Escape");
  await expect(chat.answers).toContainText("Stopped");
  await expect(chat.questions).toContainText("line one");
});
