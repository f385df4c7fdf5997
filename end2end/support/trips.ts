import { join } from "node:path";
import { ChatPage, expect, newUser, signIn, test as base } from "./fixtures";
import { root } from "./paths";

/** A page of an admin whose MCP server asks for things and offers some. */
export const test = base.extend<{ trips: ChatPage }>({
  trips: async ({ page, context, server }, use) => {
    const admin = newUser(server, "admin");
    const headers = { Authorization: `Bearer ${server.createToken(admin.email)}` };
    const name = `trips${test.info().workerIndex}-${Date.now()}`;
    const body = { name, transport: "stdio", command: process.execPath, args: [join(root, "end2end/support/mcp.mjs"), "--asks"] };
    const request = page.request;
    expect((await request.post(`${server.url}/api/v1/mcp/servers`, { headers, data: body })).status()).toBe(201);
    await expect(async () => {
      const told = await (await request.get(`${server.url}/api/v1/mcp/servers/${name}`, { headers })).json();
      expect([told.status, told.tools]).toEqual(["connected", ["book", "pay"]]);
    }).toPass({ timeout: 20_000 });
    for (const tool of ["book", "pay"]) {
      const path = `${server.url}/api/v1/tools/${name}/${tool}`;
      expect((await request.patch(path, { headers, data: { permission: "allow" } })).ok()).toBeTruthy();
    }
    await signIn(context, server, admin);
    const chat = new ChatPage(page, server);
    await chat.open();
    await use(Object.assign(chat, { mcp: name }));
    await request.delete(`${server.url}/api/v1/mcp/servers/${name}`, { headers });
  },
});

/** The model calls a tool of the trips' server, then says that it is done. */
export const calls = (chat: ChatPage, tool: string) => `[[tool=${(chat as ChatPage & { mcp: string }).mcp}__${tool} args={}]] [[echo It is booked.]]`;

export { expect };
