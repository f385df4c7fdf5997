import { ChatPage, newUser, scripted, signIn, test as base } from "./fixtures";
import { Server } from "./server";

/** A server with scripted tools, and a page of somebody who is signed in there. */
export const test = base.extend<{ asking: ChatPage }, { tools: Server }>({
  tools: [
    async ({ upstream }, use) => {
      const server = Server.withTools(scripted(upstream));
      await server.start();
      await use(server);
      await server.destroy();
    },
    { scope: "worker" },
  ],
  asking: async ({ page, context, tools }, use) => {
    await signIn(context, tools, newUser(tools));
    const chat = new ChatPage(page, tools);
    await chat.open();
    await use(chat);
  },
});
