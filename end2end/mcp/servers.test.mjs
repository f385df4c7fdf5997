// The official MCP servers in real use: as programs of the product, called by a model.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { Site } from "./site.mjs";

const here = import.meta.dirname;
const npm = (name) => join(here, "node_modules/.bin", name);
const pip = (name) => join(process.env.MCP_PYTHON ?? resolve(here, "../../.tools/mcp"), "bin", name);
let site;
let folder;
before(async () => {
  site = await Site.start();
  folder = mkdtempSync(join(tmpdir(), "mcp-servers-"));
});
after(async () => {
  await site.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Node's own programs are run by the Node of these tests. */
const node = (name, ...args) => ({ command: process.execPath, args: [npm(name), ...args] });
const program = (name, ...args) => ({ command: pip(name), args });

async function added(name, { command, args, env = {} }) {
  const item = await site.add({ name, transport: "stdio", command, args, env });
  assert.equal(item.status, "connected", JSON.stringify(item));
  return item;
}

const ok = (result, pattern) => {
  assert.equal(result.is_error, false, result.content);
  assert.match(result.content, pattern);
};

test("official servers", { concurrency: 2 }, async (t) => {
  await Promise.all([
    t.test("filesystem", async () => {
      const item = await added("files", node("mcp-server-filesystem", folder));
      assert.equal(item.protocol_version, "2025-11-25");
      ok(await site.call("files", "write_file", { path: join(folder, "a.txt"), content: "milk" }), /wrote/);
      assert.equal(readFileSync(join(folder, "a.txt"), "utf8"), "milk");
      ok(await site.call("files", "read_text_file", { path: join(folder, "a.txt") }), /milk/);
      const outside = await site.call("files", "read_text_file", { path: "/etc/passwd" });
      assert.ok(outside.is_error && /Access denied/.test(outside.content), outside.content);
    }),
    t.test("everything", async () => {
      await added("every", node("mcp-server-everything", "stdio"));
      ok(await site.call("every", "echo", { message: "hello" }), /hello/);
      ok(await site.call("every", "get-sum", { a: 2, b: 3 }), /5/);
      ok(await site.call("every", "get-tiny-image", {}), /./);
      ok(await site.call("every", "trigger-long-running-operation", { duration: 1, steps: 2 }), /completed/);
      ok(await site.call("every", "trigger-elicitation-request", {}, { name: "Ann" }), /Ann/);
    }),
    t.test("memory", async () => {
      await added("memory", { ...node("mcp-server-memory"), env: { MEMORY_FILE_PATH: join(folder, "memory.jsonl") } });
      ok(await site.call("memory", "create_entities", { entities: [{ name: "Ann", entityType: "person", observations: ["is calm"] } ] }), /Ann/);
      ok(await site.call("memory", "search_nodes", { query: "calm" }), /Ann/);
    }),
    t.test("git", async () => {
      const repo = mkdtempSync(join(folder, "repo-"));
      const git = (...args) => execFileSync("git", ["-C", repo, "-c", "user.name=T", "-c", "user.email=t@example.com", ...args]);
      git("init", "-q");
      writeFileSync(join(repo, "a.txt"), "milk\n");
      git("add", "a.txt");
      git("commit", "-qm", "The first one");
      const item = await added("git", program("mcp-server-git", "--repository", repo));
      assert.equal(item.protocol_version, "2026-07-28");
      ok(await site.call("git", "git_log", { repo_path: repo }), /The first one/);
      ok(await site.call("git", "git_status", { repo_path: repo }), /clean|nothing to commit/);
    }),
    t.test("fetch", async () => {
      const web = createServer((_, answer) => answer.setHeader("Content-Type", "text/html").end("<h1>Fresh bread</h1><p>every day</p>"));
      await new Promise((done) => web.listen(0, "127.0.0.1", done));
      await added("fetch", program("mcp-server-fetch", "--allow-private-ips", "--ignore-robots-txt"));
      ok(await site.call("fetch", "fetch", { url: `http://127.0.0.1:${web.address().port}/` }), /Fresh bread/);
      web.close();
    }),
    t.test("time", async () => {
      await added("time", program("mcp-server-time", "--local-timezone", "UTC"));
      ok(await site.call("time", "get_current_time", { timezone: "UTC" }), /UTC/);
      const noon = { source_timezone: "UTC", time: "12:00", target_timezone: "Asia/Tokyo" };
      ok(await site.call("time", "convert_time", noon), /21:00/);
    }),
  ]);
});
