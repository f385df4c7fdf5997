/** The editor of artifacts, as the page drives it. Loaded on first use; it speaks no language of its own beyond what Monaco says. */
import * as monaco from "monaco-editor/editor/editor.api";
import "monaco-editor/features/register.all";
import "./languages";
import { dress } from "./dress";
import { Stream } from "./stream";
import { apply, font } from "./theme";

export type On = (event: string) => void;

interface Options {
  value: string;
  language: string;
  path: string;
  readOnly: boolean;
  /** What the editor is called by screen readers. */
  label: string;
}

/** From here on a text is shown plainly, in bytes of UTF-16 as good as characters: colours would cost more than they give. */
const LARGE = 500_000;

self.MonacoEnvironment = {
  getWorker(_module: string, label: string) {
    const file = label === "json" ? "./json.worker.js" : "./editor.worker.js";
    return new Worker(new URL(file, import.meta.url), { type: "module" });
  },
};

export class Editor {
  private stream: Stream;
  /** Whether a change is ours, and not the person's. */
  private isOurs = false;

  constructor(private editor: monaco.editor.IStandaloneCodeEditor, private on: On) {
    this.stream = new Stream(editor, (act) => this.quietly(act));
    editor.onDidChangeModelContent(() => this.isOurs || this.on("change"));
    editor.onKeyDown((event) => {
      if (event.keyCode !== monaco.KeyCode.KeyS || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      this.on("save");
    });
  }

  value(): string {
    this.stream.flush();
    return this.model.getValue();
  }

  /** Another text: what was before it cannot be had back by an undo. It tells of no change. */
  set(value: string, language: string): void {
    this.stream.drop();
    const view = this.editor.saveViewState();
    this.quietly(() => {
      if (value !== this.model.getValue()) this.model.setValue(value);
      monaco.editor.setModelLanguage(this.model, languageOf(value, language));
    });
    if (view) this.editor.restoreViewState(view);
  }

  /** Adds to the end, a frame's worth at a time. It tells of no change. */
  append(text: string): void {
    this.stream.append(text);
  }

  /** What was added is whole, and is one step of an undo. */
  finish(): void {
    this.stream.flush();
    this.model.pushStackElement();
    if (this.model.getValueLength() >= LARGE) monaco.editor.setModelLanguage(this.model, "plaintext");
  }

  readOnly(yes: boolean): void {
    this.editor.updateOptions({ readOnly: yes });
  }

  find(): void {
    this.editor.focus();
    void this.editor.getAction("actions.find")?.run();
  }

  /** Takes the page's colours anew. */
  theme(): void {
    apply();
  }

  focus(): void {
    this.editor.focus();
  }

  dispose(): void {
    this.stream.drop();
    const { model } = this;
    this.editor.dispose();
    model.dispose();
  }

  private get model(): monaco.editor.ITextModel {
    return this.editor.getModel()!;
  }

  private quietly(act: () => void): void {
    this.isOurs = true;
    try {
      act();
    } finally {
      this.isOurs = false;
    }
  }
}

function languageOf(value: string, language: string): string {
  const isKnown = monaco.languages.getLanguages().some(({ id }) => id === language);
  return isKnown && value.length < LARGE ? language : "plaintext";
}

export async function edit(container: HTMLElement, options: string, on: On): Promise<Editor> {
  const { value, language, path, readOnly, label } = JSON.parse(options) as Options;
  await dress();
  apply();
  // Two editors may show the same path; a model belongs to one of them.
  const uri = monaco.Uri.from({ scheme: "artifact", authority: crypto.randomUUID(), path: `/${path}` });
  const model = monaco.editor.createModel(value, languageOf(value, language), uri);
  const editor = monaco.editor.create(container, {
    model,
    readOnly,
    ariaLabel: label,
    automaticLayout: true,
    largeFileOptimizations: true,
    maxTokenizationLineLength: 5_000,
    minimap: { enabled: false },
    scrollBeyondLastLine: false,
    stickyScroll: { enabled: false },
    renderLineHighlight: "line",
    bracketPairColorization: { enabled: false },
    overviewRulerBorder: false,
    hideCursorInOverviewRuler: true,
    lineNumbersMinChars: 4,
    padding: { top: 8, bottom: 8 },
    fixedOverflowWidgets: true,
    useShadowDOM: false,
    multiCursorModifier: "alt",
    wordBasedSuggestions: "currentDocument",
    links: false,
    ...font(),
  });
  return new Editor(editor, on);
}
