import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { binary, root } from "./paths";

/** Starts a program and waits for the line that tells its address. */
async function start(path: string, args: string[], env: Record<string, string>): Promise<[ChildProcess, string]> {
  const child = spawn(path, args, { env: { PATH: process.env.PATH ?? "", ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const lines: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    const look = (line: string) => {
      lines.push(line);
      const match = line.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (match) resolve(match[0]);
    };
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream! }).on("line", look);
    child.once("exit", (code) => reject(new Error(`${path} ended with ${code}:\n${lines.join("\n")}`)));
  });
  return [child, url];
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill(signal);
  await ended;
}

/** The scripted upstream, which speaks the providers' wire formats. */
export class Upstream {
  private constructor(private child: ChildProcess, readonly url: string) {}

  static async start(): Promise<Upstream> {
    return new Upstream(...(await start(binary("VERTICE_UPSTREAM_BIN", "vertice-upstream"), ["--addr", "127.0.0.1:0", "--models", "claude-haiku-5-5,claude-sonnet-5-5,claude-opus-5-5"], {})));
  }

  stop = () => stop(this.child, "SIGKILL");
}

/** The product itself, with a data directory of its own. */
export class Server {
  readonly dataDir = mkdtempSync(join(tmpdir(), "vertice-e2e-"));
  private child?: ChildProcess;
  url = "";

  /** `program`: another one than the product, on the same wiring. */
  constructor(private env: Record<string, string>, private program?: string) {}

  /** A server that offers scripted tools. */
  static withTools = (env: Record<string, string>) => new Server(env, binary("VERTICE_TOOLS_BIN", join("examples", "with_tools")));

  /** Starts, on the same port as before if it ran already. */
  async start(): Promise<void> {
    const addr = this.url ? this.url.replace("http://", "") : "127.0.0.1:0";
    const env = { RUST_LOG: "info", LEPTOS_SITE_ROOT: join(root, "target/site"), RATE_LIMIT_REQUESTS_PER_MINUTE: "6000", RATE_LIMIT_BURST: "600", AUTO_TITLES: "false", ENABLE_SANDBOXING: "false", ...this.env };
    [this.child, this.url] = await start(this.program ?? this.bin(), [], { ...env, VERTICE_ADDR: addr, VERTICE_DATA_DIR: this.dataDir });
  }

  kill = () => stop(this.child!, "SIGKILL");

  async destroy(): Promise<void> {
    await stop(this.child!, "SIGTERM");
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** Makes an account from the console, as an operator would. */
  createUser(email: string, password: string, role = "user"): void {
    const args = ["admin", "user", "create", "--email", email, "--role", role, "--password-stdin"];
    execFileSync(this.bin(), args, { input: password, env: { PATH: process.env.PATH ?? "", VERTICE_DATA_DIR: this.dataDir } });
  }

  /** Makes an API token from the console. */
  createToken(email: string): string {
    const args = ["admin", "token", "create", "--email", email, "--name", "e2e"];
    const env = { PATH: process.env.PATH ?? "", VERTICE_DATA_DIR: this.dataDir };
    return execFileSync(this.bin(), args, { env }).toString().trim();
  }

  private bin = () => binary("VERTICE_BIN", "vertice");
}
