/** How the palette has the page do things: by its links, its keys and its own buttons. */
import { isMac } from "./texts";

/** How long something of the page may take to come (ms). */
const PATIENCE = 3_000;

/** Goes where a link of the page would lead: the page's router takes it. `leave`: to where it has no page. */
export function go(href: string, how: { leave?: boolean; save?: boolean } = {}): void {
  const link = document.createElement("a");
  link.href = href;
  link.hidden = true;
  if (how.leave) link.rel = "external";
  if (how.save) link.download = "";
  document.body.append(link);
  link.click();
  link.remove();
}

/** Presses keys: with Command or Control, and Shift where it is said. */
export function press(key: string, shiftKey = false): void {
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, ctrlKey: !isMac, metaKey: isMac, bubbles: true, cancelable: true }));
}

/** What is there, or comes soon. */
export async function until<T>(find: () => T | null | undefined): Promise<T> {
  const start = performance.now();
  for (;;) {
    const found = find();
    if (found) return found;
    if (performance.now() - start > PATIENCE) throw new Error("The page did not show what the palette was to press.");
    await new Promise(requestAnimationFrame);
  }
}

const inMain = (selector: string): HTMLElement | null => document.querySelector<HTMLElement>(`#main ${selector}`);

/** The conversation that is open. */
export const conversation = (): string | undefined => /^\/c\/([0-9a-f-]{36})/.exec(location.pathname)?.[1];
/** The menu above it, and the account's. */
export const titleMenu = (): HTMLElement | null => (conversation() ? inMain("header [aria-haspopup=menu]") : null);
const accountMenu = (): HTMLElement | undefined => [...document.querySelectorAll<HTMLElement>(".sidebar [aria-haspopup=menu]")].at(-1);
export const picker = (): HTMLElement | null => inMain("form [aria-haspopup=listbox]");
export const button = (label: string): HTMLElement | null => inMain(`form button[aria-label="${label}"]`);
/** The button that copies the newest answer. */
export const lastCopy = (label: string): HTMLElement | undefined =>
  [...document.querySelectorAll<HTMLElement>(`#main .turn [role=toolbar] > button[aria-label="${label}"]`)].at(-1);

const called = (element: Element): string => element.getAttribute("aria-label") ?? element.textContent!.trim();

/** Opens a menu unseen and chooses from it. The focus goes back to where it was, unless the choice takes it elsewhere. */
async function choose(menu: HTMLElement | null | undefined, label: string, keepsFocus = false): Promise<void> {
  const before = document.activeElement as HTMLElement | null;
  const root = document.documentElement.classList;
  root.add("palette-works");
  try {
    if (menu?.getAttribute("aria-expanded") !== "true") menu?.click();
    const found = await until(() => [...document.querySelectorAll<HTMLElement>("[role=menu] [role^=menuitem]")].find((one) => called(one) === label));
    found.click();
    // Choosing a theme leaves the menu open.
    for (const open of document.querySelectorAll<HTMLElement>("[role=menu]:popover-open")) open.hidePopover();
  } finally {
    root.remove("palette-works");
  }
  if (!keepsFocus) before?.focus();
}

export const ofConversation = (label: string, keepsFocus = false): Promise<void> => choose(titleMenu(), label, keepsFocus);
export const ofAccount = (label: string): Promise<void> => choose(accountMenu(), label);

/** Has the composer ask this model from now on. */
export async function choosesModel(id: string): Promise<void> {
  if (!picker()) go("/");
  await until(picker);
  press("m", true);
  (await until(() => document.getElementById(`model-${id}`))).click();
}

/** Looks for words in all messages: the sidebar's search does. */
export async function searches(query: string): Promise<void> {
  press("f", true);
  const field = await until(() => (document.activeElement?.id === "sidebar-search" ? (document.activeElement as HTMLInputElement) : null));
  field.value = query;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
