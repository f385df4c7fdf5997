/** The tree of files: moving in it, moving what is in it, and what is dropped on it. */
import { keyOf, type Root } from "./parts";
import * as rest from "./rest";

const FILE = "application/x-vertice-artifact";

export class Tree {
  private renaming?: string;

  constructor(private root: Root, readonly element: HTMLElement) {
    element.addEventListener("keydown", this.onKey);
    element.addEventListener("click", this.onClick);
    element.addEventListener("dragstart", this.onDrag);
    for (const name of ["dragover", "dragleave", "drop"] as const) element.addEventListener(name, this.onDrop);
    root.find("[data-name]")?.addEventListener("submit", this.onName);
  }

  private get items(): HTMLElement[] {
    const all = [...this.element.querySelectorAll<HTMLElement>("[role=treeitem]")];
    return all.filter((item) => !item.parentElement!.closest("[aria-expanded=false]"));
  }

  private focus(item?: HTMLElement | null): void {
    if (!item) return;
    for (const other of this.element.querySelectorAll("[tabindex='0']")) other.setAttribute("tabindex", "-1");
    item.tabIndex = 0;
    item.focus();
  }

  private fold(item: HTMLElement, open: boolean): void {
    item.setAttribute("aria-expanded", String(open));
  }

  private onClick = (event: MouseEvent): void => {
    const item = (event.target as HTMLElement).closest<HTMLElement>("[data-folder]");
    if (item && !(event.target as HTMLElement).closest("[data-file]")) this.fold(item, item.getAttribute("aria-expanded") === "false");
  };

  private onKey = (event: KeyboardEvent): void => {
    const item = (event.target as HTMLElement).closest<HTMLElement>("[role=treeitem]");
    if (!item) return;
    const { items } = this;
    const at = items.indexOf(item);
    const folder = item.dataset.folder !== undefined;
    const open = item.getAttribute("aria-expanded") === "true";
    const above = item.parentElement!.closest<HTMLElement>("[role=treeitem]");
    const acts: Record<string, () => void> = {
      ArrowDown: () => this.focus(items[at + 1]),
      ArrowUp: () => this.focus(items[at - 1]),
      Home: () => this.focus(items[0]),
      End: () => this.focus(items.at(-1)),
      ArrowRight: () => (folder && !open ? this.fold(item, true) : folder && this.focus(items[at + 1])),
      ArrowLeft: () => (folder && open ? this.fold(item, false) : this.focus(above)),
      Enter: () => (folder ? this.fold(item, !open) : item.querySelector("a")?.click()),
      F2: () => !folder && this.ask(item.dataset.id, item.dataset.file),
      Delete: () => !folder && void this.remove(item.dataset.id),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };

  /** Asks for a path: of the artifact of that id, or of a new one. */
  ask(id?: string, path = ""): void {
    this.renaming = id;
    const form = this.root.find<HTMLFormElement>("[data-name]")!;
    const field = form.elements.namedItem("path") as HTMLInputElement;
    form.hidden = false;
    form.querySelector("[data-fault]")!.textContent = "";
    field.value = path;
    field.focus();
    field.setSelectionRange(path.lastIndexOf("/") + 1, path.includes(".") ? path.lastIndexOf(".") : path.length);
  }

  private onName = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const path = (form.elements.namedItem("path") as HTMLInputElement).value.trim();
    try {
      const { id } = this.renaming ? await rest.move(this.renaming, path) : await rest.create(this.root.conversation, path, "");
      form.hidden = true;
      if (this.renaming) this.root.tell("panel-redraw");
      else this.root.open(id);
    } catch (fault) {
      form.querySelector("[data-fault]")!.textContent = (fault as Error).message;
    }
  };

  async remove(id = this.root.id): Promise<void> {
    await rest.remove(id);
    deleted = { id, at: Date.now() };
    if (id === this.root.id) this.root.go(`/c/${this.root.conversation}?artifact&view=code`);
    else this.root.tell("panel-redraw");
  }

  private onDrag = (event: DragEvent): void => {
    const item = (event.target as HTMLElement).closest<HTMLElement>("[data-file]");
    if (item) event.dataTransfer?.setData(FILE, JSON.stringify([item.dataset.id, item.dataset.file]));
  };

  private onDrop = (event: DragEvent): void => {
    const folder = (event.target as HTMLElement).closest<HTMLElement>("[data-folder]");
    for (const other of this.element.querySelectorAll(".is-target")) other.classList.remove("is-target");
    if (event.type === "dragleave") return;
    event.preventDefault();
    if (event.type === "dragover") return void folder?.classList.add("is-target");
    const into = folder?.dataset.folder ?? "";
    const moved = event.dataTransfer?.getData(FILE);
    if (moved) {
      const [id, path] = JSON.parse(moved) as [string, string];
      const name = path.slice(path.lastIndexOf("/") + 1);
      const place = into ? `${into}/${name}` : name;
      if (place !== path) void rest.move(id, place).then(() => this.root.tell("panel-redraw"), this.root.complain);
      return;
    }
    void dropped(event.dataTransfer!).then((files) => this.put(files, into)).catch(this.root.complain);
  };

  /** Makes artifacts of files; new versions of those that are there. */
  async put(files: [string, File][], into = ""): Promise<void> {
    const known = new Map((await rest.all(this.root.conversation)).map((one) => [keyOf(one.path), one]));
    for (const [path, file] of files) {
      const place = into ? `${into}/${path}` : path;
      try {
        const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await file.arrayBuffer());
        const there = known.get(keyOf(place));
        if (there) await rest.write(there.id, text, there.version);
        else await rest.create(this.root.conversation, place, text);
      } catch (fault) {
        this.root.complain(`${place}: ${(fault as Error).message}`);
      }
    }
    this.root.tell("panel-redraw");
  }
}

/** What was deleted last, for as long as that can be taken back here. */
let deleted: { id: string; at: number } | undefined;
const UNDO_FOR = 15_000;

export const lastDeleted = (): string | undefined => (deleted && Date.now() - deleted.at < UNDO_FOR ? deleted.id : undefined);
export const forgetDeleted = (): void => void (deleted = undefined);

/** All files of what was dropped, those in folders too. */
async function dropped(data: DataTransfer): Promise<[string, File][]> {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const files: [string, File][] = [];
  const walk = async (entry: FileSystemEntry): Promise<void> => {
    if (entry.isFile) {
      const file = await new Promise<File>((take, refuse) => (entry as FileSystemFileEntry).file(take, refuse));
      files.push([entry.fullPath.replace(/^\//, ""), file]);
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((take, refuse) => reader.readEntries(take, refuse));
      if (some.length === 0) return;
      for (const one of some) await walk(one);
    }
  };
  for (const entry of entries) await walk(entry);
  return files;
}
