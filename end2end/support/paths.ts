import { existsSync, statSync } from "node:fs";
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
  const named = process.env[variable];
  if (named) return named;
  const built = ["release", "debug"].map((profile) => join(root, "target", profile, name)).filter((path) => existsSync(path));
  const [newest] = built.sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs);
  if (!newest) throw new Error(`${name} is not built. Run cargo xtask build --release, or set ${variable}.`);
  return newest;
}
