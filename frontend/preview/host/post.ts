/** Hears all messages first, and hands each to the preview whose frame it came from. What belongs to no preview passes by. */
import type { Allowance } from "./allowance";

export interface Held {
  allowance: Allowance;
  readonly source: Window | null;
  receive(data: unknown): void;
  flooded(): void;
  left(): void;
}

const TICK = 100;

const live = new Set<Held>();
let clock = 0;
let ticked = 0;

export function claim(preview: Held): void {
  if (live.size === 0) begin();
  live.add(preview);
}

export function release(preview: Held): void {
  live.delete(preview);
  if (live.size === 0) end();
}

function begin(): void {
  addEventListener("message", heard, true);
  document.addEventListener("securitypolicyviolation", refused);
  ticked = performance.now();
  clock = window.setInterval(tick, TICK);
}

function end(): void {
  removeEventListener("message", heard, true);
  document.removeEventListener("securitypolicyviolation", refused);
  clearInterval(clock);
}

function tick(): void {
  const now = performance.now();
  for (const preview of live) preview.allowance.ticked(now - ticked - TICK);
  ticked = now;
}

function heard(event: MessageEvent): void {
  // Frames without an origin are ours, or inside of ours; where one was removed, its last messages still come.
  if (event.origin !== "null") return;
  event.stopImmediatePropagation();
  const { source } = event;
  if (!source) return;
  const preview = [...live].find((preview) => preview.source === source);
  if (!preview) return strange();
  if (!preview.allowance.spend()) return preview.flooded();
  preview.receive(event.data);
}

/** A frame inside of a frame has nothing to say here; all of them pay for it. */
function strange(): void {
  for (const preview of live) if (!preview.allowance.spend()) preview.flooded();
}

/** The page's own policy stopped a frame from going elsewhere. With several, the event of its load tells which one. */
function refused(event: SecurityPolicyViolationEvent): void {
  if (event.effectiveDirective === "frame-src" && live.size === 1) for (const preview of live) preview.left();
}
