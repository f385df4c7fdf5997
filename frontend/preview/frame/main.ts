/** The frame of a preview: hears what is to be shown, shows it, and tells the page what came of it. */
import { type Input, type ToFrame, type Wish, heedsTheme } from "../protocol";
import { capture, fail } from "./capture";
import { At } from "./graph";
import { hold, library } from "./library";
import * as html from "./html";
import * as mermaid from "./mermaid";
import * as react from "./react";
import * as svg from "./svg";
import { beat, hear, isAlone, tell } from "./wire";

let kind = "";
let shown: { turn: number; input: Input } | undefined;

const dress = (input: Input) => (document.documentElement.style.colorScheme = heedsTheme(input) ? input.theme : "light");

async function show(turn: number, input: Input): Promise<void> {
  kind = input.kind;
  shown = { turn, input };
  dress(input);
  document.documentElement.lang = "";
  try {
    if (kind === "html") html.show(input, () => hear(act));
    else if (kind === "react") await react.show(input);
    else if (kind === "svg") await svg.show(input);
    else if (kind === "mermaid") await mermaid.show(input);
    else throw new Error(`There is no preview of the kind ${kind}`);
  } catch (error) {
    if (!(error instanceof react.Told)) fail(error, error instanceof At ? { file: error.file, line: error.line } : undefined);
  }
  tell({ v: "shown", turn });
}

/** Other colours. Diagrams are drawn in them; a page is a document of its own, and heeds its frame; of all others the styles follow. */
async function themed(theme: string): Promise<void> {
  if (!shown || kind === "html") return;
  shown.input.theme = theme;
  if (kind === "mermaid") await show(shown.turn, shown.input);
  else dress(shown.input);
}

async function wished(wish: Wish): Promise<string> {
  if (wish === "screenshot") {
    await library("shoot");
    return globalThis.__rt.shoot();
  }
  if (kind !== "svg" && kind !== "mermaid") throw new Error("this is no drawing");
  return (kind === "svg" ? svg : mermaid)[wish]();
}

/** One after the other: what comes while something is drawn waits for it, be it an update or a wish for a picture of it. */
let last = Promise.resolve();

function act(message: ToFrame): void {
  if (message.v === "show") {
    const { turn, input } = message;
    last = last.then(() => show(turn, input));
  } else if (message.v === "theme") {
    last = last.then(() => themed(message.theme));
  } else if (message.v === "ask") {
    const { id, wish } = message;
    const answer = last.then(() => wished(wish));
    answer.then(
      (text) => tell({ v: "reply", id, ok: true, text }),
      (error) => tell({ v: "reply", id, ok: false, text: String(error).slice(0, 1_000) }),
    );
  }
}

function begin(): void {
  capture();
  if (isAlone) {
    const alone = JSON.parse(document.getElementById("__alone")!.textContent!);
    hold(alone.libraries);
    const input: Input = alone.input;
    input.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    void show(1, input);
  } else {
    hear(act);
    beat();
    tell({ v: "hello" });
  }
}

begin();
