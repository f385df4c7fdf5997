import { ChatPage, expect, newUser, scripted, signIn, test } from "../support/fixtures";
import { Server } from "../support/server";

test("a conversation is named after its first answer, in the list and at the top, and a person's name stays", async ({ page, context, upstream }) => {
  const server = new Server({ ...scripted(upstream), AUTO_TITLES: "true" });
  await server.start();
  try {
    await signIn(context, server, newUser(server));
    const chat = new ChatPage(page, server);
    await chat.open();
    // The scripted model echoes, when it is asked for a title, too.
    await chat.ask("Why is the sky blue? [[echo Rayleigh scattering]]");
    const list = page.getByRole("navigation");
    await expect(list.getByRole("link", { name: "Rayleigh scattering" })).toBeVisible();
    await expect(page).toHaveTitle(/Rayleigh scattering/);
    await expect(page.getByRole("button", { name: "Rayleigh scattering", exact: true })).toBeVisible();
    await chat.ask("And at dusk? [[echo Mie scattering]]");
    await expect(list.getByRole("link", { name: "Rayleigh scattering" })).toBeVisible();
  } finally {
    await server.destroy();
  }
});
