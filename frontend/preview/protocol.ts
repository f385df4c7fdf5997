/** What passes between a preview's frame and the page. Both sides are built from this; neither trusts what it is told by the other. */

/** A file of the conversation. */
export interface File {
  path: string;
  kind: string;
  content: string;
}

/** What is to be shown. */
export interface Input {
  /** The path of the file that is looked at. */
  entry: string;
  /** `html`, `react`, `svg` or `mermaid`. */
  kind: string;
  /** `light` or `dark`. */
  theme: string;
  files: File[];
}

/** A line of the console; `blocked` is what the frame's policy refused. */
export interface Line {
  level: "log" | "info" | "warn" | "error" | "debug" | "blocked";
  text: string;
  file: string;
  line: number;
}

export interface Fault {
  message: string;
  file: string;
  line: number;
  stack: string;
}

/** What may be asked of what is shown: a picture of it all, the drawing itself, a picture of the drawing. */
export type Wish = "screenshot" | "svg" | "png";

export type ToFrame = { v: "show"; turn: number; input: Input } | { v: "theme"; theme: string } | { v: "ask"; id: number; wish: Wish };

export type FromFrame =
  | { v: "hello" }
  | { v: "beat" }
  /** The document is about to be written anew, which the page sees as one more `load`. */
  | { v: "writing" }
  | { v: "shown"; turn: number }
  | ({ v: "console" } & Line)
  | ({ v: "error" } & Fault)
  | { v: "reply"; id: number; ok: boolean; text: string };

/** The most characters of a text, a stack or a message. */
export const MOST_CHARS = 10_000;

/** Whether what is shown heeds the theme by itself; what does not is shown on white, as it was made. */
export function heedsTheme(input: Input): boolean {
  const drawn = input.kind === "mermaid" || input.kind === "svg";
  return drawn || input.files.some(({ content }) => /prefers-color-scheme|color-scheme:|\bdark:/.test(content));
}
