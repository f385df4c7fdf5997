import { execFileSync } from "node:child_process";
import { root } from "./paths";

/** Builds the scripted provider, where `cargo xtask test` has not done it: for `cargo leptos end-to-end`. */
export default function setup(): void {
  if (process.env.VERTICE_UPSTREAM_BIN) return;
  execFileSync("cargo", ["build", "-p", "vertice-testkit", "--bin", "vertice-upstream"], { cwd: root, stdio: "inherit" });
}
