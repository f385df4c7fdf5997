import { type Server as HttpServer, createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An MCP server at an address, which lists a tool to anybody and wants a sign-in when it is called. It does not say how. */
export class Guarded {
  private constructor(private server: HttpServer) {}

  static async start(): Promise<Guarded> {
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += chunk));
      request.on("end", () => {
        if (request.method !== "POST") return response.writeHead(request.method === "DELETE" ? 200 : 404).end();
        const { id, method } = JSON.parse(body);
        if (method === "tools/call") return response.writeHead(401, { "www-authenticate": "Bearer" }).end();
        if (id === undefined) return response.writeHead(202).end();
        const results: Record<string, object> = {
          initialize: { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "guarded", version: "1" } },
          ping: {},
          "tools/list": { tools: [{ name: "peek", description: "Looks.", inputSchema: { type: "object" } }] },
        };
        const answer = results[method] ? { result: results[method] } : { error: { code: -32601, message: "Method not found" } };
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
      });
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    return new Guarded(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/mcp`;
  }

  stop = () => new Promise<void>((stopped) => {
    this.server.close(() => stopped());
    this.server.closeAllConnections();
  });
}
