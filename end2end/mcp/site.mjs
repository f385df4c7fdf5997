// The product with a scripted model, for tests of it as a host of MCP servers: it adds servers, and its model calls their tools,
// over REST as any program would.
import { spawn, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const built = resolve(import.meta.dirname, "../../target/debug");
const ADMIN = "admin@example.com";
const PASSWORD = "correct horse battery staple";

/** Starts a program and waits for the line that tells its address. */
async function start(path, args, env) {
  const child = spawn(path, args, { env: { PATH: process.env.PATH, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const lines = [];
  const url = await new Promise((found, failed) => {
    const look = (line) => {
      lines.push(line);
      const match = line.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (match) found(match[0]);
    };
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", look);
    child.once("exit", (code) => failed(new Error(`${path} ended with ${code}:\n${lines.join("\n")}`)));
  });
  child.removeAllListeners("exit");
  // Whatever becomes of the tests, nothing is left behind.
  process.once("exit", () => child.kill("SIGKILL"));
  child.unref();
  child.stdout.unref();
  child.stderr.unref();
  return { child, url };
}

async function end({ child }) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const ended = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  await ended;
}

/** A site that runs: what it is reached by. It can be told to another process in JSON. */
export class Client {
  constructor({ url, token, cookie }) {
    Object.assign(this, { url, token, cookie });
  }

  async request(method, path, body) {
    const headers = { Authorization: `Bearer ${this.token}`, "Content-Type": "application/json" };
    return fetch(this.url + path, { method, headers, body: body && JSON.stringify(body) });
  }

  async json(method, path, body) {
    const answer = await this.request(method, path, body);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** Adds a server and waits for what comes of it, signing in where it wants that. */
  async add(server) {
    await this.json("POST", "/api/v1/mcp/servers", server);
    let item = await this.settled(server.name);
    for (let tries = 0; item.status === "needs_auth" && tries < 3; tries++) item = await this.signIn(server.name);
    return item;
  }

  async settled(name) {
    for (;;) {
      const item = await this.json("GET", `/api/v1/mcp/servers/${name}`);
      if (item.status !== "starting") return item;
      await new Promise((done) => setTimeout(done, 30));
    }
  }

  /** Goes where a person's browser would be sent, says yes there, and comes back. */
  async signIn(name) {
    const { authorization_url: page } = await this.json("POST", `/api/v1/mcp/servers/${name}/sign-in`);
    const granted = await fetch(page, { redirect: "manual" });
    const back = new URL(granted.headers.get("location"));
    await fetch(this.url + back.pathname + back.search, { redirect: "manual", headers: { Cookie: this.cookie } });
    return this.settled(name);
  }

  remove(name) {
    return this.request("DELETE", `/api/v1/mcp/servers/${name}`);
  }

  async tools(server) {
    const { items } = await this.json("GET", "/api/v1/tools?limit=100");
    return items.filter((tool) => tool.server === server);
  }

  /** The model calls a tool; gives its result. What the server asks meanwhile is answered with these values. */
  async call(server, tool, args, answers = {}) {
    await this.json("PATCH", `/api/v1/tools/${server}/${encodeURIComponent(tool)}`, { permission: "allow" });
    const { id } = await this.json("POST", "/api/v1/conversations", {});
    const content = `[[tool=${server}__${tool} args=${JSON.stringify(args)}]] [[echo Done.]]`;
    const body = { messages: [{ role: "user", content }], model: "claude-opus-5-5", conversation_id: id };
    const stream = await this.request("POST", "/api/v1/chat/stream", body);
    if (!stream.ok) throw new Error(`${stream.status} ${await stream.text()}`);
    let [turn, result] = [null, null];
    for await (const { event, data } of events(stream.body)) {
      if (event === "metadata") turn = data.turn_id;
      if (event === "elicitation") {
        const decision = { id: data.id, decision: "respond", answers, fingerprint: data.fingerprint };
        await this.json("POST", `/api/v1/chat/turns/${turn}/approvals`, decision);
      }
      if (event === "tool_result") result ??= data;
      if (event === "error") throw new Error(data.message);
    }
    return result;
  }
}

async function* events(body) {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const field = (name) => block.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      if (field("event")) yield { event: field("event"), data: JSON.parse(field("data")) };
    }
  }
}

export class Site extends Client {
  static async start() {
    const bin = process.env.VERTICE_BIN ?? join(built, "vertice");
    const upstream = await start(process.env.VERTICE_UPSTREAM_BIN ?? join(built, "vertice-upstream"), ["--addr", "127.0.0.1:0"], {});
    const data = mkdtempSync(join(tmpdir(), "vertice-mcp-"));
    // No page is looked at.
    mkdirSync(join(data, "site/pkg"), { recursive: true });
    for (const file of ["vertice.js", "vertice.wasm", "vertice.css"]) writeFileSync(join(data, "site/pkg", file), "");
    const env = { VERTICE_DATA_DIR: data, LEPTOS_SITE_ROOT: join(data, "site"), PATH: process.env.PATH };
    const admin = (...args) => execFileSync(bin, ["admin", ...args], { env, input: PASSWORD }).toString().trim();
    admin("user", "create", "--email", ADMIN, "--role", "admin", "--password-stdin");
    const token = admin("token", "create", "--email", ADMIN, "--name", "mcp");
    const server = await start(bin, [], {
      ...env, VERTICE_ADDR: "127.0.0.1:0", ANTHROPIC_API_KEY: "test-key", ANTHROPIC_BASE_URL: upstream.url, AUTO_TITLES: "false", ENABLE_SANDBOXING: "false",
      RATE_LIMIT_REQUESTS_PER_MINUTE: "100000", RATE_LIMIT_BURST: "100000",
    });
    const form = new URLSearchParams({ email: ADMIN, password: PASSWORD });
    const headers = { "Sec-Fetch-Site": "same-origin", Accept: "text/html" };
    const signed = await fetch(`${server.url}/sign-in`, { method: "POST", body: form, headers, redirect: "manual" });
    const cookie = signed.headers.getSetCookie().map((cookie) => cookie.split(";")[0]).join("; ");
    const site = new Site({ url: server.url, token, cookie });
    site.stop = async () => {
      await end(server);
      await end(upstream);
      rmSync(data, { recursive: true, force: true });
    };
    return site;
  }
}
