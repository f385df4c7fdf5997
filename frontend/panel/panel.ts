/**
 * Brings the panel of artifacts to life. The server draws it; here are the editor, the frame of a preview, the tree and the
 * buttons. The page tells when it was drawn (`panel-drawn`), when artifacts have changed (`artifacts-changed`) and what a model
 * writes (`artifact-text`).
 */
import { layout } from "./compared";
import { Editing } from "./editing";
import { nameOf, Root, save } from "./parts";
import * as rest from "./rest";
import { Showing } from "./showing";
import { attach } from "./split";
import * as tabs from "./tabs";
import { forgetDeleted, lastDeleted, Tree } from "./tree";

class Panel {
  readonly root: Root;
  private editing?: Editing;
  private showing?: Showing;
  private tree?: Tree;

  constructor(readonly element: HTMLElement) {
    this.root = new Root(element);
    element.addEventListener("click", this.onClick);
    element.addEventListener("change", this.onChange);
    this.dress();
    const edge = this.root.find("[data-edge]");
    if (edge) attach(edge);
    const place = this.root.find("[data-editor]");
    const frame = this.root.find("[data-frame]");
    if (place) this.editing = new Editing(this.root, place, () => void this.redress().catch(this.root.complain));
    if (frame) this.showing = new Showing(this.root, frame);
    void this.open().catch(this.root.complain);
  }

  private async open(): Promise<void> {
    await this.editing?.open();
    await this.showing?.open();
    const live = this.root.said("live");
    if (!live) return;
    this.root.tell("panel-again");
    // It may have been finished while this was being fetched.
    const isThere = await rest.get(live).then(() => true, () => false);
    if (isThere) this.root.tell("panel-redraw");
  }

  /** What was drawn anew gets what belongs to it. */
  private dress(): void {
    const tree = this.root.find("[data-tree]");
    const bar = this.root.find("[data-tabs]");
    if (tree) this.tree = new Tree(this.root, tree);
    if (bar) tabs.draw(this.root, bar);
    this.root.show("[data-undo]", lastDeleted() !== undefined);
    if (new URLSearchParams(location.search).has("wide")) this.element.closest(".panel")?.classList.add("panel-wide");
  }

  private onClick = (event: MouseEvent): void => {
    const target = event.target as HTMLElement;
    for (const menu of this.element.querySelectorAll<HTMLDetailsElement>("details[open].relative")) if (!menu.contains(target)) menu.open = false;
    const button = target.closest<HTMLElement>("button[data-do]");
    const act = button && this.acts[button.dataset.do!];
    if (!act) return;
    button.closest("summary") && event.preventDefault();
    void Promise.resolve(act(button)).catch(this.root.complain);
  };

  private acts: Record<string, (button: HTMLElement) => unknown> = {
    copy: async (button) => {
      await navigator.clipboard.writeText(await this.text());
      button.dataset.tip = this.root.said("copied");
    },
    download: async () => save(nameOf(this.root.said("path")), await this.text()),
    wide: (button) => {
      const wide = this.element.closest(".panel")!.classList.toggle("panel-wide");
      button.setAttribute("aria-pressed", String(wide));
    },
    restore: async (button) => {
      await rest.restore(this.root.id, Number(button.dataset.of));
      this.root.open(this.root.id, this.root.said("view"));
    },
    merge: () => this.editing?.settle("merge"),
    mine: () => this.editing?.settle("mine"),
    theirs: () => this.editing?.settle("theirs"),
    new: () => this.tree?.ask(),
    rename: () => this.tree?.ask(this.root.id, this.root.said("path")),
    delete: () => this.tree?.remove(),
    unname: () => this.root.show("[data-name]", false),
    undelete: async () => {
      const id = lastDeleted();
      forgetDeleted();
      if (!id) return;
      await rest.undelete(id);
      this.root.open(id);
    },
    svg: () => this.showing?.exported("svg"),
    png: () => this.showing?.exported("png"),
    shot: () => this.showing?.shot(),
    reload: () => this.showing?.reload(),
    width: (button) => this.showing?.width(button),
    wait: () => this.showing?.wait(),
    stop: () => this.showing?.stop(),
    fix: () => this.showing?.fix(),
    clear: () => this.showing?.clear(),
    unified: (button) => this.compare(button, "unified"),
    split: (button) => this.compare(button, "split"),
  };

  private compare(button: HTMLElement, how: "unified" | "split"): void {
    for (const other of button.parentElement!.children) other.setAttribute("aria-pressed", String(other === button));
    layout(this.root.find<HTMLTableElement>("table[data-diff]")!, how);
  }

  /** What is shown, as it is in the editor, if there is one. */
  private async text(): Promise<string> {
    const { id } = this.root;
    return this.editing?.text ?? (await rest.version(id, Number(this.root.said("shown")))).content;
  }

  private onChange = (event: Event): void => {
    const field = event.target as HTMLInputElement;
    const files = [...(field.files ?? [])];
    const work = async () => {
      if (field.dataset.do === "upload") await this.tree?.put(files.map((file) => [file.name, file]));
      if (field.dataset.do === "import" && files[0]) await rest.unzip(this.root.conversation, files[0]);
      if (field.dataset.do === "import") this.root.tell("panel-redraw");
    };
    void work().catch(this.root.complain);
  };

  /** Artifacts have changed: here, in another tab, or by a model. What is being edited is left alone; to save it tells. */
  async refresh(): Promise<void> {
    const { id } = this.root;
    if (!id || this.root.said("live")) return this.root.tell("panel-redraw");
    if (this.editing?.isDirty) return;
    const newest = await rest.get(id).catch(() => undefined);
    const known = Number(this.root.said("version"));
    const isOld = this.root.said("shown") !== this.root.said("version");
    if (!newest || newest.path !== this.root.said("path")) return this.root.tell("panel-redraw");
    if (newest.version !== known && (isOld || !(this.editing || this.showing))) return this.root.tell("panel-redraw");
    await this.redress();
    if (newest.version !== known) {
      Object.assign(this.element.dataset, { version: newest.version, shown: newest.version });
      this.editing?.take(newest.content, newest.version);
    }
    await this.showing?.show();
  }

  /** Draws the head and the tree anew, and nothing that somebody works in. */
  private async redress(): Promise<void> {
    const page = new DOMParser().parseFromString(await rest.drawn(this.root.conversation), "text/html");
    for (const slot of this.element.querySelectorAll<HTMLElement>("[data-slot=head],[data-slot=tree]")) {
      const fresh = page.querySelector(`[data-slot=${slot.dataset.slot}]`);
      if (fresh && !slot.contains(document.activeElement)) slot.replaceChildren(...fresh.childNodes);
    }
    this.dress();
  }

  written(path: string, text: string): void {
    const name = this.root.find("[data-live-path]");
    if (name) name.textContent = path;
    this.editing?.append(text);
  }

  leave(): void {
    this.editing?.leave();
    this.showing?.leave();
  }
}

let panel: Panel | undefined;

function mount(): void {
  const element = document.querySelector<HTMLElement>("aside.panel [data-artifacts]") ?? undefined;
  if (element === panel?.element) return;
  panel?.leave();
  panel = element && new Panel(element);
}

document.addEventListener("panel-drawn", mount);
document.addEventListener("artifacts-changed", () => void panel?.refresh().catch(panel.root.complain));
document.addEventListener("artifact-text", (event) => {
  const [id, path, text] = JSON.parse((event as CustomEvent<string>).detail) as [string, string, string];
  if (panel?.root.said("live") === id) panel.written(path, text);
});
// The panel goes without being drawn anew when it is closed.
new MutationObserver(() => panel && !panel.element.isConnected && mount()).observe(document.querySelector("aside.panel")?.parentElement ?? document.body, { childList: true });
addEventListener("keydown", (event) => {
  const wide = event.key === "Escape" && document.querySelector(".panel-wide");
  if (wide) wide.classList.remove("panel-wide");
});
mount();
