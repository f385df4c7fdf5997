/** Ends loops that never pause. Every body of a loop asks here; see `libraries/compile.ts`. Once it has struck, it strikes until the next update: React would otherwise try the same again and again. */

/** How long one task may loop, in milliseconds. */
const PATIENCE = 1_000;
/** How many turns pass between two looks at the clock, less one; a power of two, less one. */
const SELDOM = 1_023;

const now = performance.now.bind(performance);
const later = window.setTimeout.bind(window);

let turns = 0;
let began = 0;
let struck = false;

declare global {
  var __g: () => void;
}

globalThis.__g = () => {
  if (struck || (++turns & SELDOM) === 0) look();
};

function look(): void {
  if (!began) {
    began = now();
    later(() => (began = 0), 0);
  }
  struck ||= now() - began > PATIENCE;
  if (struck) throw new Error("A loop ran for more than a second without a pause");
}

export function calm(): void {
  struck = false;
}
