import { type Server as HttpServer, type IncomingMessage, type ServerResponse, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

const PAGE = "<!doctype html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";

/** What a proxy does with a request beside passing it on. */
export type Fault = "answer lost" | "request lost";

/** Changes what passes: the body of a request, and the lines of a stream. */
export interface Translation {
  request(path: string, body: string): string;
  line(path: string, line: string): string[];
}

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

  private constructor(private server: HttpServer, readonly url: string, private translation?: Translation) {}

  /** Starts before the server at `target` (`http://host:port`). */
  static async start(target: string, translation?: Translation): Promise<Proxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const proxy = new Proxy(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, translation);
    server.on("request", (incoming, outgoing) => proxy.pass(target, incoming, outgoing));
    return proxy;
  }

  /** The next request for `path` meets this fault. */
  failNext(path: string, fault: Fault): void {
    this.faults.set(path, fault);
  }

  /** Cuts every connection there is. */
  cut(): void {
    this.server.closeAllConnections();
  }

  async stop(): Promise<void> {
    this.cut();
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
    const headers = { ...incoming.headers };
    // What is translated may grow.
    if (this.translation && headers["content-length"]) delete headers["content-length"];
    const onward = request({ hostname, port, path, method: incoming.method, headers, agent: false });
    onward.on("response", (answer) => {
      if (fault === "answer lost") {
        // The server has begun to answer, so it has done what was asked.
        answer.once("data", () => onward.destroy());
        this.refuse(outgoing);
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      outgoing.flushHeaders();
      const pass = this.translated(path, answer, (text) => outgoing.write(text));
      answer.on("data", pass);
      answer.on("end", () => outgoing.end());
      answer.on("close", () => answer.complete || outgoing.destroy());
    });
    onward.on("error", () => (outgoing.headersSent ? outgoing.destroy() : this.refuse(outgoing)));
    outgoing.on("close", () => onward.destroy());
    if (!this.translation) return void incoming.pipe(onward);
    let body = "";
    incoming.setEncoding("utf8").on("data", (text) => (body += text));
    incoming.on("end", () => onward.end(this.translation!.request(path, body)));
  }

  /** What to do with each chunk of an answer. */
  private translated(path: string, answer: IncomingMessage, write: (chunk: string | Buffer) => void): (chunk: Buffer) => void {
    const { translation } = this;
    if (!translation || !answer.headers["content-type"]?.includes("ndjson")) return write;
    const decoder = new TextDecoder();
    let pending = "";
    return (chunk) => {
      const lines = (pending + decoder.decode(chunk, { stream: true })).split("\n");
      pending = lines.pop() ?? "";
      for (const line of lines) write(translation.line(path, line).map((text) => `${text}\n`).join(""));
    };
  }

  private refuse(outgoing: ServerResponse): void {
    if (outgoing.headersSent || outgoing.destroyed) return;
    this.refused += 1;
    outgoing.writeHead(502, { "Content-Type": "text/html" });
    outgoing.end(PAGE);
  }
}
