/** Finds keys and values in the tree of a JSON document. The server draws it; what may match are its `span`s. */
import { fill, type Root } from "./parts";

/** What was looked for last, and in which artifact: it is still there when the panel is drawn anew. */
let kept = { id: "", text: "" };

export class Finding {
  private hits: HTMLElement[] = [];
  private at = -1;
  private field: HTMLInputElement;

  constructor(private root: Root, private bar: HTMLElement, private tree: HTMLElement) {
    this.field = bar.querySelector("input")!;
    bar.hidden = false;
    this.field.addEventListener("input", () => this.find());
    this.field.addEventListener("keydown", this.onKey);
    if (kept.id !== root.id || !kept.text) return;
    this.field.value = kept.text;
    this.find(false);
  }

  private onKey = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === "Enter") this.step(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape" && this.field.value) {
      this.field.value = "";
      this.find();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  /** Marks all that matches, and goes to the first of it. */
  private find(goes = true): void {
    const wanted = this.field.value.toLowerCase();
    kept = { id: this.root.id, text: this.field.value };
    for (const mark of this.tree.querySelectorAll("mark")) {
      const span = mark.parentElement!;
      mark.replaceWith(...mark.childNodes);
      span.normalize();
    }
    this.hits = [];
    this.at = -1;
    if (wanted) for (const span of this.tree.querySelectorAll("span")) if (mark(span, wanted)) this.hits.push(span);
    if (goes && this.hits.length > 0) this.step(1);
    else this.tell();
  }

  /** Goes to the next match, or to the one before, around the ends. */
  step(by: 1 | -1): void {
    const { length } = this.hits;
    if (length === 0) return;
    this.current(false);
    this.at = (Math.max(this.at, by > 0 ? -1 : 0) + by + length) % length;
    const hit = this.hits[this.at];
    for (let above = hit.parentElement?.closest("details"); above; above = above.parentElement?.closest("details")) {
      // A folded branch shows its own key.
      if (!hit.closest("summary") || hit.closest("details") !== above) above.open = true;
    }
    this.current(true);
    hit.scrollIntoView({ block: "center" });
    this.tell();
  }

  private current(is: boolean): void {
    for (const mark of this.hits[this.at]?.querySelectorAll("mark") ?? []) mark.classList.toggle("is-current", is);
  }

  private tell(): void {
    const { foundAt, foundNone } = this.field.dataset;
    const count = this.hits.length;
    const some = fill(foundAt!, { at: String(this.at + 1), count: String(count) });
    this.bar.querySelector("[data-found]")!.textContent = !this.field.value ? "" : count > 0 ? some : foundNone!;
    for (const button of this.bar.querySelectorAll("button")) button.disabled = count === 0;
  }
}

/** Marks each place where the text of `span` is what is wanted, in any case; whether there is one. */
function mark(span: HTMLElement, wanted: string): boolean {
  const text = span.textContent ?? "";
  const low = text.toLowerCase();
  // Some letters are longer in small; places would not be the same then.
  const where = low.length === text.length ? low : text;
  const pieces: (string | HTMLElement)[] = [];
  let from = 0;
  for (let at = where.indexOf(wanted); at >= 0; at = where.indexOf(wanted, from)) {
    const hit = document.createElement("mark");
    hit.className = "hit";
    hit.textContent = text.slice(at, at + wanted.length);
    pieces.push(text.slice(from, at), hit);
    from = at + wanted.length;
  }
  if (from > 0) span.replaceChildren(...pieces.filter((piece) => piece !== ""), text.slice(from));
  return from > 0;
}
