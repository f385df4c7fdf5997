/** The editor: its text goes to the server by itself, each pause a version, and never over somebody else's. */
import type { Root } from "./parts";
import * as rest from "./rest";

/** How long a pause is (ms), and how long after a failure it is tried again. */
const PAUSE = 1_500;
const AGAIN = 5_000;
/** The most bytes that browsers send after their page is gone. */
const LAST_WORDS = 60_000;

/** What the editor calls languages that code blocks call otherwise. */
const LANGUAGES: Record<string, string> = { bash: "shell", csv: "plaintext", jsx: "javascript", mermaid: "plaintext", svg: "xml", toml: "ini", tsx: "typescript" };

type State = "saved" | "saving" | "unsaved" | "failed" | "writing";
const DOTS: Record<State, string> = { saved: "dot-ok", saving: "dot-live", unsaved: "dot-warn", failed: "dot-err", writing: "dot-live" };

/** Texts that could not be saved when their editor went, by artifact, with the version that they were made from. */
const unsaved = new Map<string, { content: string; version: number }>();
addEventListener("beforeunload", (event) => unsaved.size > 0 && event.preventDefault());

/** Tries again until it is saved, or its editor has come back, or somebody else has written: then the editor asks what to do. */
async function keepOn(id: string, left: { content: string; version: number }): Promise<void> {
  unsaved.set(id, left);
  while (unsaved.get(id) === left) {
    await new Promise((go) => setTimeout(go, AGAIN));
    if (unsaved.get(id) !== left) return;
    try {
      await rest.write(id, left.content, left.version);
      if (unsaved.get(id) === left) unsaved.delete(id);
    } catch (fault) {
      if (fault instanceof rest.Refused && fault.status !== 0 && fault.status < 500) return;
    }
  }
}

export class Editing {
  private editor?: any;
  private version: number;
  private dirty = false;
  private saving?: Promise<void>;
  private conflicted = false;
  private timer = 0;
  private gone = false;
  private shown: State = "saved";
  /** The writing of a model that is told of, and whether it is shown, in the place of this text. */
  private writing = "";
  private isWritten = false;
  private before = "";

  constructor(private root: Root, private place: HTMLElement, private saved: () => void) {
    this.version = Number(root.said("version"));
    addEventListener("beforeunload", this.leaving);
    document.addEventListener("visibilitychange", this.hidden);
  }

  async open(): Promise<void> {
    const drawn = this.place.querySelector<HTMLElement>("[data-text]");
    const { edit } = await import("./editor.js");
    if (this.gone) return;
    const box = document.createElement("div");
    box.className = "absolute inset-0";
    this.place.append(box);
    const options = { value: drawn?.textContent ?? "", language: this.language, path: this.root.said("path"), readOnly: this.isReadOnly, label: this.place.dataset.label };
    this.editor = await edit(box, JSON.stringify(options), (event: string) => (event === "save" ? void this.save() : this.changed()));
    drawn?.remove();
    if (this.gone) this.editor.dispose();
    else this.goOn();
  }

  /** What was left unsaved here is what somebody goes on with. */
  private goOn(): void {
    const left = this.isReadOnly ? undefined : unsaved.get(this.root.id);
    if (!left) return;
    unsaved.delete(this.root.id);
    this.version = left.version;
    this.editor.set(left.content, this.language);
    this.dirty = true;
    void this.save();
  }

  private get isReadOnly(): boolean {
    return this.place.dataset.readOnly === "true";
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
  /** The page's colours are others now. */
  theme = (): void => this.editor?.theme();

  /**
   * A model writes it anew: what it writes is shown as it comes, and nobody writes into it. `writing` tells one from another; each
   * is told from its beginning. Where somebody is writing here, theirs stays.
   */
  rewrite(writing: string, text: string): void {
    if (!this.editor) return;
    if (writing !== this.writing) {
      this.back();
      this.writing = writing;
      this.isWritten = !this.isReadOnly && !this.dirty && !this.saving;
      if (this.isWritten) this.clear();
    }
    if (this.isWritten) this.editor.append(text);
  }

  private clear(): void {
    this.before = this.editor.value();
    this.editor.readOnly(true);
    this.editor.set("", this.language);
    this.state("writing");
  }

  get isBeingWritten(): boolean {
    return this.isWritten;
  }

  /** Nothing came of what a model has written: what was there before is shown again. */
  back(): void {
    if (this.isWritten) this.take(this.before, this.version);
  }

  /** Shows what somebody else has written. */
  take(content: string, version: number): void {
    // What is opened just now was drawn from the version before.
    if (!this.editor) return this.root.tell("panel-redraw");
    this.version = version;
    if (this.editor.value() !== content) this.editor.set(content, this.language);
    if (this.isWritten) this.editor.readOnly(false);
    this.isWritten = false;
    this.dirty = false;
    clearTimeout(this.timer);
    this.state("saved");
  }

  private changed(): void {
    if (this.isReadOnly) return;
    this.dirty = true;
    if (!this.saving) this.state("unsaved");
    this.later(PAUSE);
  }

  private later(time: number): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.save(), time);
  }

  private state(state: State): void {
    this.shown = state;
    this.tell();
  }

  /** Says how it stands, where that is drawn. */
  tell(): void {
    const place = this.root.find("[data-state]");
    if (!place) return;
    place.querySelector(".dot")!.className = `dot ${DOTS[this.shown]}`;
    place.querySelector("[data-state-text]")!.textContent = this.root.said(this.shown);
  }

  async save(): Promise<void> {
    clearTimeout(this.timer);
    while (this.saving) await this.saving;
    if (!this.dirty || !this.editor) return;
    this.saving = this.send().finally(() => (this.saving = undefined));
    await this.saving;
  }

  private async send(): Promise<void> {
    const content = this.editor.value();
    this.state("saving");
    try {
      this.settled(content, (await rest.write(this.root.id, content, this.version)).version);
    } catch (fault) {
      await this.failed(content, fault);
    }
  }

  private settled(content: string, version: number): void {
    this.version = version;
    Object.assign(this.root.element.dataset, { version, shown: version });
    this.dirty = this.editor.value() !== content;
    this.conflict(false);
    this.state(this.dirty ? "unsaved" : "saved");
    if (this.gone) return;
    if (this.dirty) this.later(PAUSE);
    this.saved();
  }

  private async failed(content: string, fault: unknown): Promise<void> {
    const status = fault instanceof rest.Refused ? fault.status : 0;
    if (status === 409) {
      // An answer that was lost may have been a good one.
      const newest = await rest.get(this.root.id).catch(() => undefined);
      if (newest?.content === content) return this.settled(content, newest.version);
    }
    this.state("failed");
    if (status === 409) this.conflict(true);
    else if (status !== 0 && status < 500) this.root.complain(fault);
    else if (!this.gone) this.later(AGAIN);
  }

  private conflict(is: boolean): void {
    if (is === this.conflicted) return;
    this.conflicted = is;
    this.root.show("[data-conflict]", is);
    this.root.show("[data-marks]", false);
    if (is) this.root.find("[data-conflict] button")?.focus();
  }

  /** Goes on where somebody else has written meanwhile. */
  async settle(how: "merge" | "mine" | "theirs"): Promise<void> {
    const { id } = this.root;
    if (how === "merge") {
      const ours = this.editor.value();
      const { content, conflicts, version } = await rest.merge(id, this.version, ours);
      if (this.editor.value() !== ours) return this.settle(how);
      this.version = version;
      this.editor.set(content, this.language);
      this.dirty = true;
      this.root.show("[data-marks]", conflicts > 0);
      return conflicts > 0 ? this.state("unsaved") : this.save();
    }
    const newest = await rest.get(id);
    this.conflict(false);
    if (how === "theirs") return this.take(newest.content, newest.version);
    this.version = newest.version;
    this.dirty = true;
    await this.save();
  }

  private hidden = (): void => {
    if (document.hidden) void this.save();
  };

  private leaving = (event: BeforeUnloadEvent): void => {
    if (!this.dirty || !this.editor) return;
    const content = this.editor.value();
    const bytes = new Blob([JSON.stringify({ content, expected_version: this.version })]).size;
    if (this.saving || this.conflicted || bytes > LAST_WORDS) event.preventDefault();
    else void rest.write(this.root.id, content, this.version, true).then(({ version }) => this.settled(content, version), () => {});
  };

  /** Another panel is shown: what was not saved is, or waits here for its editor to come back. */
  leave(): void {
    this.gone = true;
    removeEventListener("beforeunload", this.leaving);
    document.removeEventListener("visibilitychange", this.hidden);
    clearTimeout(this.timer);
    const { id } = this.root;
    const end = () => {
      if (this.dirty && this.editor) {
        void keepOn(id, { content: this.editor.value(), version: this.version });
        this.root.complain(this.root.said("failed"));
      }
      this.editor?.dispose();
    };
    if (this.dirty && this.editor) void this.save().finally(end);
    else end();
  }
}
