/** How many messages a frame may send: a bucket of tokens, and a look at whether they make the page stutter. */

const BURST = 300;
const A_SECOND = 200;
/** A pause of the page's clock that is a stutter, in milliseconds, and the messages that must come with it to be their fault. */
const STUTTER = 200;
const WITH = 4;
/** So many stutters within so many milliseconds are too many. */
const STRIKES = 3;
const WITHIN = 10_000;

export class Allowance {
  private tokens = BURST;
  private filled = performance.now();
  private since = 0;
  private strikes: number[] = [];

  /** Takes one; false: there is none left. It is asked before a message is looked at, since that alone can be too much. */
  spend(tokens = 1): boolean {
    const now = performance.now();
    this.tokens = Math.min(BURST, this.tokens + ((now - this.filled) / 1_000) * A_SECOND) - tokens;
    this.filled = now;
    this.since++;
    return this.tokens >= 0 && this.strikes.length < STRIKES;
  }

  /** The page's clock has ticked, `late` milliseconds after it should have. */
  ticked(late: number): void {
    const now = performance.now();
    this.strikes = this.strikes.filter((at) => now - at < WITHIN);
    if (late > STUTTER && this.since >= WITH + late / 250) this.strikes.push(now);
    this.since = 0;
  }
}
