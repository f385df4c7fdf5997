/** What the palette finds beside commands: one answer of the server, kept in memory. */
import { item, type Item, type Kind } from "./items";
import { choosesModel } from "./page";
import type { Texts } from "./texts";

/** As long as what is known counts as new (ms). */
const FRESH = 30_000;
const DAY = 86_400_000;
const ID = 22;
const END = "\x7f";

interface Answer {
  hash: string;
  found: Found | null;
}

interface Found {
  admin: boolean;
  conversations: { ids: string; titles: string; days: [day: number, count: number][]; pinned: number[]; archived: number[] };
  models: [id: string, name: string, provider: string, available: boolean][];
  artifacts: [id: string, title: string, path: string, conversation: string][];
  tools: [name: string, server: string][];
}

/** An id as addresses write it. */
export function idOf(packed: string): string {
  const bytes = atob(packed.replace(/-/g, "+").replace(/_/g, "/"));
  const hex = [...bytes].map((byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

const packed = (id: string): string => {
  const bytes = id.replace(/-/g, "").replace(/../g, (hex) => String.fromCharCode(parseInt(hex, 16)));
  return btoa(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};

export class Index {
  private groups = new Map<Kind, Item[]>();
  private byKey = new Map<string, Item>();
  isAdmin = false;
  state: "reading" | "there" | "failed" = "reading";
  private pinned = new Set<string>();
  private known = new Set<string>();
  private hash = "";
  private read = -FRESH;
  private reading?: Promise<void>;
  private isStale = false;

  constructor(
    private readonly texts: Texts,
    private readonly isShown: () => boolean,
    private readonly show: () => void,
  ) {
    const changes = (): void => {
      this.isStale = true;
      if (this.isShown()) this.refresh();
    };
    for (const event of ["list-changed", "artifacts-changed"]) document.addEventListener(event, changes);
  }

  /** Whether the conversation is pinned; none: it is not known. */
  isPinned = (id: string): boolean | undefined => {
    const key = packed(id);
    return this.known.has(key) ? this.pinned.has(key) : undefined;
  };

  of = (kind: Kind): Item[] => this.groups.get(kind) ?? [];
  get = (key: string): Item | undefined => this.byKey.get(key);

  /** Reads what is there, unless it is known. Nobody waits for it. */
  refresh(): void {
    if (!this.isStale && performance.now() - this.read < FRESH) return;
    this.reading ??= this.ask()
      .catch(() => {
        this.state = this.hash ? "there" : "failed";
      })
      .finally(() => {
        this.reading = undefined;
        if (!this.isShown()) return;
        this.show();
        // Something has changed meanwhile.
        if (this.isStale && this.state === "there") this.refresh();
      });
  }

  private async ask(): Promise<void> {
    this.isStale = false;
    const body = JSON.stringify({ known: this.hash });
    const answer = await fetch("/api/ui/palette-index", { method: "POST", body, headers: { "content-type": "application/json" } });
    if (!answer.ok) throw new Error(answer.statusText);
    const { hash, found }: Answer = await answer.json();
    if (found) this.take(found);
    [this.hash, this.read, this.state] = [hash, performance.now(), "there"];
  }

  private take(found: Found): void {
    this.isAdmin = found.admin;
    this.groups = new Map([
      ["conversations", this.conversations(found.conversations)],
      ["models", this.models(found.models)],
      ["artifacts", this.artifacts(found.artifacts)],
      ["tools", this.tools(found.tools)],
    ]);
    this.byKey = new Map([...this.groups.values()].flat().map((one) => [one.key, one]));
  }

  private conversations({ ids, titles, days, pinned, archived }: Found["conversations"]): Item[] {
    const keys = Array.from({ length: ids.length / ID }, (_, place) => ids.slice(place * ID, (place + 1) * ID));
    this.known = new Set(keys);
    this.pinned = new Set(pinned.map((place) => keys[place]!));
    const shelved = new Set(archived);
    const dates = days.flatMap(([day, count]) => Array<number>(count).fill(day));
    const all = titles.split(END);
    const made = keys.map((key, place) => {
      const words = [this.pinned.has(key) && this.texts.pinned, shelved.has(place) && this.texts.archived].filter(Boolean) as string[];
      const note = () => [...words, when(dates[place]!)].join(" · ");
      return item({ key: `c:${key}`, kind: "conversations", title: all[place]!.normalize("NFC"), icon: "chat", note, href: () => `/c/${idOf(key)}` });
    });
    // What was put away comes last.
    return [...made.filter((_, place) => !shelved.has(place)), ...archived.map((place) => made[place]!)];
  }

  private models(models: Found["models"]): Item[] {
    const { auto } = this.texts.page;
    const choice = (id: string, title: string, more: string, isThere: boolean) =>
      item({
        key: `m:${id}`,
        kind: "models",
        title,
        more,
        icon: "model",
        off: !isThere,
        note: isThere ? undefined : () => this.texts.unavailable!,
        run: () => choosesModel(id),
      });
    const known = models.map(([id, name, provider, isThere]) => choice(id, name, provider, isThere));
    return [choice("auto", this.texts.auto ?? auto!, "", true), ...known.filter(({ off }) => !off), ...known.filter(({ off }) => off)];
  }

  private artifacts(artifacts: Found["artifacts"]): Item[] {
    const newest = [...artifacts].reverse();
    return newest.map(([id, title, path, conversation]) =>
      item({ key: `a:${id}`, kind: "artifacts", title: title.normalize("NFC"), more: path === title ? undefined : path.normalize("NFC"), icon: "layers", href: () => `/c/${conversation}?artifact=${id}` }),
    );
  }

  private tools(tools: Found["tools"]): Item[] {
    return tools.map(([name, server]) => item({ key: `t:${server}/${name}`, kind: "tools", title: name, more: server, icon: "plug", href: () => "/settings?tab=tools" }));
  }
}

/** A day as people name it. */
function when(day: number): string {
  const language = document.documentElement.lang;
  const ago = Math.floor(Date.now() / DAY) - day;
  if (ago < 7) return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-Math.max(ago, 0), "day");
  const date = new Date(day * DAY);
  const year = date.getUTCFullYear() === new Date().getUTCFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(language, { day: "numeric", month: "short", year, timeZone: "UTC" }).format(date);
}
