/** The panel's element and what is told over it. */

/** The element that everything is in, with what the server has said of it in its attributes. */
export class Root {
  constructor(readonly element: HTMLElement) {}

  find = <E extends HTMLElement = HTMLElement>(selector: string): E | null => this.element.querySelector<E>(selector);
  /** Something that the server has said. */
  said = (name: string): string => this.element.dataset[name] ?? "";
  get conversation(): string {
    return this.said("artifacts");
  }
  get id(): string {
    return this.said("artifact");
  }

  /** Tells the page. */
  tell(event: string, detail = ""): void {
    this.element.dispatchEvent(new CustomEvent(event, { bubbles: true, detail }));
  }
  complain = (fault: unknown): void => this.tell("panel-say", fault instanceof Error ? fault.message : String(fault));

  /** Goes where a link of the page would lead. */
  go(address: string): void {
    const link = document.createElement("a");
    link.href = address;
    link.hidden = true;
    this.element.append(link);
    link.click();
    link.remove();
  }
  open = (id: string, view = "code"): void => this.go(`/c/${this.conversation}?artifact=${id}&view=${view}`);

  show(selector: string, is: boolean): void {
    const found = this.find(selector);
    if (found) found.hidden = !is;
  }
}

/** A text with values in the places of their names. */
export const fill = (text: string, values: Record<string, string>): string => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

/** Puts a file on the person's disk. */
export function save(name: string, content: Blob | string): void {
  const url = typeof content === "string" && content.startsWith("data:") ? content : URL.createObjectURL(new Blob([content]));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  if (url.startsWith("blob:")) setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** What two paths have in common that are the same artifact's. */
export const keyOf = (path: string): string => path.normalize("NFC").toLowerCase();

export const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
