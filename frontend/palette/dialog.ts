/** The palette itself: a field, and below it a list that the arrows move in. The focus never leaves the field. */
import { commands, settings } from "./commands";
import { Index } from "./index";
import { best, type Item, KINDS, type Kind } from "./items";
import { wordsOf } from "./match";
import { conversation, go, searches } from "./page";
import { recent, remember } from "./recent";
import { draw, line, type Group } from "./rows";
import { fill, type Texts } from "./texts";
import { View } from "./view";

type Scope = Kind | "all";
const SCOPES: Scope[] = ["all", ...KINDS];

/** Signs with which a group is named at the beginning. */
const SIGNS: Record<string, Scope> = { ">": "commands", "@": "models", "#": "artifacts" };

/** How many lines a group has where there are others, and where it is alone. */
const FEW = 8;
const MANY = 100;
const LATEST = 6;

/** What browsers report for keys that an input method has taken. */
const TAKEN = 229;

export class Dialog {
  private readonly view: View;
  private readonly index: Index;
  private scope: Scope = "all";
  private shown: Item[] = [];
  private active = 0;
  private isComposing = false;

  constructor(
    private readonly texts: Texts,
    private readonly shortcuts: () => void,
  ) {
    this.index = new Index(texts, () => this.isOpen, () => this.render(true));
    this.view = new View(texts, SCOPES);
    const { element, field, list, scopes } = this.view;
    field.addEventListener("input", (event) => (event as InputEvent).isComposing || this.render());
    field.addEventListener("compositionstart", () => (this.isComposing = true));
    field.addEventListener("compositionend", () => {
      this.isComposing = false;
      this.render();
    });
    element.addEventListener("keydown", this.onKey);
    element.addEventListener("click", this.onClick);
    list.addEventListener("auxclick", (event) => event.button === 1 && this.choose(line(event), true));
    list.addEventListener("pointermove", (event) => this.mark(line(event) ?? this.active, false));
    scopes.addEventListener("click", (event) => this.narrow((event.target as HTMLElement).dataset.scope as Scope | undefined));
    // Where there is no Esc, a gesture closes.
    element.addEventListener("cancel", (event) => {
      event.preventDefault();
      if (!this.isComposing) this.close();
    });
  }

  private get isOpen(): boolean {
    return this.view.element.open;
  }

  toggle(): void {
    if (this.isOpen) return this.close();
    this.view.field.value = "";
    this.scope = "all";
    this.view.show();
    this.render();
    this.index.refresh();
  }

  close(): void {
    this.view.element.close();
  }

  private get query(): { text: string; scope: Scope } {
    const text = this.view.field.value.trim();
    const named = SIGNS[text[0] ?? ""];
    return named ? { text: text.slice(1).trim(), scope: named } : { text, scope: this.scope };
  }

  private narrow(scope: Scope | undefined): void {
    if (!scope) return;
    this.scope = scope;
    this.view.field.focus();
    this.render();
  }

  /** Shows what fits. `keeps`: the line that somebody has gone to stays marked. */
  private render(keeps = false): void {
    const { text, scope } = this.query;
    const words = wordsOf(text);
    const groups = words.length ? this.fitting(words, text, scope) : this.waiting(scope);
    const before = keeps && this.active > 0 ? this.shown[this.active]?.key : undefined;
    this.shown = groups.flatMap(({ items }) => items);
    const place = this.shown.findIndex(({ key }) => key === before);
    draw(this.view.list, groups, words);
    this.view.tell(scope, this.shown.length, this.note(text));
    this.mark(Math.max(place, 0));
  }

  /** All there is of a kind. */
  private of(kind: Kind): Item[] {
    if (kind === "settings") return settings(this.texts, this.index.isAdmin);
    if (kind !== "commands") return this.index.of(kind);
    const open = conversation();
    return commands(this.texts, { isPinned: open ? this.index.isPinned(open) : undefined }, this.shortcuts);
  }

  /** What is offered before anything is typed: what was chosen last comes first. */
  private waiting(scope: Scope): Group[] {
    const own = new Map([...this.of("commands"), ...this.of("settings")].map((one) => [one.key, one]));
    const known = recent().flatMap((key) => own.get(key) ?? this.index.get(key) ?? []);
    const lately = known.filter(({ kind }) => scope === "all" || kind === scope).slice(0, LATEST);
    const group = (kind: Kind, most: number): Group => {
      const rest = this.of(kind).filter(({ key }) => !lately.some((one) => one.key === key));
      return { title: this.texts[kind]!, items: rest.slice(0, most) };
    };
    const kinds: Group[] = scope === "all" ? [group("commands", MANY), group("conversations", FEW), group("settings", MANY)] : [group(scope, MANY)];
    return [{ title: this.texts.recent!, items: lately }, ...kinds].filter(({ items }) => items.length);
  }

  private fitting(words: string[], text: string, scope: Scope): Group[] {
    const lately = new Set(recent());
    const kinds = KINDS.filter((kind) => scope === "all" || kind === scope);
    const found = kinds.map((kind) => ({ kind, best: best(this.of(kind), words, scope === "all" ? FEW : MANY, lately) }));
    const some = found.filter(({ best }) => best.length).sort((one, other) => other.best[0]!.score - one.best[0]!.score);
    const groups: Group[] = some.map(({ kind, best }) => ({ title: this.texts[kind]!, items: best.map(({ item }) => item) }));
    if (scope === "all" || scope === "conversations") groups.push(this.elsewhere(text));
    return groups;
  }

  /** Words in messages are the server's to find. */
  private elsewhere(text: string): Group {
    const title = fill(this.texts.search_for!, { query: text });
    return { items: [{ key: "", kind: "commands", title, folded: "", icon: "search", run: () => searches(text) }] };
  }

  private note(query: string): string {
    if (this.index.state === "failed") return this.texts.unread!;
    const real = this.shown.some(({ key }) => key);
    if (real) return "";
    return this.index.state === "reading" ? this.texts.reading! : fill(this.texts.none!, { query });
  }

  private mark(place: number, scrolls = true): void {
    this.active = place;
    this.view.mark(place, scrolls);
  }

  private onKey = (event: KeyboardEvent): void => {
    // Nothing that is pressed here is meant for the page.
    event.stopPropagation();
    if (event.isComposing || event.keyCode === TAKEN) return;
    const main = event.ctrlKey || event.metaKey;
    const last = this.shown.length - 1;
    const steps: Record<string, () => void> = {
      ArrowDown: () => this.mark(this.active < last ? this.active + 1 : 0),
      ArrowUp: () => this.mark(this.active > 0 ? this.active - 1 : last),
      PageDown: () => this.mark(Math.min(this.active + FEW, last)),
      PageUp: () => this.mark(Math.max(this.active - FEW, 0)),
      Home: () => this.mark(0),
      End: () => this.mark(last),
      Enter: () => this.choose(this.active, main),
      Escape: () => this.close(),
      Tab: () => this.narrow(this.next(event.shiftKey)),
    };
    const key = event.key.toLowerCase();
    const act = main && key === "k" ? () => this.close() : main && key === "/" ? this.shortcuts : !event.altKey && (!main || key === "enter") ? steps[event.key] : undefined;
    if (!act) return;
    event.preventDefault();
    act();
  };

  private next(back: boolean): Scope {
    const place = SCOPES.indexOf(this.scope) + (back ? -1 : 1);
    return SCOPES[(place + SCOPES.length) % SCOPES.length]!;
  }

  private onClick = (event: MouseEvent): void => {
    if (event.target === this.view.element || (event.target as Element).closest("[data-close]")) return this.close();
    this.choose(line(event), event.ctrlKey || event.metaKey);
  };

  private choose(place: number | undefined, inNewTab = false): void {
    const one = place === undefined ? undefined : this.shown[place];
    if (!one || one.off) return;
    if (one.key) remember(one.key);
    const href = one.href?.();
    // It closes first, so that the focus is back before the choice moves it.
    if (!(inNewTab && href)) this.close();
    if (inNewTab && href) window.open(href, "_blank", "noopener");
    else if (href) go(href);
    else void Promise.resolve(one.run?.()).catch((fault) => console.error(fault));
  }
}
