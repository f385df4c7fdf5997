/** Compiles a source for a preview: types and JSX go, imports become `require`, loops get a guard. Lines stay where they are. */
import { parse } from "acorn";
import { transform } from "sucrase";

export interface Result {
  code: string;
  /** The names that it imports. */
  imports: string[];
  fault?: { message: string; line: number };
}

interface Node {
  type: string;
  start: number;
  end: number;
  body?: Node | Node[];
}

const LOOPS = new Set(["ForStatement", "ForInStatement", "ForOfStatement", "WhileStatement", "DoWhileStatement"]);

const known = new Map<string, Result>();

function compile(path: string, source: string): Result {
  const key = `${path}\n${source}`;
  const result = known.get(key) ?? compiled(path, source);
  if (known.size > 500) known.clear();
  known.set(key, result);
  return result;
}

function compiled(path: string, source: string): Result {
  try {
    const code = guarded(transformed(path, source));
    const imports = [...code.matchAll(/\brequire\((['"])([^'"]+)\1\)/g)].map((found) => found[2]);
    return { code, imports: [...new Set(imports)] };
  } catch (error) {
    const { message, loc } = error as Error & { loc?: { line: number } };
    return { code: "", imports: [], fault: { message, line: loc?.line ?? 0 } };
  }
}

function transformed(path: string, source: string): string {
  return transform(source, {
    transforms: ["typescript", "jsx", "imports"],
    jsxRuntime: "automatic",
    production: true,
    disableESTransforms: true,
    filePath: path,
  }).code;
}

/** The same code, in which every body of a loop asks the guard first. */
function guarded(code: string): string {
  const inserts: [number, string][] = [];
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(walk);
    if (typeof node !== "object" || node === null || !("type" in node)) return;
    const found = node as Node;
    if (LOOPS.has(found.type)) guard(found.body as Node, inserts);
    for (const value of Object.values(node)) if (typeof value === "object") walk(value);
  };
  walk(parse(code, { ecmaVersion: "latest", sourceType: "script", allowReturnOutsideFunction: true, allowAwaitOutsideFunction: true }));
  inserts.sort(([one], [other]) => one - other);
  let from = 0;
  const pieces = inserts.map(([at, insert]) => code.slice(from, (from = at)) + insert);
  return pieces.join("") + code.slice(from);
}

function guard(body: Node, inserts: [number, string][]): void {
  if (body.type === "BlockStatement") inserts.push([body.start + 1, ";__g();"]);
  else inserts.push([body.start, "{__g();"], [body.end, "}"]);
}

globalThis.__rt.compile = compile;
