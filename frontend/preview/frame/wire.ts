/** The frame's end of the wire. What it needs is taken before anybody's code runs, since that may replace every global. */
import type { FromFrame, ToFrame } from "../protocol";

/** Whether this is a file of its own, which nobody feeds. */
export const isAlone = window.parent === window;

const page = window.parent;
const post = page.postMessage.bind(page);
const listen = window.addEventListener.bind(window);
const every = window.setInterval.bind(window);

/** How often the frame says that it is alive, in milliseconds. */
const BEAT = 250;

export function tell(message: FromFrame): void {
  if (!isAlone) post(message, "*");
}

/** Hears the page, until the document is written anew. */
export function hear(act: (message: ToFrame) => void): void {
  if (isAlone) return;
  listen("message", (event) => {
    if (event.source === page) act(event.data);
  });
}

export function beat(): void {
  if (!isAlone) every(() => tell({ v: "beat" }), BEAT);
}
