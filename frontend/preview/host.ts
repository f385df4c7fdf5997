/**
 * The page's side of previews: makes their frames, feeds them, and ends those that do harm. It tells what happens in codes; the
 * words are the page's. What a frame says is read as data, bounded, and never becomes part of the page.
 */
import { type Held, claim, release } from "./host/post";
import { Focus } from "./host/focus";
import { inert } from "./host/inert";
import { Allowance } from "./host/allowance";
import { told } from "./host/told";
import { type FromFrame, type Input, type ToFrame, type Wish, heedsTheme } from "./protocol";

export type On = (event: string, detail: string) => void;

type State = "loading" | "ready" | "silent" | "stopped" | "left" | "flooded";

/** How long a frame may be silent, in milliseconds: while its own scripts are fetched, and from then on. */
const ARRIVAL = 15_000;
const SILENCE = 3_000;
const LOOK = 500;
/** How long a picture may take. */
const PATIENCE = 20_000;
/** How soon the word of a frame that it writes its document anew must follow the event that this causes. */
const GRACE = 500;

interface Asked {
  done(text: string): void;
  broken(error: Error): void;
}

export class Preview implements Held {
  allowance = new Allowance();
  private frame?: HTMLIFrameElement;
  private input?: Input;
  private turn = 0;
  private state?: State;
  private isAwake = false;
  private heard = 0;
  private loads = 0;
  private writings = 0;
  private pixels = 0;
  private asked = new Map<number, Asked>();
  private asks = 0;
  private focus: Focus;
  private watch: number;

  constructor(private container: HTMLElement, private shell: string, private on: On) {
    this.focus = new Focus(() => this.frame, () => this.flooded());
    this.watch = window.setInterval(() => this.look(), LOOK);
    document.addEventListener("visibilitychange", this.seen);
    claim(this);
  }

  /** Shows the files: in the frame that there is, where the kind can be updated in place. */
  show(input: string): void {
    const before = this.input;
    this.input = JSON.parse(input) as Input;
    this.turn++;
    const isSame = before?.kind === this.input.kind && before.entry === this.input.entry;
    if (!this.frame || !isSame || this.input.kind === "html" || this.state === "silent") return this.start();
    this.dress();
    if (this.isAwake) this.feed();
  }

  reload(): void {
    if (this.input) this.start();
  }

  stop(): void {
    this.end("stopped");
  }

  /** The person waits for a frame that is silent. */
  wait(): void {
    this.heard = performance.now();
    if (this.state === "silent") this.say("loading");
  }

  /** How wide the preview is, in CSS pixels; 0: as wide as its place. */
  width(pixels: number): void {
    this.pixels = pixels;
    this.dress();
  }

  /** The page's colours are others now: what heeds them follows, and goes on as it is. */
  theme(theme: string): void {
    if (!this.input || this.input.theme === theme) return;
    this.input.theme = theme;
    this.dress();
    if (this.isAwake) this.send({ v: "theme", theme });
  }

  async screenshot(): Promise<string> {
    return png(await this.ask("screenshot"));
  }

  async exported(format: string): Promise<string> {
    if (format === "png") return png(await this.ask("png"));
    if (format === "svg") return inert(await this.ask("svg"));
    throw new Error("format");
  }

  dispose(): void {
    this.clear();
    this.focus.dispose();
    clearInterval(this.watch);
    document.removeEventListener("visibilitychange", this.seen);
    release(this);
  }

  get source(): Window | null {
    return this.frame?.contentWindow ?? null;
  }

  /** The frame sends, or takes, more than a page can bear. */
  flooded(): void {
    this.end("flooded");
  }

  /** The frame wanted to be somewhere else. */
  left(): void {
    this.end("left");
  }

  receive(data: unknown): void {
    const message = told(data, this.asked.size > 0);
    if (message) this.heed(message);
    else this.allowance.spend(20);
  }

  private heed(message: FromFrame): void {
    if (message.v !== "hello" && !this.isAwake) return;
    this.heard = performance.now();
    if (message.v === "hello") this.hello();
    else if (message.v === "writing") this.writings++;
    else if (message.v === "shown") this.shown(message.turn);
    else if (message.v === "reply") this.answer(message.id, message.ok, message.text);
    else if (message.v === "beat") this.state === "silent" && this.say("ready");
    else {
      const { v, ...detail } = message;
      this.on(v, JSON.stringify(detail));
    }
  }

  /** Told for each version, also where the one before was ready. */
  private shown(turn: number): void {
    if (turn !== this.turn) return;
    this.state = "ready";
    this.on("state", "ready");
  }

  /** A second one is a frame that has loaded itself anew. */
  private hello(): void {
    if (this.isAwake) return this.left();
    this.isAwake = true;
    this.feed();
  }

  private answer(id: number, ok: boolean, text: string): void {
    const asked = this.asked.get(id);
    this.asked.delete(id);
    if (ok) asked?.done(text);
    else asked?.broken(new Error("failed"));
  }

  private start(): void {
    this.clear();
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.referrerPolicy = "no-referrer";
    frame.title = this.input!.entry;
    frame.addEventListener("load", () => this.loaded(frame));
    frame.src = this.shell;
    this.frame = frame;
    this.heard = performance.now();
    this.dress();
    this.say("loading");
    this.container.append(frame);
  }

  private dress(): void {
    const { frame, input } = this;
    if (!frame || !input) return;
    const width = this.pixels > 0 ? `${this.pixels}px` : "100%";
    Object.assign(frame.style, { display: "block", border: "0", height: "100%", width, maxWidth: "100%", margin: "0 auto", colorScheme: heedsTheme(input) ? input.theme : "light" });
  }

  private feed(): void {
    this.send({ v: "show", turn: this.turn, input: this.input! });
  }

  private send(message: ToFrame): void {
    // An opaque origin has no name that could be written here; nobody but this frame can be meant.
    this.source?.postMessage(message, "*");
  }

  private ask(wish: Wish): Promise<string> {
    if (!this.isAwake) return Promise.reject(new Error("gone"));
    const id = ++this.asks;
    const answer = new Promise<string>((done, broken) => {
      this.asked.set(id, { done, broken });
      setTimeout(() => this.asked.delete(id) && broken(new Error("timeout")), PATIENCE);
    });
    this.send({ v: "ask", id, wish });
    return answer;
  }

  /** The first time it is the shell; each further one needs a document that was written anew. */
  private loaded(frame: HTMLIFrameElement): void {
    if (frame !== this.frame || ++this.loads <= 1 + this.writings) return;
    setTimeout(() => frame === this.frame && this.loads > 1 + this.writings && this.left(), GRACE);
  }

  private look(): void {
    if (!this.frame || document.hidden || this.state === "silent") return;
    if (performance.now() - this.heard > (this.isAwake ? SILENCE : ARRIVAL)) this.say("silent");
  }

  /** Nobody is silent while nobody looks: timers of hidden pages sleep. */
  private seen = () => {
    this.heard = performance.now();
  };

  private end(state: State): void {
    this.clear();
    this.say(state);
  }

  private clear(): void {
    this.frame?.remove();
    this.frame = undefined;
    this.isAwake = false;
    this.loads = this.writings = 0;
    this.allowance = new Allowance();
    this.asked.forEach(({ broken }) => broken(new Error("gone")));
    this.asked.clear();
  }

  private say(state: State): void {
    if (this.state === state) return;
    this.state = state;
    this.on("state", state);
  }
}

function png(address: string): string {
  if (/^data:image\/png;base64,[A-Za-z0-9+/]+=*$/.test(address)) return address;
  throw new Error("failed");
}

export function preview(container: HTMLElement, shell: string, on: On): Preview {
  return new Preview(container, shell, on);
}
