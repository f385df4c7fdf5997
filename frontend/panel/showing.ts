/** The preview: its frame, what it says, and what it fails with. */
import { fill, nameOf, type Root, save } from "./parts";
import * as rest from "./rest";

/** The most lines of its console. */
const MOST_LINES = 500;

interface Said {
  level?: string;
  text?: string;
  message?: string;
  file?: string;
  line?: number;
}

const placeOf = ({ file, line }: Said): string => (file ? `${nameOf(file)}${line ? `:${line}` : ""}` : "");

const theme = (): string => (document.documentElement.classList.contains("dark") ? "dark" : "light");

export class Showing {
  private preview?: any;
  private error = "";
  private gone = false;
  private lines = 0;

  constructor(private root: Root, private place: HTMLElement) {}

  async open(): Promise<void> {
    const { preview } = await import("./host.js");
    if (this.gone) return;
    this.preview = preview(this.place, this.root.said("shell"), this.hear);
    this.place.querySelector("iframe")?.setAttribute("title", this.place.dataset.label ?? "");
    await this.show();
  }

  /** Shows what there is now. */
  async show(): Promise<void> {
    const files = await rest.all(this.root.conversation);
    const entry = this.root.said("path");
    const shown = Number(this.root.said("shown"));
    const one = files.find((file) => file.id === this.root.id);
    if (one && shown !== one.version && shown < Number(this.root.said("version"))) one.content = (await rest.version(one.id, shown)).content;
    if (this.gone) return;
    this.fail("");
    const input = { entry, kind: this.root.said("kind"), theme: theme(), files: files.map(({ path, type, content }) => ({ path, kind: type, content })) };
    this.preview.show(JSON.stringify(input));
  }

  /** The page's colours are others now. */
  theme(): void {
    this.preview?.theme(theme());
  }

  private hear = (event: string, detail: string): void => {
    if (event === "state") this.state(detail);
    else if (event === "console") this.log(JSON.parse(detail));
    else if (event === "error") {
      const said: Said = JSON.parse(detail);
      this.fail([said.message, placeOf(said)].filter(Boolean).join("\n"));
      this.log({ ...said, level: "error", text: said.message });
    }
  };

  private state(state: string): void {
    this.root.show("[data-silent]", state === "silent");
    const ended = this.root.find("[data-ended] span");
    const why = ended?.dataset[state];
    if (ended && why) ended.textContent = why;
    this.root.show("[data-ended]", why !== undefined);
    this.place.dataset.state = state;
  }

  private log(said: Said): void {
    const list = this.root.find("[data-log]");
    if (!list) return;
    const line = document.createElement("li");
    line.className = `flex gap-3 px-4 py-0.5 console-${said.level ?? "log"}`;
    const text = document.createElement("span");
    text.className = "min-w-0 flex-1 break-words whitespace-pre-wrap";
    text.textContent = said.text ?? "";
    const place = document.createElement("span");
    place.className = "shrink-0 text-muted-foreground";
    place.textContent = placeOf(said);
    line.append(text, place);
    list.append(line);
    if (list.childElementCount > MOST_LINES) list.firstElementChild!.remove();
    this.lines += 1;
    this.count();
    list.scrollTop = list.scrollHeight;
  }

  private count(): void {
    const count = this.root.find("[data-count]");
    if (count) count.textContent = String(this.lines);
  }

  private fail(error: string): void {
    this.error = error;
    const message = this.root.find("[data-message]");
    if (message) message.textContent = error;
    this.root.show("[data-error]", error !== "");
  }

  clear(): void {
    this.root.find("[data-log]")?.replaceChildren();
    this.lines = 0;
    this.count();
  }
  fix = (): void => this.root.tell("panel-ask", fill(this.root.said("fix"), { path: this.root.said("path"), error: this.error }));
  reload(): void {
    this.fail("");
    this.preview.reload();
    void this.show().catch(this.root.complain);
  }
  wait = (): void => this.preview.wait();
  stop = (): void => this.preview.stop();

  width(button: HTMLElement): void {
    this.preview.width(Number(button.dataset.width));
    for (const other of button.parentElement!.children) other.setAttribute("aria-pressed", String(other === button));
  }

  async exported(format: "svg" | "png"): Promise<void> {
    save(`${nameOf(this.root.said("path")).replace(/\.[^.]*$/, "")}.${format}`, await this.preview.exported(format));
  }

  /** A picture of it goes where one goes that is pasted. */
  async shot(): Promise<void> {
    const address: string = await this.preview.screenshot();
    const picture = Uint8Array.from(atob(address.slice(address.indexOf(",") + 1)), (c) => c.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([picture], `${nameOf(this.root.said("path"))}.png`, { type: "image/png" }));
    const field = document.querySelector<HTMLTextAreaElement>("form textarea");
    field?.focus();
    field?.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }

  leave(): void {
    this.gone = true;
    this.preview?.dispose();
  }
}
