import { type Server as HttpServer, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * An upstream that answers "say n" with the n-th of the texts it was given, whatever is in them, and "spell n" with the
 * same one code point at a time. It speaks Anthropic's Messages; the scripted upstream takes its texts from the question, where hostile ones could end too early.
 */
export class Author {
  readonly texts: string[] = [];

  private constructor(private server: HttpServer) {}

  static async start(): Promise<Author> {
    const server = createServer();
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const author = new Author(server);
    server.on("request", (request, response) => {
      if (request.method === "GET") {
        response.setHeader("content-type", "application/json");
        return response.end(JSON.stringify({ data: [{ type: "model", id: "claude-haiku-5-5", display_name: "Haiku" }], has_more: false }));
      }
      let body = "";
      request.on("data", (chunk) => (body += chunk));
      request.on("end", () => {
        const asked = [...body.matchAll(/(say|spell) (\d+)/g)].pop();
        const text = author.texts[Number(asked?.[2])] ?? "Nothing was asked for.";
        response.setHeader("content-type", "text/event-stream");
        if (asked?.[1] === "spell") return spell(response, frames(text, 1));
        for (const frame of frames(text, 97)) response.write(frame);
        response.end();
      });
    });
    return author;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop = () => new Promise<void>((stopped) => {
    this.server.close(() => stopped());
    this.server.closeAllConnections();
  });
}

/** How often a code point comes, in milliseconds. */
const SPELLING = 10;

function spell(response: ServerResponse, frames: Generator<string>): void {
  const { value, done } = frames.next();
  if (done || response.destroyed) return void response.end();
  response.write(value);
  setTimeout(() => spell(response, frames), SPELLING);
}

function* frames(text: string, length: number): Generator<string> {
  const named = (type: string, rest: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
  const usage = { input_tokens: 10, output_tokens: 1 };
  yield named("message_start", {
    message: { id: "msg_1", type: "message", role: "assistant", model: "claude-haiku-5-5", content: [], stop_reason: null, stop_sequence: null, usage },
  });
  yield named("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
  // Pieces of odd length, so that markup is cut in the middle of everything.
  const characters = [...text];
  for (let at = 0; at < characters.length; at += length) {
    yield named("content_block_delta", { index: 0, delta: { type: "text_delta", text: characters.slice(at, at + length).join("") } });
  }
  yield named("content_block_stop", { index: 0 });
  yield named("message_delta", { delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 100 } });
  yield named("message_stop", {});
}
