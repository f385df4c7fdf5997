/** What the palette says, as the server gives it, and how keys are written. */

export type Texts = Record<string, string> & { page: Record<string, string> };

export const fill = (text: string, values: Record<string, string>): string => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

export const isMac = /Macintosh|iPhone|iPad/.test(navigator.userAgent);
const MAC: Record<string, string> = { mod: "⌘", shift: "⇧", alt: "⌥" };
const OTHERS: Record<string, string> = { mod: "Ctrl", shift: "Shift", alt: "Alt" };

/** What stands on a key. */
const cap = (key: string): string => (isMac ? MAC : OTHERS)[key] ?? (key === "enter" ? "↵" : key);

/** The caps of a combination. */
export function caps(keys: string): HTMLElement {
  const all = document.createElement("span");
  all.className = "inline-flex gap-0.5";
  for (const key of keys.split("+")) all.append(Object.assign(document.createElement("kbd"), { className: "kbd", textContent: cap(key) }));
  return all;
}

/** The same as programs name it. */
export const named = (keys: string): string =>
  keys.split("+").map((key) => ({ mod: isMac ? "Meta" : "Control", shift: "Shift", alt: "Alt" })[key] ?? key).join("+");
