/** Text that grows while a model writes it: added once a frame, and never so much at once that the page would stand still. */
import * as monaco from "monaco-editor/editor/editor.api";

/** The most characters that one frame adds. */
const A_FRAME = 16_384;
/** Pages that nobody sees draw no frames; they add this often, in milliseconds. */
const UNSEEN = 250;

export class Stream {
  private waiting: string[] = [];
  private frame = 0;
  private timer = 0;

  constructor(private editor: monaco.editor.ICodeEditor, private quietly: (act: () => void) => void) {}

  append(text: string): void {
    this.waiting.push(text);
    this.plan();
  }

  /** All that waits, now. */
  flush(): void {
    this.unplan();
    this.add(this.waiting.splice(0).join(""));
  }

  /** Forgets what waits. */
  drop(): void {
    this.unplan();
    this.waiting = [];
  }

  private plan(): void {
    if (this.frame) return;
    this.frame = requestAnimationFrame(this.step);
    this.timer = window.setTimeout(this.step, UNSEEN);
  }

  private unplan(): void {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.frame = 0;
  }

  private step = () => {
    this.unplan();
    const text = this.waiting.splice(0).join("");
    // A character of two halves stays whole.
    const isSplit = /[\ud800-\udbff]/.test(text[A_FRAME - 1] ?? "");
    const end = isSplit ? A_FRAME - 1 : A_FRAME;
    if (text.length > end) {
      this.waiting.push(text.slice(end));
      this.plan();
    }
    this.add(text.slice(0, end));
  };

  private add(text: string): void {
    const model = this.editor.getModel();
    if (!text || !model) return;
    const line = model.getLineCount();
    const column = model.getLineMaxColumn(line);
    const follows = this.isAtEnd();
    // One open step of the undo: no stop is pushed until all of it is there.
    this.quietly(() => model.pushEditOperations(null, [{ range: new monaco.Range(line, column, line, column), text, forceMoveMarkers: true }], () => null));
    if (follows) this.editor.setScrollTop(this.editor.getScrollHeight(), monaco.editor.ScrollType.Immediate);
  }

  /** Whether the last line is in view: whoever has scrolled up reads on undisturbed. */
  private isAtEnd(): boolean {
    const { height } = this.editor.getLayoutInfo();
    return this.editor.getScrollTop() + height >= this.editor.getScrollHeight() - 40;
  }
}
