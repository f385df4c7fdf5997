/** The kind `mermaid`: a diagram, drawn under the strictest of its settings; texts are SVG, so that it can become a picture. */
import type { Input } from "../protocol";
import { At } from "./graph";
import { address, isHeld, library } from "./library";
import { pngOf } from "./picture";
import { stage } from "./stage";

/** What a diagram may not set for itself: a style sheet, for one, could name addresses. */
const SECURE = ["secure", "securityLevel", "startOnLoad", "maxTextSize", "maxEdges", "themeCSS", "fontFamily", "altFontFamily", "htmlLabels", "suppressErrorRendering"];

const LIGHT = { background: "#ffffff", primaryColor: "#f8fafc", primaryTextColor: "#0f172a", primaryBorderColor: "#94a3b8", lineColor: "#64748b", secondaryColor: "#eff6ff", tertiaryColor: "#f1f5f9", edgeLabelBackground: "#ffffff" };
const DARK = { background: "#0f172a", primaryColor: "#17233c", primaryTextColor: "#f8fafc", primaryBorderColor: "#45566f", lineColor: "#94a3b8", secondaryColor: "#1e293b", tertiaryColor: "#16213a", edgeLabelBackground: "#0f172a" };

let drawn = 0;
let text = "";

async function mermaid(): Promise<any> {
  if (isHeld("mermaid")) return library("mermaid").then(() => globalThis.__rt.mermaid);
  return (await import(address("mermaid.js"))).default;
}

export async function show(input: Input): Promise<void> {
  const source = input.files.find(({ path }) => path === input.entry)?.content ?? "";
  const drawer = await mermaid();
  const isDark = input.theme === "dark";
  drawer.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    secure: SECURE,
    suppressErrorRendering: true,
    htmlLabels: false,
    flowchart: { htmlLabels: false },
    theme: "base",
    themeVariables: { darkMode: isDark, ...(isDark ? DARK : LIGHT) },
    fontFamily: "ui-sans-serif, system-ui, sans-serif",
  });
  try {
    text = (await drawer.render(`diagram${++drawn}`, source)).svg;
  } catch (error) {
    const { message } = error as Error;
    throw new At(message, input.entry, Number(/line (\d+)/i.exec(message)?.[1] ?? 1));
  }
  stage().innerHTML = text;
  text = new XMLSerializer().serializeToString(stage().querySelector("svg")!);
}

export const svg = async () => text;
export const png = () => pngOf(text);
