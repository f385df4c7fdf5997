/** What can be done from the palette. Each of them works, or is not offered. */
import { item, type Item } from "./items";
import * as page from "./page";
import type { Texts } from "./texts";

/** What has to be known of the open conversation; none: it is not known yet. */
export interface Open {
  isPinned?: boolean;
}

interface Command {
  name: string;
  icon: string;
  keys?: string;
  /** Whether it can be done here and now. */
  when?: () => unknown;
  href?: string;
  run?: () => unknown;
}

const EXPORTS = ["markdown", "json", "html"];
const isDark = () => document.documentElement.classList.contains("dark");
const theme = () => /(?:^|; )theme=(\w+)/.exec(document.cookie)?.[1] ?? "system";
/** The panel that the address asks for. */
const shows = (side: string) => new URLSearchParams(location.search).has(side);
const toggle = (side: string) => page.go(`/c/${page.conversation()}${shows(side) ? "" : `?${side}`}`);

function all(texts: Texts, open: Open, shortcuts: () => void): Command[] {
  const words = texts.page;
  const here = page.conversation;
  return [
    { name: "new_chat", icon: "pen", keys: "mod+shift+O", href: "/" },
    { name: "search", icon: "search", keys: "mod+shift+F", run: () => page.press("f", true) },
    { name: "stop", icon: "stop", keys: "Esc", when: () => page.button(words.stop!), run: () => page.button(words.stop!)?.click() },
    { name: "copy", icon: "copy", keys: "mod+shift+C", when: () => page.lastCopy(words.copy!), run: () => page.lastCopy(words.copy!)?.click() },
    { name: "model", icon: "model", keys: "mod+shift+M", when: page.picker, run: () => page.press("m", true) },
    { name: "panel", icon: "layers", keys: "mod+.", when: here, run: () => toggle("artifact") },
    { name: "files", icon: "folder", when: () => here() && document.querySelector(".runs-code"), run: () => toggle("files") },
    { name: "rename", icon: "pen", when: () => page.titleMenu()?.checkVisibility(), run: () => page.ofConversation(words.rename!, true) },
    { name: "pin", icon: "pin", when: () => page.titleMenu() && open.isPinned === false, run: () => page.ofConversation(words.pin!) },
    { name: "unpin", icon: "pin", when: () => page.titleMenu() && open.isPinned, run: () => page.ofConversation(words.unpin!) },
    ...EXPORTS.map((format) => ({
      name: format,
      icon: "download",
      when: here,
      run: () => page.go(`/api/v1/conversations/${here()}/export?format=${format}`, { save: true }),
    })),
    { name: "delete", icon: "trash", when: page.titleMenu, run: () => page.ofConversation(words.delete!, true) },
    { name: "sidebar", icon: "panel", keys: "mod+shift+S", run: () => page.press("s", true) },
    { name: "to_dark", icon: "theme", when: () => !isDark(), run: () => page.ofAccount(words.dark!) },
    { name: "to_light", icon: "theme", when: isDark, run: () => page.ofAccount(words.light!) },
    { name: "to_system", icon: "theme", when: () => theme() !== "system", run: () => page.ofAccount(words.system!) },
    { name: "usage", icon: "gauge", href: "/usage" },
    { name: "import", icon: "upload", run: () => page.go("/import", { leave: true }) },
    { name: "keys", icon: "keyboard", keys: "mod+/", run: shortcuts },
    { name: "sign_out", icon: "leave", run: () => page.ofAccount(words.sign_out!) },
  ];
}

/** What can be done here and now. */
export function commands(texts: Texts, open: Open, shortcuts: () => void): Item[] {
  const can = all(texts, open, shortcuts).filter(({ when }) => !when || when());
  return can.map(({ name, icon, keys, href, run }) =>
    item({ key: `do:${name}`, kind: "commands", title: texts[name]!, icon, keys, href: href === undefined ? undefined : () => href, run }),
  );
}

/** The pages of the settings; the server's is for admins. */
export const settings = (texts: Texts, isAdmin: boolean): Item[] =>
  ["appearance", "models", "tools", "account", "tokens", ...(isAdmin ? ["server"] : [])].map((tab) =>
    item({ key: `set:${tab}`, kind: "settings", title: texts[`set_${tab}`]!, more: texts.settings, icon: "settings", href: () => `/settings?tab=${tab}` }),
  );
