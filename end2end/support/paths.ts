import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The project's root, found from this folder. */
export const root = dirname(dirname(__dirname));

/** The Chromium to drive: CHROME_PATH, else where distributions put it. */
export function chromePath(): string {
  const candidates = [process.env.CHROME_PATH, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const found = candidates.find((path) => path && existsSync(path));
  if (!found) throw new Error("Chromium was not found. Install it, or set CHROME_PATH to its executable.");
  return found;
}

/** A binary of the project: the variable, else the newest build. */
export function binary(variable: string, name: string): string {
  const candidates = [process.env[variable], join(root, "target/release", name), join(root, "target/debug", name)];
  const found = candidates.find((path) => path && existsSync(path));
  if (!found) throw new Error(`${name} is not built. Run cargo xtask build --release, or set ${variable}.`);
  return found;
}
