/** What the palette lists, and which of it fits. */
import { fit, fold } from "./match";

export type Kind = "commands" | "conversations" | "models" | "artifacts" | "tools" | "settings";
export const KINDS: Kind[] = ["commands", "conversations", "models", "artifacts", "tools", "settings"];

export interface Item {
  /** What it is remembered by. */
  key: string;
  kind: Kind;
  title: string;
  folded: string;
  /** What stands beside the title, and is looked through after it. */
  more?: string;
  foldedMore?: string;
  /** What stands at the end of the line, when it is shown. */
  note?: () => string;
  /** A combination of keys: `mod+shift+O`. */
  keys?: string;
  icon: string;
  /** Out of reach, but there. */
  off?: boolean;
  /** Where it leads; or what it does. */
  href?: () => string;
  run?: () => unknown;
}

export interface Found {
  item: Item;
  score: number;
}

/** How much was chosen lately counts for. */
const LATELY = 20;

export const item = (one: Omit<Item, "folded" | "foldedMore">): Item => {
  const made = one as Item;
  made.folded = fold(one.title);
  if (one.more) made.foldedMore = fold(one.more);
  return made;
};

function score(one: Item, words: string[]): number {
  const own = fit(one.folded, words);
  if (own >= 0 || one.foldedMore === undefined) return own;
  const both = fit(`${one.folded} ${one.foldedMore}`, words);
  return both < 0 ? both : Math.max(both - 30, 0);
}

/** The best of them, best first, at most so many; of equals the one that comes first. */
export function best(items: Iterable<Item>, words: string[], most: number, lately: Set<string>): Found[] {
  const found: Found[] = [];
  for (const one of items) {
    let points = score(one, words);
    if (points < 0) continue;
    if (lately.size && lately.has(one.key)) points += LATELY;
    if (found.length === most && points <= found[most - 1]!.score) continue;
    let place = found.length;
    while (place > 0 && found[place - 1]!.score < points) place--;
    found.splice(place, 0, { item: one, score: points });
    if (found.length > most) found.pop();
  }
  return found;
}
