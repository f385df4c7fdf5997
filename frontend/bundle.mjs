/**
 * Bundles the runtime of previews and the editor, and packs each file as it will travel: `node frontend/bundle.mjs OUT`.
 * OUT/site is served, OUT/alone goes into files that stand alone, OUT/files.txt names what is served; OUT/hash.txt is the name
 * of it all, under which browsers keep it for ever.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
const site = join(out, "site");
const alone = join(out, "alone");
const preview = join(here, "preview");

const common = {
  bundle: true,
  minify: true,
  target: "es2022",
  platform: "browser",
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  absWorkingDir: dirname(here),
  define: { "process.env.NODE_ENV": '"production"' },
};

/** What previews load as plain scripts, since their origin is nobody's; React is one, and all others ask it of the registry. */
const LIBRARIES = ["react", "lucide-react", "recharts", "tailwind", "compile", "shoot"];

const oneReact = {
  name: "one-react",
  setup(build) {
    build.onResolve({ filter: /^react(-dom)?(\/.*)?$/ }, ({ path }) => ({ path, namespace: "registry" }));
    build.onLoad({ filter: /.*/, namespace: "registry" }, ({ path }) => ({ contents: `module.exports = globalThis.__rt[${JSON.stringify(path)}]` }));
  },
};

/** Other people's sources in which one statement must be another; that it is there once is checked. */
const edited = (filter, statement, instead, imports = "") => ({
  name: "edited",
  setup(build) {
    build.onLoad({ filter }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      if (text.split(statement).length !== 2) throw new Error(`${path} does not say "${statement}" once any more`);
      return { contents: imports + text.replace(statement, instead), loader: "js" };
    });
  },
});

/** Monaco makes its style sheets in one place; see editor/sheet.js. */
const constructedSheets = edited(
  /base[\\/]browser[\\/]domStylesheets\.js$/,
  "const style = document.createElement('style');",
  "const style = makeSheet();",
  `import { makeSheet } from ${JSON.stringify(join(here, "editor/sheet.js"))};\n`,
);

/** DOMPurify asks for a policy of its own, which no preview may have: being refused is an error in everybody's console. */
const noPolicy = edited(/dompurify[\\/]dist[\\/]purify\.es\.mjs$/, "trustedTypes = window.trustedTypes;", "trustedTypes = undefined;");

const library = (name, plugins, to) =>
  build({ ...common, legalComments: "inline", format: "iife", entryPoints: { [name]: join(preview, "libraries", `${name}.ts`) }, plugins, outdir: to });

function bundle() {
  return Promise.all([
    build({ ...common, format: "esm", entryPoints: { host: join(preview, "host.ts") }, outdir: site }),
    build({ ...common, format: "esm", entryPoints: { panel: join(here, "panel/panel.ts") }, external: ["./editor.js", "./host.js"], outdir: site }),
    build({ ...common, format: "esm", entryPoints: { palette: join(here, "palette/palette.ts") }, outdir: site }),
    build({ ...common, format: "iife", entryPoints: { frame: join(preview, "frame/main.ts") }, outdir: site }),
    ...LIBRARIES.map((name) => library(name, name === "react" ? [] : [oneReact], site)),
    library("mermaid", [noPolicy], alone),
    build({ ...common, format: "esm", splitting: true, entryPoints: { mermaid: "mermaid" }, chunkNames: "mermaid/[name]-[hash]", plugins: [noPolicy], outdir: site }),
    build({
      ...common,
      format: "esm",
      splitting: true,
      entryPoints: {
        editor: join(here, "editor/editor.ts"),
        "editor.worker": "monaco-editor/editor/editor.worker",
        "json.worker": "monaco-editor/language/json/json.worker",
      },
      chunkNames: "editor/[name]-[hash]",
      loader: { ".ttf": "file" },
      assetNames: "[name]",
      plugins: [constructedSheets],
      outdir: site,
    }),
  ]);
}

/** The packages that a bundle was made of, by their folders. */
function packagesOf(bundles) {
  const inputs = bundles.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  const folders = inputs.map((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  return [...new Set(folders.filter(Boolean))];
}

/** Whose work is in here, in the words that they ask for. */
async function licences(folders) {
  const told = await Promise.all(folders.map(licence));
  const packages = [...new Map(told.map((one) => [one.name, one])).values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  await writeFile(join(out, "packages.txt"), packages.map(({ name }) => `${name}\n`).join(""));
  await writeFile(join(site, "licences.txt"), packages.map(({ name, text }) => `${name}\n\n${text.trim()}\n`).join(`\n${"-".repeat(80)}\n\n`));
}

async function licence(path) {
  const folder = join(dirname(here), path);
  const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).find((file) => /^licen[cs]e/i.test(file));
  const text = file ? await readFile(join(folder, file), "utf8") : `${license}: its package brings no text of it.`;
  // One package says it in its file alone.
  const kind = (license ?? text.match(/MIT License/i)?.[0].slice(0, 3)).replace(/[()]/g, "");
  return { name: `${name} ${version} (${kind})`, text };
}

async function names(folder, below = "") {
  const entries = await readdir(join(folder, below), { withFileTypes: true });
  const found = await Promise.all(entries.map((entry) => (entry.isDirectory() ? names(folder, `${below}${entry.name}/`) : [`${below}${entry.name}`])));
  return found.flat().sort();
}

async function hashOf(paths) {
  const hash = createHash("sha256");
  for (const path of paths) hash.update(path).update(await readFile(join(site, path)));
  return hash.digest("hex").slice(0, 16);
}

/** Whether a text can stand between two tags of a script. */
function checkInline(name, text) {
  if (/<\/script|<!--/i.test(text)) throw new Error(`${name} would end the script that it stands in`);
  return text;
}

/** The documents that frames and files of their own are. */
async function documents(hash) {
  const text = (name) => readFile(join(preview, name), "utf8");
  const prelude = checkInline("prelude.js", (await text("prelude.js")).replace(/^\/\/.*\n/gm, "").trim());
  const frame = checkInline("frame.js", await readFile(join(site, "frame.js"), "utf8"));
  const fill = (document, values) => document.replace(/__([A-Z]+)__/g, (name, key) => values[key] ?? name);
  await writeFile(join(out, "shell.html"), fill(await text("shell.html"), { HASH: hash, PRELUDE: prelude }));
  await writeFile(join(out, "alone.html"), fill(await text("alone.html"), { PRELUDE: prelude, FRAME: frame }));
}

async function pack(path) {
  const bytes = await readFile(join(site, path));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  await writeFile(join(out, "packed", `${path}.br`), await promisify(brotliCompress)(bytes, { params }));
}

await rm(out, { recursive: true, force: true });
await licences(packagesOf(await bundle()));
// What lazy chunks would wear is a part of editor.css already, and nothing asks for it again.
const paths = (await names(site)).filter((path) => !/^editor\/.*\.css$/.test(path));
const hash = await hashOf(paths);
await documents(hash);
const packed = paths.filter((path) => [".js", ".css", ".txt"].includes(extname(path)));
for (const folder of new Set(packed.map((path) => dirname(path)))) await mkdir(join(out, "packed", folder), { recursive: true });
await Promise.all(packed.map(pack));
await writeFile(join(out, "files.txt"), paths.map((path) => `${path}\n`).join(""));
await writeFile(join(out, "hash.txt"), hash);
