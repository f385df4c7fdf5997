/** The files that somebody has looked at in this tab of the browser. */
import { nameOf, type Root } from "./parts";

const MOST = 12;

type Tab = [id: string, path: string];

const key = (root: Root): string => `artifact-tabs:${root.conversation}`;

function kept(root: Root): Tab[] {
  try {
    return JSON.parse(sessionStorage.getItem(key(root)) ?? "[]");
  } catch {
    return [];
  }
}

export function draw(root: Root, place: HTMLElement): void {
  const there = new Map([...root.element.querySelectorAll<HTMLElement>("[data-file]")].map((item) => [item.dataset.id!, item.dataset.file!]));
  const tabs = kept(root).filter(([id]) => there.has(id));
  if (!tabs.some(([id]) => id === root.id)) tabs.push([root.id, root.said("path")]);
  const shown = tabs.slice(-MOST);
  const keep = (tabs: Tab[]) => sessionStorage.setItem(key(root), JSON.stringify(tabs));
  keep(shown);
  place.replaceChildren(
    ...shown.map(([id]) => {
      const tab = document.createElement("span");
      tab.className = id === root.id ? "tab is-active" : "tab";
      const link = document.createElement("a");
      link.href = `/c/${root.conversation}?artifact=${id}&view=code`;
      link.dir = "auto";
      link.textContent = nameOf(there.get(id) ?? "");
      if (id === root.id) link.setAttribute("aria-current", "page");
      tab.append(link);
      if (id === root.id && shown.length > 1) {
        const close = document.createElement("button");
        close.type = "button";
        close.className = "btn btn-ghost btn-icon btn-sm";
        close.setAttribute("aria-label", `${place.dataset.closeLabel ?? "×"} ${nameOf(there.get(id) ?? "")}`);
        close.textContent = "×";
        close.onclick = () => {
          const rest = shown.filter(([other]) => other !== id);
          keep(rest);
          root.open(rest.at(-1)![0]);
        };
        tab.append(close);
      }
      return tab;
    }),
  );
}
