import { type Server as HttpServer, type IncomingMessage, type ServerResponse, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

const PAGE = "<!doctype html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";

/** What a proxy does with a request beside passing it on. */
export type Fault = "answer lost" | "request lost";

/**
 * A reverse proxy as it stands before most servers: while the server is away it answers 502 with a web page, and what was
 * being answered when the server died is cut.
 */
export class Proxy {
  /** How many answers it had to give itself. */
  refused = 0;
  /** Every path that reached it, in order. */
  readonly asked: string[] = [];
  private faults = new Map<string, Fault>();

  private constructor(private server: HttpServer, readonly url: string) {}

  /** Starts before the server at `target` (`http://host:port`). */
  static async start(target: string): Promise<Proxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const proxy = new Proxy(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on("request", (incoming, outgoing) => proxy.pass(target, incoming, outgoing));
    return proxy;
  }

  /** The next request for `path` meets this fault. */
  failNext(path: string, fault: Fault): void {
    this.faults.set(path, fault);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private pass(target: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
    const path = incoming.url ?? "/";
    this.asked.push(path);
    const fault = this.faults.get(path);
    this.faults.delete(path);
    if (fault === "request lost") {
      incoming.resume();
      this.refuse(outgoing);
      return;
    }
    const { hostname, port } = new URL(target);
    const onward = request({ hostname, port, path, method: incoming.method, headers: incoming.headers, agent: false });
    onward.on("response", (answer) => {
      if (fault === "answer lost") {
        // The server has begun to answer, so it has done what was asked.
        answer.once("data", () => onward.destroy());
        this.refuse(outgoing);
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      outgoing.flushHeaders();
      answer.on("data", (chunk) => outgoing.write(chunk));
      answer.on("end", () => outgoing.end());
      answer.on("close", () => answer.complete || outgoing.destroy());
    });
    onward.on("error", () => (outgoing.headersSent ? outgoing.destroy() : this.refuse(outgoing)));
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  }

  private refuse(outgoing: ServerResponse): void {
    if (outgoing.headersSent || outgoing.destroyed) return;
    this.refused += 1;
    outgoing.writeHead(502, { "Content-Type": "text/html" });
    outgoing.end(PAGE);
  }
}
