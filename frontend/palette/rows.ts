/** The lines of the palette, in their groups. */
import { icon } from "./icons";
import type { Item } from "./items";
import { fit } from "./match";
import { caps, named } from "./texts";

export interface Group {
  title?: string;
  items: Item[];
}

export const idOf = (place: number): string => `palette-${place}`;

/** The number of the line that something happened to. */
export function line(event: Event): number | undefined {
  const id = (event.target as Element).closest("[role=option]")?.id;
  return id ? Number(id.slice(idOf(0).length - 1)) : undefined;
}

export function draw(list: HTMLElement, groups: Group[], words: string[]): void {
  let place = 0;
  const drawn = groups.map(({ title, items }) => {
    const group = document.createElement("div");
    group.setAttribute("role", "group");
    if (title) {
      group.setAttribute("aria-label", title);
      const head = Object.assign(document.createElement("div"), { className: "group-label", textContent: title });
      head.setAttribute("aria-hidden", "true");
      group.append(head);
    }
    group.append(...items.map((item) => row(item, idOf(place++), words)));
    return group;
  });
  list.replaceChildren(...drawn);
}

function row(item: Item, id: string, words: string[]): HTMLElement {
  const option = document.createElement("div");
  option.id = id;
  option.className = "menu-item";
  option.setAttribute("role", "option");
  option.setAttribute("aria-selected", "false");
  if (item.off) option.setAttribute("aria-disabled", "true");
  option.append(icon(item.icon), text("palette-title", item.title, item.folded, words));
  if (item.more) option.append(text("palette-more", item.more, item.foldedMore!, words));
  const note = item.note?.();
  if (note) option.append(Object.assign(document.createElement("span"), { className: "palette-note", textContent: note }));
  if (item.keys) {
    option.setAttribute("aria-keyshortcuts", named(item.keys));
    const keys = caps(item.keys);
    keys.setAttribute("aria-hidden", "true");
    keys.classList.add("palette-caps");
    option.append(keys);
  }
  return option;
}

/** A text with marks on the letters that were looked for. */
function text(className: string, whole: string, folded: string, words: string[]): HTMLElement {
  const place = document.createElement("span");
  place.className = className;
  place.dir = "auto";
  const marks: number[] = [];
  // Each word stands in the title or beside it.
  for (const word of words) fit(folded, [word], marks);
  const marked = new Set(marks);
  for (let at = 0; at < whole.length; ) {
    let end = at + 1;
    while (end < whole.length && marked.has(end) === marked.has(at)) end++;
    const piece = whole.slice(at, end);
    place.append(marked.has(at) ? Object.assign(document.createElement("mark"), { className: "hit", textContent: piece }) : piece);
    at = end;
  }
  return place;
}
