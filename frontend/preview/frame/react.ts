/** The kind `react`: compiles the entry and what it imports, and draws its component. State does not survive an update. */
import type { Input } from "../protocol";
import { fail } from "./capture";
import { type Graph, graphOf, isPackage, resolve } from "./graph";
import { calm } from "./guard";
import { library } from "./library";
import { run } from "./run";

type Factory = (require: (name: string) => unknown, exports: object, module: { exports: any }) => void;

declare global {
  var __def: (path: string, factory: Factory) => void;
}

const factories = new Map<string, Factory>();
globalThis.__def = (path, factory) => void factories.set(path, factory);

let root: { render(node: unknown): void } | undefined;

export async function show(input: Input): Promise<void> {
  await Promise.all(["react", "compile", "tailwind"].map(library));
  const graph = graphOf(input.entry, input.files);
  await Promise.all([...graph.libraries].map(library));
  calm();
  define(graph);
  styles(graph);
  await draw(component(input, graph));
}

function define({ modules }: Graph): void {
  factories.clear();
  for (const { path, code } of modules) {
    run(`__def(${JSON.stringify(path)},function(require,exports,module){${code}\n});\n//# sourceURL=${encodeURI(path)}`);
    // The engine has told why.
    if (!factories.has(path)) throw new Told();
  }
}

/** What failed was told already. */
export class Told extends Error {}

function styles({ styles }: Graph): void {
  document.querySelectorAll("style[data-file]").forEach((old) => old.remove());
  for (const { path, content } of styles) {
    const style = document.createElement("style");
    style.dataset.file = path;
    if (/@(theme|apply|layer|utility|variant|custom-variant|import\s+["']tailwindcss)/.test(content)) style.type = "text/tailwindcss";
    style.textContent = content;
    document.head.append(style);
  }
}

/** What the entry exports to be drawn: its default, else `App`, else its only function. */
function component(input: Input, graph: Graph): unknown {
  const paths = new Set([...graph.modules, ...graph.styles].map(({ path }) => path));
  const modules = new Map<string, { exports: any }>();
  const load = (path: string): any => {
    if (path.endsWith(".css")) return {};
    const known = modules.get(path);
    if (known) return known.exports;
    const module = { exports: {} };
    modules.set(path, module);
    const require = (name: string) => (isPackage(name) ? globalThis.__rt[name] : load(resolve(path, name, paths)!));
    factories.get(path)!(require, module.exports, module);
    return module.exports;
  };
  const found = load(input.entry);
  const functions = Object.keys(found).filter((name) => typeof found[name] === "function");
  const chosen = found.default ?? found.App ?? (functions.length === 1 ? found[functions[0]] : undefined);
  if (!chosen) throw new Error(`${input.entry} exports no component: write "export default function App() { … }"`);
  return chosen;
}

/** What hangs is not waited for: the next update must not. */
const PATIENCE = 3_000;

/** Draws, and ends when that is on the screen or has failed. */
function draw(component: unknown): Promise<void> {
  const { createElement, useEffect } = globalThis.__rt.react;
  return new Promise((done) => {
    const failed = (error: unknown, info: { componentStack?: string }) => {
      fail(error, undefined, info.componentStack ?? "");
      done();
    };
    const Shown = () => {
      useEffect(done, []);
      return createElement(component);
    };
    root ??= globalThis.__rt["react-dom/client"].createRoot(mount(), {
      onUncaughtError: (error: unknown, info: { componentStack?: string }) => trouble(error, info),
    });
    trouble = failed;
    root!.render(createElement(Shown));
    setTimeout(done, PATIENCE);
  });
}

let trouble: (error: unknown, info: { componentStack?: string }) => void = fail;

function mount(): Element {
  const place = document.createElement("div");
  place.id = "root";
  document.body.append(place);
  return place;
}
