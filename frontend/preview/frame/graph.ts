/** Finds the files that an entry needs, compiles them, and says plainly what is not there. */
import type { File } from "../protocol";

/** What an import may leave out, in the order in which it is looked for. */
const ENDINGS = ["", ".tsx", ".ts", ".jsx", ".js", ".json", ".css", "/index.tsx", "/index.ts", "/index.jsx", "/index.js"];

/** The library that brings each package. */
const PACKAGES: Record<string, string> = {
  react: "react",
  "react-dom": "react",
  "react-dom/client": "react",
  "react/jsx-runtime": "react",
  "lucide-react": "lucide-react",
  recharts: "recharts",
};

export interface Compiled {
  path: string;
  code: string;
}

export interface Graph {
  modules: Compiled[];
  styles: File[];
  libraries: Set<string>;
}

/** An error with its place in a file. */
export class At extends Error {
  constructor(message: string, readonly file: string, readonly line: number) {
    super(message);
  }
}

export const isPackage = (name: string) => Object.hasOwn(PACKAGES, name);

/** The path that an import means, of those that there are. */
export function resolve(from: string, name: string, paths: Set<string>): string | undefined {
  const parts = name.startsWith("@/") ? name.slice(2).split("/") : [...from.split("/").slice(0, -1), ...name.split("/")];
  const way: string[] = [];
  for (const part of parts) {
    if (part === "..") way.pop();
    else if (part !== "." && part !== "") way.push(part);
  }
  const path = way.join("/");
  // "@/" is the root of the sources, which may be a folder of its own.
  const roots = name.startsWith("@/") ? ["", "src/"] : [""];
  return roots.flatMap((root) => ENDINGS.map((ending) => root + path + ending)).find((found) => paths.has(found));
}

export function graphOf(entry: string, files: File[]): Graph {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const graph: Graph = { modules: [], styles: [], libraries: new Set() };
  const waiting = [entry];
  const seen = new Set(waiting);
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const file = byPath.get(path);
    if (!file) throw new At(`${path} is not there`, path, 0);
    if (path.endsWith(".css")) graph.styles.push(file);
    for (const needed of path.endsWith(".css") ? [] : compiled(file, graph)) {
      const found = wanted(file, needed, new Set(byPath.keys()), graph);
      if (found && !seen.has(found)) waiting.push(found), seen.add(found);
    }
  }
  return graph;
}

/** Compiles a file into the graph and gives what it imports. */
function compiled(file: File, graph: Graph): string[] {
  if (file.path.endsWith(".json")) {
    graph.modules.push({ path: file.path, code: `module.exports = ${JSON.stringify(parsed(file))}` });
    return [];
  }
  const { code, imports, fault } = globalThis.__rt.compile(file.path, file.content);
  if (fault) throw new At(fault.message, file.path, fault.line);
  graph.modules.push({ path: file.path, code });
  return imports;
}

function parsed(file: File): unknown {
  try {
    return JSON.parse(file.content);
  } catch (error) {
    throw new At(`${file.path} is not JSON: ${(error as Error).message}`, file.path, 1);
  }
}

function wanted(file: File, name: string, paths: Set<string>, graph: Graph): string | undefined {
  if (isPackage(name)) return void graph.libraries.add(PACKAGES[name]);
  const isOwn = /^(\.|@\/)/.test(name);
  const found = isOwn ? resolve(file.path, name, paths) : undefined;
  if (found) return found;
  const line = file.content.split("\n").findIndex((row) => row.includes(`"${name}"`) || row.includes(`'${name}'`)) + 1;
  const there = isOwn ? [...paths].sort().slice(0, 30) : Object.keys(PACKAGES);
  const what = isOwn ? "no such file. There are" : "no such package. Available are";
  throw new At(`Cannot import "${name}": ${what} ${there.join(", ")}`, file.path, line);
}
