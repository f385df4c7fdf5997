/** What was chosen last, in this browser. */

const PLACE = "palette-recent";
const MOST = 12;

export function recent(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(PLACE) ?? "[]");
    return Array.isArray(kept) ? kept.filter((key) => typeof key === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

export function remember(key: string): void {
  try {
    localStorage.setItem(PLACE, JSON.stringify([key, ...recent().filter((other) => other !== key)].slice(0, MOST)));
  } catch {
    // A browser that keeps nothing forgets this too.
  }
}
