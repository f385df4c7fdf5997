/**
 * Brings the panel of artifacts to life. The server draws it; here are the editor, the frame of a preview, the tree and the
 * buttons. The page tells when it was drawn (`panel-drawn`), when artifacts have changed (`artifacts-changed`) and what a model
 * writes (`artifact-text`, `artifact-over`).
 */
import { layout } from "./compared";
import { Editing } from "./editing";
import { Finding } from "./finding";
import { keyOf, nameOf, Root, save } from "./parts";
import * as rest from "./rest";
import { Showing } from "./showing";
import { attach } from "./split";
import * as tabs from "./tabs";
import { forgetDeleted, lastDeleted, Tree } from "./tree";

/** How long a model may write nothing (ms) before it is looked whether it still does. */
const QUIET = 10_000;

class Panel {
  readonly root: Root;
  private editing?: Editing;
  private showing?: Showing;
  private finding?: Finding;
  private tree?: Tree;
  private quiet = 0;
  private heard = Date.now();

  constructor(readonly element: HTMLElement) {
    this.root = new Root(element);
    element.addEventListener("click", this.onClick);
    element.addEventListener("change", this.onChange);
    this.dress();
    if (new URLSearchParams(location.search).has("wide")) this.wide(true);
    const edge = this.root.find("[data-edge]");
    if (edge) attach(edge);
    const place = this.root.find("[data-editor]");
    const frame = this.root.find("[data-frame]");
    const [search, json] = [this.root.find("[data-search]"), this.root.find("[data-json]")];
    if (place) this.editing = new Editing(this.root, place, () => void this.redress().catch(this.root.complain));
    if (frame) this.showing = new Showing(this.root, frame);
    if (search && json) this.finding = new Finding(this.root, search, json);
    void this.open().catch(this.root.complain);
  }

  private async open(): Promise<void> {
    await this.editing?.open();
    await this.showing?.open();
    const live = this.root.said("live");
    if (this.editing) this.root.tell("panel-again");
    if (!live) return;
    // A model that has stopped writing says nothing more, and the server knows why.
    this.quiet = window.setInterval(() => Date.now() - this.heard > QUIET && this.root.tell("panel-redraw"), QUIET);
    // It may have been finished while this was being fetched.
    const isThere = await rest.get(live).then(() => true, () => false);
    if (isThere) this.root.tell("panel-redraw");
  }

  /** What was drawn anew gets what belongs to it. */
  private dress(): void {
    const tree = this.root.find("[data-tree]");
    const bar = this.root.find("[data-tabs]");
    if (tree && this.tree?.element !== tree) this.tree = new Tree(this.root, tree);
    if (bar) tabs.draw(this.root, bar);
    this.root.show("[data-undo]", lastDeleted() !== undefined);
    this.editing?.tell();
  }

  private onClick = (event: MouseEvent): void => {
    const target = event.target as HTMLElement;
    for (const menu of this.element.querySelectorAll<HTMLDetailsElement>("details[open].relative")) if (!menu.contains(target)) menu.open = false;
    const button = target.closest<HTMLElement>("button[data-do],a[data-do]");
    const act = button && this.acts[button.dataset.do!];
    if (!act) return;
    if (button.closest("summary") || button.matches("a")) event.preventDefault();
    void Promise.resolve(act(button)).catch(this.root.complain);
  };

  private acts: Record<string, (button: HTMLElement) => unknown> = {
    copy: async (button) => {
      await navigator.clipboard.writeText(await this.text());
      button.dataset.tip = this.root.said("copied");
    },
    download: async () => save(nameOf(this.root.said("path")), await this.text()),
    wide: (button) => this.wide(button.getAttribute("aria-pressed") !== "true"),
    restore: async (button) => {
      await rest.restore(this.root.id, Number(button.dataset.of));
      this.root.open(this.root.id, this.root.said("view"));
    },
    merge: () => this.editing?.settle("merge"),
    mine: () => this.editing?.settle("mine"),
    theirs: () => this.editing?.settle("theirs"),
    new: () => this.tree?.ask(),
    rename: () => this.tree?.ask(this.root.id, this.root.said("path")),
    delete: async () => {
      await this.editing?.save();
      await this.tree?.remove();
    },
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
    "find-before": () => this.finding?.step(-1),
    "find-next": () => this.finding?.step(1),
    all: async (link) => {
      const { name, content } = await rest.archive(link.getAttribute("href")!);
      save(name, content);
    },
    older: (link) => this.older(link as HTMLAnchorElement),
    unified: (button) => this.compare(button, "unified"),
    split: (button) => this.compare(button, "split"),
  };

  wide(is: boolean): void {
    this.element.closest(".panel")?.classList.toggle("panel-wide", is);
    this.root.find("[data-do=wide]")?.setAttribute("aria-pressed", String(is));
  }

  private compare(button: HTMLElement, how: "unified" | "split"): void {
    for (const other of button.parentElement!.children) other.setAttribute("aria-pressed", String(other === button));
    layout(this.root.find<HTMLTableElement>("table[data-diff]")!, how);
  }

  /** Puts the next page of versions below those that are shown. */
  private async older(link: HTMLAnchorElement): Promise<void> {
    if (link.ariaBusy) return;
    link.ariaBusy = "true";
    try {
      const page = await this.drawn(new URL(link.href).search);
      const rows = [...page.querySelectorAll<HTMLElement>("[data-versions] > li")];
      this.root.find("[data-versions]")?.append(...rows);
      const next = page.querySelector("[data-do=older]");
      if (next) link.replaceWith(next);
      else link.parentElement!.remove();
      rows[0]?.querySelector("a")?.focus();
    } finally {
      link.ariaBusy = null;
    }
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
    if (newest.version !== known && isOld) return this.root.tell("panel-redraw");
    if (newest.version !== known && !(this.editing || this.showing)) return this.follow();
    await this.redress();
    // Meanwhile somebody may have gone on here.
    if (panel !== this || this.editing?.isDirty) return;
    if (newest.version > Number(this.root.said("version"))) {
      this.editing?.take(newest.content, newest.version);
      Object.assign(this.element.dataset, { version: newest.version, shown: newest.version });
    }
    await this.showing?.show();
  }

  /** What is shown, as an address: one that names the newest version names an older one when there is another. */
  private get address(): string {
    const isNewest = this.root.said("shown") === this.root.said("version");
    return isNewest ? location.search.replace(/&version=\d+/, "") : location.search;
  }

  private follow(): void {
    if (this.address === location.search) this.root.tell("panel-redraw");
    else this.root.go(location.pathname + this.address);
  }

  /** Draws the head and the tree anew, and nothing that somebody works in. */
  private async redress(): Promise<void> {
    const page = await this.drawn(this.address);
    for (const slot of this.element.querySelectorAll<HTMLElement>("[data-slot=head],[data-slot=tree]")) {
      const fresh = page.querySelector(`[data-slot=${slot.dataset.slot}]`);
      if (!fresh || slot.contains(document.activeElement)) continue;
      const folded = [...slot.querySelectorAll<HTMLElement>("[aria-expanded=false]")].map((folder) => folder.dataset.folder);
      slot.replaceChildren(...fresh.childNodes);
      for (const folder of slot.querySelectorAll<HTMLElement>("[data-folder]")) if (folded.includes(folder.dataset.folder)) folder.setAttribute("aria-expanded", "false");
    }
    this.dress();
  }

  private async drawn(address: string): Promise<Document> {
    return new DOMParser().parseFromString(await rest.drawn(this.root.conversation, address), "text/html");
  }

  /** More of an artifact that is there, and written anew. */
  rewritten(writing: string, path: string, text: string): void {
    if (keyOf(path) === keyOf(this.root.said("path"))) this.editing?.rewrite(writing, text);
  }

  /** Nothing more is written: what is stored is shown. */
  async over(): Promise<void> {
    const live = this.root.said("live");
    if (live) return (await rest.isThere(live)) ? this.root.tell("panel-redraw") : this.root.go(`${location.pathname}?artifact`);
    if (!this.editing?.isBeingWritten) return;
    await this.refresh().finally(() => this.editing?.back());
  }

  theme(): void {
    this.editing?.theme();
    this.showing?.theme();
  }

  written(path: string, text: string): void {
    this.heard = Date.now();
    const name = this.root.find("[data-live-path]");
    if (name) name.textContent = path;
    this.editing?.append(text);
  }

  leave(): void {
    clearInterval(this.quiet);
    this.editing?.leave();
    this.showing?.leave();
  }
}

let panel: Panel | undefined;

function mount(): void {
  const element = document.querySelector<HTMLElement>("aside.panel [data-artifacts]") ?? undefined;
  if (element === panel?.element) return;
  const hadFocus = panel !== undefined && document.activeElement === document.body;
  panel?.leave();
  panel = element && new Panel(element);
  if (hadFocus) element?.querySelector<HTMLElement>("[role=treeitem][tabindex='0']")?.focus();
}

document.addEventListener("panel-drawn", mount);
document.addEventListener("artifacts-changed", () => void panel?.refresh().catch(panel.root.complain));
// While the page is hidden it hears nothing.
document.addEventListener("visibilitychange", () => document.hidden || void panel?.refresh().catch(panel.root.complain));
document.addEventListener("artifact-text", (event) => {
  const [id, path, text, isThere] = JSON.parse((event as CustomEvent<string>).detail) as [string, string, string, boolean];
  if (panel?.root.said("live") === id) panel.written(path, text);
  else if (isThere) panel?.rewritten(id, path, text);
});
document.addEventListener("artifact-over", () => void panel?.over().catch(panel.root.complain));
// Settings, or the system, choose other colours.
new MutationObserver(() => panel?.theme()).observe(document.documentElement, { attributeFilter: ["class"] });
// The panel goes without being drawn anew when it is closed.
new MutationObserver(() => panel && !panel.element.isConnected && mount()).observe(document.querySelector("aside.panel")?.parentElement ?? document.body, { childList: true });
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && document.querySelector(".panel-wide")) panel?.wide(false);
});
mount();
