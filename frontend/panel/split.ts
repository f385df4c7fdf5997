/** The edge between the chat and the panel, which can be moved. */

/** Where somebody has put it, in percent of both; it is remembered on this device. */
const KEY = "panel-width";
const USUAL = 60;
const LEAST = 35;
const MOST = 75;

const kept = (): number => Number(localStorage.getItem(KEY)) || USUAL;

function set(panel: HTMLElement, edge: HTMLElement, percent: number): void {
  const width = Math.min(MOST, Math.max(LEAST, percent));
  panel.style.setProperty("--panel", `${width}%`);
  edge.setAttribute("aria-valuenow", String(Math.round(100 - width)));
  if (width === USUAL) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, String(width));
}

export function attach(edge: HTMLElement): void {
  const panel = edge.closest<HTMLElement>(".panel")!;
  set(panel, edge, kept());
  edge.addEventListener("pointerdown", (event) => {
    edge.setPointerCapture(event.pointerId);
    // Frames would take the pointer away.
    panel.classList.add("is-sizing");
    const both = panel.parentElement!.getBoundingClientRect();
    const move = ({ clientX }: PointerEvent) => set(panel, edge, ((both.right - clientX) / both.width) * 100);
    edge.addEventListener("pointermove", move);
    const end = () => {
      edge.removeEventListener("pointermove", move);
      panel.classList.remove("is-sizing");
    };
    edge.addEventListener("lostpointercapture", end, { once: true });
  });
  edge.addEventListener("dblclick", () => set(panel, edge, USUAL));
  edge.addEventListener("keydown", (event) => {
    const steps: Record<string, number> = { ArrowLeft: kept() + 2, ArrowRight: kept() - 2, Home: MOST, End: LEAST };
    const wanted = steps[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    set(panel, edge, wanted);
  });
}
