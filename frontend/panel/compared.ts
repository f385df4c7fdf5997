/** A comparison side by side, made of the one that the server draws with all lines under each other. */

/** Runs of lines that went and came stand beside each other. */
export function layout(table: HTMLTableElement, how: "unified" | "split"): void {
  table.dataset.diff = how;
  table.parentElement?.querySelector("[data-beside]")?.remove();
  table.hidden = how === "split";
  if (how === "unified") return;
  const beside = document.createElement("table");
  beside.className = table.className;
  beside.dataset.beside = "";
  beside.setAttribute("aria-label", table.getAttribute("aria-label") ?? "");
  for (const hunk of table.tBodies) {
    const body = beside.createTBody();
    body.className = hunk.className;
    const rows = [...hunk.rows];
    for (let at = 0; at < rows.length; ) {
      const out = run(rows, at, "diff-out");
      const into = run(rows, at + out.length, "diff-in");
      if (out.length + into.length === 0) {
        pair(body, rows[at], rows[at]);
        at += 1;
        continue;
      }
      for (let line = 0; line < Math.max(out.length, into.length); line += 1) pair(body, out[line], into[line]);
      at += out.length + into.length;
    }
  }
  table.after(beside);
}

function run(rows: HTMLTableRowElement[], from: number, kind: string): HTMLTableRowElement[] {
  let end = from;
  while (end < rows.length && rows[end].className === kind) end += 1;
  return rows.slice(from, end);
}

function pair(body: HTMLTableSectionElement, old?: HTMLTableRowElement, now?: HTMLTableRowElement): void {
  const row = body.insertRow();
  for (const [side, number] of [[old, 0], [now, 1]] as const) {
    const cells = side ? [side.cells[number], side.cells[2], side.cells[3]] : [undefined, undefined, undefined];
    for (const cell of cells) {
      const copy = (cell?.cloneNode(true) ?? document.createElement("td")) as HTMLElement;
      if (side && side.className) copy.classList.add(side.className);
      row.append(copy);
    }
  }
}
