/** Gives the keyboard back when a frame takes it by itself: what the person types is for the page until they click or tab into the preview. */

/** How long after the Tab key the frame may have got the keyboard by it, in milliseconds. */
const BY_TAB = 300;
/** When it is looked where the keyboard is, after the page has lost it. */
const AGAIN = [0, 40, 120, 300];
/** How long nobody must have typed for a touch to be meant for the frame: the browser says that there was one, not where. */
const PAUSE = 1_000;
/** So many times within so many milliseconds it may be taken before the frame is ended. */
const THEFTS = 5;
const WITHIN = 3_000;

export class Focus {
  private last?: HTMLElement;
  private tabbed = -Infinity;
  private used = -Infinity;
  private given = -Infinity;
  private thefts: number[] = [];

  constructor(private frame: () => HTMLIFrameElement | undefined, private tooMuch: () => void) {
    this.keep(document.activeElement);
    document.addEventListener("focusin", this.remember, true);
    document.addEventListener("keydown", this.pressed, true);
    window.addEventListener("blur", this.lost);
  }

  dispose(): void {
    document.removeEventListener("focusin", this.remember, true);
    document.removeEventListener("keydown", this.pressed, true);
    window.removeEventListener("blur", this.lost);
  }

  private remember = ({ target }: FocusEvent) => this.keep(target);

  private keep(target: EventTarget | null): void {
    if (target instanceof HTMLElement && target !== this.frame()) this.last = target;
  }

  private pressed = (event: KeyboardEvent) => {
    this.used = performance.now();
    if (event.key === "Tab") this.tabbed = this.used;
  };

  /** Not only at once: the browser may still be moving the keyboard, and then has the last word. */
  private lost = () => {
    const since = performance.now();
    for (const wait of AGAIN) setTimeout(() => this.giveBack(since), wait);
  };

  private giveBack(since: number): void {
    const frame = this.frame();
    const isTaken = document.activeElement === frame;
    // The right element, in a document that does not have the keyboard.
    const isHalf = this.given >= since && document.activeElement === this.last && !document.hasFocus();
    if (!frame || !(isTaken || isHalf) || this.isMeant(frame)) return;
    if (isHalf) this.last!.blur();
    if (this.last?.isConnected) this.last.focus({ preventScroll: true });
    else frame.blur();
    this.given = performance.now();
    if (isTaken) this.count();
  }

  /** Whether the person has led it there: with the pointer, with Tab, or with a finger, which hovers over nothing. */
  private isMeant(frame: HTMLIFrameElement): boolean {
    const now = performance.now();
    const isTouched = matchMedia("(hover: none)").matches && navigator.userActivation.isActive && now - this.used > PAUSE;
    return isTouched || frame.matches(":hover") || now - this.tabbed < BY_TAB;
  }

  /** Each time, a letter may have gone astray. */
  private count(): void {
    const now = performance.now();
    this.thefts = [...this.thefts.filter((at) => now - at < WITHIN), now];
    if (this.thefts.length < THEFTS) return;
    this.thefts = [];
    this.tooMuch();
  }
}
