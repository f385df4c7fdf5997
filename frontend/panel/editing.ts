/** The editor: its text goes to the server by itself, each pause a version, and never over somebody else's. */
import { nameOf, type Root } from "./parts";
import * as rest from "./rest";

/** How long a pause is (ms), and how long after a failure it is tried again. */
const PAUSE = 1_500;
const AGAIN = 5_000;
/** The most bytes that browsers send after their page is gone. */
const LAST_WORDS = 60_000;

/** What the editor calls languages that code blocks call otherwise. */
const LANGUAGES: Record<string, string> = { bash: "shell", csv: "plaintext", jsx: "javascript", mermaid: "plaintext", svg: "xml", toml: "ini", tsx: "typescript" };

type State = "saved" | "saving" | "unsaved" | "failed";
const DOTS: Record<State, string> = { saved: "dot-ok", saving: "dot-live", unsaved: "dot-warn", failed: "dot-err" };

export class Editing {
  private editor?: any;
  private version: number;
  private dirty = false;
  private saving?: Promise<void>;
  private timer = 0;
  private gone = false;

  constructor(private root: Root, private place: HTMLElement, private saved: () => void) {
    this.version = Number(root.said("version"));
    addEventListener("beforeunload", this.leaving);
  }

  async open(): Promise<void> {
    const shown = this.place.querySelector<HTMLElement>("[data-text]");
    const { edit } = await import("./editor.js");
    if (this.gone) return;
    const box = document.createElement("div");
    box.className = "absolute inset-0";
    this.place.append(box);
    const readOnly = this.place.dataset.readOnly === "true";
    const options = { value: shown?.textContent ?? "", language: this.language, path: this.root.said("path"), readOnly, label: this.place.dataset.label };
    this.editor = await edit(box, JSON.stringify(options), (event: string) => (event === "save" ? void this.save() : this.changed()));
    shown?.remove();
    if (this.gone) this.editor.dispose();
  }

  private get language(): string {
    const language = this.root.said("language");
    return LANGUAGES[language] ?? language;
  }
  get text(): string | undefined {
    return this.editor?.value();
  }
  get isDirty(): boolean {
    return this.dirty;
  }

  append = (text: string): void => this.editor?.append(text);

  /** Shows what somebody else has written. */
  take(content: string, version: number): void {
    this.version = version;
    if (this.editor.value() !== content) this.editor.set(content, this.language);
    this.dirty = false;
    clearTimeout(this.timer);
    this.state("saved");
  }

  private changed(): void {
    if (this.place.dataset.readOnly === "true") return;
    this.dirty = true;
    if (!this.saving) this.state("unsaved");
    this.later(PAUSE);
  }

  private later(time: number): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.save(), time);
  }

  private state(state: State): void {
    const shown = this.root.find("[data-state]");
    if (!shown) return;
    shown.querySelector(".dot")!.className = `dot ${DOTS[state]}`;
    shown.querySelector("[data-state-text]")!.textContent = this.root.said(state);
  }

  async save(): Promise<void> {
    clearTimeout(this.timer);
    await this.saving;
    if (!this.dirty || !this.editor) return;
    this.saving = this.send().finally(() => (this.saving = undefined));
    await this.saving;
  }

  private async send(): Promise<void> {
    const content = this.editor.value();
    this.state("saving");
    try {
      const kept = await rest.write(this.root.id, content, this.version);
      this.version = kept.version;
      Object.assign(this.root.element.dataset, { version: kept.version, shown: kept.version });
      this.dirty = !this.gone && this.editor.value() !== content;
      this.state(this.dirty ? "unsaved" : "saved");
      if (this.dirty) this.later(PAUSE);
      if (!this.gone) this.saved();
    } catch (fault) {
      this.state("failed");
      const status = fault instanceof rest.Refused ? fault.status : 0;
      if (status === 409) this.root.show("[data-conflict]", true);
      else if (status === 0 || status >= 500) this.later(AGAIN);
      else this.root.complain(fault);
    }
  }

  /** Goes on where somebody else has written meanwhile. */
  async settle(how: "merge" | "mine" | "theirs"): Promise<void> {
    const { id } = this.root;
    if (how === "merge") {
      const { content, conflicts, version } = await rest.merge(id, this.version, this.editor.value());
      this.version = version;
      this.editor.set(content, this.language);
      this.dirty = true;
      this.root.show("[data-marks]", conflicts > 0);
      this.root.show("[data-conflict]", conflicts > 0);
      if (conflicts > 0) return this.state("unsaved");
      return this.save();
    }
    const newest = await rest.get(id);
    this.root.show("[data-conflict]", false);
    if (how === "theirs") return this.take(newest.content, newest.version);
    this.version = newest.version;
    this.dirty = true;
    await this.save();
  }

  download = (name = nameOf(this.root.said("path"))): [string, string] | undefined => (this.editor ? [name, this.editor.value()] : undefined);

  private leaving = (event: BeforeUnloadEvent): void => {
    if (!this.dirty || !this.editor) return;
    const content = this.editor.value();
    if (content.length < LAST_WORDS) void rest.write(this.root.id, content, this.version, true).catch(() => {});
    else event.preventDefault();
  };

  /** Another panel is shown: what was not saved is. */
  leave(): void {
    this.gone = true;
    removeEventListener("beforeunload", this.leaving);
    clearTimeout(this.timer);
    const end = () => this.editor?.dispose();
    if (this.dirty && this.editor) void this.save().finally(end);
    else end();
  }
}
