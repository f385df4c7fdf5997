import { execFileSync } from "node:child_process";
import { root } from "./paths";

/** Builds the scripted provider and the server with scripted tools, where `cargo xtask test` has not done it: for `cargo leptos end-to-end`. */
export default function setup(): void {
  const build = (args: string[]) => execFileSync("cargo", ["build", ...args], { cwd: root, stdio: "inherit" });
  if (!process.env.VERTICE_UPSTREAM_BIN) build(["-p", "vertice-testkit", "--bin", "vertice-upstream"]);
  if (!process.env.VERTICE_MCP_BIN) build(["-p", "vertice-testkit", "--bin", "vertice-scripted-mcp"]);
  if (!process.env.VERTICE_TOOLS_BIN) build(["--workspace", "--exclude", "vertice-frontend", "--example", "with_tools"]);
}
