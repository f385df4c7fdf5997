/** Gives the keyboard back when a frame takes it by itself: what the person types is for the page until they click or tab into the preview. */

/** How long after the Tab key the frame may have got the keyboard by it, in milliseconds. */
const BY_TAB = 300;

export class Focus {
  private last?: HTMLElement;
  private tabbed = -Infinity;

  constructor(private frame: () => HTMLIFrameElement | undefined) {
    document.addEventListener("focusin", this.remember, true);
    document.addEventListener("keydown", this.pressed, true);
    window.addEventListener("blur", this.lost);
  }

  dispose(): void {
    document.removeEventListener("focusin", this.remember, true);
    document.removeEventListener("keydown", this.pressed, true);
    window.removeEventListener("blur", this.lost);
  }

  private remember = ({ target }: FocusEvent) => {
    if (target instanceof HTMLElement && target !== this.frame()) this.last = target;
  };

  private pressed = (event: KeyboardEvent) => {
    if (event.key === "Tab") this.tabbed = performance.now();
  };

  private lost = () => {
    setTimeout(() => {
      const frame = this.frame();
      if (!frame || document.activeElement !== frame) return;
      if (frame.matches(":hover") || performance.now() - this.tabbed < BY_TAB) return;
      if (this.last?.isConnected) this.last.focus({ preventScroll: true });
      else frame.blur();
    });
  };
}
