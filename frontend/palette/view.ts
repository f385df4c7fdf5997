/** The elements of the palette, and what they say of its state. */
import { icon } from "./icons";
import { idOf } from "./rows";
import { caps, fill, type Texts } from "./texts";

const LIST = "palette-list";

const made = <K extends keyof HTMLElementTagNameMap>(tag: K, className: string, attributes: Record<string, string> = {}, ...children: Node[]): HTMLElementTagNameMap[K] => {
  const element = document.createElement(tag);
  element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

export class View {
  readonly element: HTMLDialogElement;
  readonly field: HTMLInputElement;
  readonly list: HTMLElement;
  readonly scopes: HTMLElement;
  private readonly note: HTMLElement;
  private readonly count: HTMLElement;

  constructor(
    private readonly texts: Texts,
    scopes: string[],
  ) {
    this.field = made("input", "", {
      type: "text",
      role: "combobox",
      "aria-label": texts.label!,
      "aria-expanded": "true",
      "aria-controls": LIST,
      "aria-autocomplete": "list",
      "aria-haspopup": "listbox",
      placeholder: texts.placeholder!,
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      enterkeyhint: "go",
      maxlength: "200",
    });
    const close = made("button", "btn btn-ghost btn-icon btn-sm", { type: "button", tabindex: "-1", "aria-label": texts.close!, "data-close": "" }, icon("close"));
    this.scopes = made("div", "seg", { role: "group", "aria-label": texts.scopes! });
    this.scopes.append(...scopes.map((scope) => made("button", "", { type: "button", tabindex: "-1", "data-scope": scope }, document.createTextNode(texts[scope]!))));
    this.list = made("div", "palette-list", { id: LIST, role: "listbox", "aria-label": texts.results! });
    this.note = made("p", "palette-none", {});
    this.count = made("div", "sr-only", { role: "status" });
    const field = made("div", "palette-field", {}, icon("search"), this.field, close);
    this.element = made("dialog", "dialog palette", { "aria-label": texts.label! }, field, this.scopes, this.list, this.note, this.foot(), this.count);
  }

  show(): void {
    if (!this.element.isConnected) document.body.append(this.element);
    this.element.showModal();
    this.field.focus();
  }

  /** Says what is looked through, how much was found, and what else there is to say. */
  tell(scope: string, count: number, note: string): void {
    for (const button of this.scopes.children) button.setAttribute("aria-pressed", String((button as HTMLElement).dataset.scope === scope));
    this.list.hidden = count === 0;
    this.field.setAttribute("aria-expanded", String(count > 0));
    this.note.hidden = !note;
    this.note.textContent = note;
    this.count.textContent = note || fill(this.texts.found!, { count: String(count) });
  }

  mark(place: number, scrolls: boolean): void {
    this.list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    const line = document.getElementById(idOf(place));
    line?.setAttribute("aria-selected", "true");
    if (line) this.field.setAttribute("aria-activedescendant", line.id);
    else this.field.removeAttribute("aria-activedescendant");
    if (!scrolls) return;
    // The first line brings the heading above it.
    if (place === 0) this.list.scrollTop = 0;
    else line?.scrollIntoView({ block: "nearest" });
  }

  private foot(): HTMLElement {
    const hints: [text: string, ...keys: string[]][] = [
      ["move_hint", "↑", "↓"],
      ["run_hint", "enter"],
      ["tab_hint", "mod+enter"],
      ["scope_hint", "Tab"],
      ["close", "Esc"],
    ];
    const foot = made("div", "palette-foot", { "aria-hidden": "true" });
    foot.append(...hints.map(([text, ...keys]) => made("span", "", {}, ...keys.map(caps), document.createTextNode(this.texts[text]!))));
    return foot;
  }
}
