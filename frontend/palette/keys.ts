/** The list of shortcuts. It says what the page listens to, wherever that is. */
import { icon } from "./icons";
import { caps, type Texts } from "./texts";

type Line = [text: string, ...keys: string[]];

const LINES: [group: string, ...lines: Line[]][] = [
  [
    "keys_everywhere",
    ["key_palette", "mod+K"],
    ["keys", "mod+/"],
    ["new_chat", "mod+shift+O"],
    ["search", "mod+shift+F"],
    ["sidebar", "mod+shift+S"],
    ["key_escape", "Esc"],
    ["key_notices", "F8"],
  ],
  [
    "keys_writing",
    ["key_send", "enter"],
    ["key_line", "shift+enter"],
    ["model", "mod+shift+M"],
    ["key_edit", "↑"],
    ["key_prompts", "/"],
    ["key_resources", "@"],
  ],
  [
    "keys_reading",
    ["copy", "mod+shift+C"],
    ["key_next", "J"],
    ["key_previous", "K"],
    ["key_branch_next", "alt+→"],
    ["key_branch_previous", "alt+←"],
  ],
  ["keys_artifact", ["panel", "mod+."], ["key_save", "mod+S"]],
  ["keys_asked", ["key_once", "Y"], ["key_here", "C"], ["key_always", "A"], ["key_deny", "N"]],
];

export function shortcuts(texts: Texts): HTMLDialogElement {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog palette palette-keys";
  dialog.setAttribute("aria-labelledby", "palette-keys");
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn btn-ghost btn-icon btn-sm ml-auto";
  close.setAttribute("aria-label", texts.close!);
  close.append(icon("close"));
  close.onclick = () => dialog.close();
  const head = document.createElement("div");
  head.className = "flex items-center";
  head.append(Object.assign(document.createElement("h2"), { id: "palette-keys", className: "text-md font-semibold", textContent: texts.keys }), close);
  dialog.append(head, ...LINES.map(([group, ...lines]) => section(texts, group, lines)));
  dialog.addEventListener("keydown", (event) => event.key !== "Escape" || event.stopPropagation());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  return dialog;
}

function section(texts: Texts, group: string, lines: Line[]): HTMLElement {
  const part = document.createElement("section");
  const list = document.createElement("dl");
  for (const [text, ...keys] of lines) {
    const line = document.createElement("div");
    const all = document.createElement("dd");
    all.append(...keys.map(caps));
    line.append(Object.assign(document.createElement("dt"), { textContent: texts[text] }), all);
    list.append(line);
  }
  part.append(Object.assign(document.createElement("h3"), { className: "group-label", textContent: texts[group] }), list);
  return part;
}
