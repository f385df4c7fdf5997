import { ChatPage, newUser, scripted, signIn, test as base } from "./fixtures";
import { Server } from "./server";

/** A server that runs code, and a page of somebody who is signed in there. */
export const test = base.extend<{ working: ChatPage }, { workshop: Server }>({
  workshop: [
    async ({ upstream }, use) => {
      const server = new Server({ ...scripted(upstream), ENABLE_SANDBOXING: "true", SANDBOX_RUNTIME: "bubblewrap" });
      await server.start();
      await use(server);
      await server.destroy();
    },
    { scope: "worker" },
  ],
  working: async ({ page, context, workshop }, use) => {
    await signIn(context, workshop, newUser(workshop));
    const chat = new ChatPage(page, workshop);
    await chat.open();
    await use(chat);
  },
});

/** The model uses one of our tools, then says that it is done. */
export const uses = (tool: string, args: object) => `[[tool=${tool} args=${JSON.stringify(args)}]] [[echo Done.]]`;
