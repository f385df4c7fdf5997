/**
 * The command palette and the list of shortcuts, loaded when their keys are pressed first (`app/src/document/palette.js`).
 * What they say comes with them, what they find from the server, and what they do the page does (`page.ts`).
 */
import { Dialog } from "./dialog";
import { shortcuts } from "./keys";
import { lastCopy } from "./page";
import type { Texts } from "./texts";

export function start(texts: Texts) {
  let list: HTMLDialogElement | undefined;
  const keys = (): void => {
    palette.close();
    if (list?.open) return list.close();
    list = shortcuts(texts);
    document.body.append(list);
    list.showModal();
  };
  const palette = new Dialog(texts, keys);
  const open = (): void => {
    list?.close();
    palette.toggle();
  };
  return { open, keys, copy: () => lastCopy(texts.page.copy!)?.click() };
}
