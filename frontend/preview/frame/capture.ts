/** Tells the page what the console is told, what fails and what the policy refused, at a pace that it can take. */
import { type Line, MOST_CHARS } from "../protocol";
import { documentIs, named, ownRows, place } from "./place";
import { isAlone, tell } from "./wire";

const MOST_A_SECOND = 100;
const later = window.setTimeout.bind(window);
const LEVELS = ["log", "info", "warn", "error", "debug"] as const;

let told = 0;
let dropped = 0;

/** Whether one more may be told in this second. */
function passes(): boolean {
  if (told === 0) later(next, 1_000);
  if (told < MOST_A_SECOND) return (told++, true);
  dropped++;
  return false;
}

function next(): void {
  if (dropped) tell({ v: "console", level: "warn", text: `… and ${dropped} more`, file: "", line: 0 });
  told = dropped = 0;
}

export function say(level: Line["level"], text: string, file = "", line = 0): void {
  if (passes()) tell({ v: "console", level, text: text.slice(0, MOST_CHARS), file: file.slice(0, 500), line });
}

/** Tells of an error. `at` is where, if that is known better than the stack knows it. */
export function fail(error: unknown, at = { file: "", line: 0 }, more = ""): void {
  const message = error instanceof Error ? error.message : shown(error);
  const stack = ownRows((error instanceof Error && error.stack ? error.stack : "") + more);
  const { file, line } = at.file ? at : place(stack);
  if (isAlone) return write(`${message}\n${file}:${line}`);
  if (passes()) tell({ v: "error", message: message.slice(0, MOST_CHARS), file: file.slice(0, 500), line, stack: stack.slice(0, MOST_CHARS) });
}

/** A file of its own has no panel that could show it. */
function write(text: string): void {
  const box = document.createElement("pre");
  box.textContent = text;
  box.style.cssText = "margin:1rem;padding:1rem;border:1px solid #dc2626;border-radius:.5rem;color:#b91c1c;background:#fff;white-space:pre-wrap";
  document.body.append(box);
}

function shown(value: unknown): string {
  try {
    if (typeof value === "string") return value;
    if (value instanceof Error) return value.stack ?? value.message;
    if (value instanceof Element) return value.outerHTML.slice(0, 1_000);
    if (typeof value !== "object" || value === null) return String(value);
    return JSON.stringify(value, once(), 2) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** A replacer that follows no circle. */
function once(): (key: string, value: unknown) => unknown {
  const above = new WeakSet<object>();
  return (_key, value) => {
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value !== "object" || value === null) return value;
    if (above.has(value)) return "[seen above]";
    above.add(value);
    return value;
  };
}

function wrap(): void {
  for (const level of LEVELS) {
    const own = console[level].bind(console);
    console[level] = (...values: unknown[]) => {
      own(...values);
      const { file, line } = place(new Error().stack ?? "");
      say(level, values.map(shown).join(" "), file, line);
    };
  }
}

const WHAT: Record<string, string> = {
  "connect-src": "request",
  "img-src": "image",
  "font-src": "font",
  "media-src": "media",
  "style-src-elem": "style sheet",
  "script-src-elem": "script",
  "frame-src": "frame",
  "worker-src": "worker",
  "form-action": "form",
  "object-src": "object",
  "require-trusted-types-for": "script",
};

function refused(event: SecurityPolicyViolationEvent): void {
  const what = WHAT[event.effectiveDirective] ?? event.effectiveDirective;
  const uri = event.blockedURI === "trusted-types-sink" ? event.sample.replace(/^[^|]*\|/, "") : event.blockedURI;
  say("blocked", `Blocked: ${what} ${uri}. Previews have no network.`, named(event.sourceFile), event.lineNumber);
}

function failed(event: Event): void {
  if (event instanceof ErrorEvent) {
    fail(event.error ?? event.message, { file: named(event.filename), line: event.lineno });
  } else if (event.target instanceof HTMLImageElement && /^(data|blob):/.test(event.target.src)) {
    say("error", `An image could not be read: ${event.target.src.slice(0, 100)}`);
  }
}

/** A link that leads away would end the preview. */
function followed(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest("a[href], area[href]") : null;
  const href = link?.getAttribute("href") ?? "#";
  if (event.defaultPrevented || href.startsWith("#")) return;
  event.preventDefault();
  if (!isAlone) say("blocked", `Blocked: link ${href}. Previews have no network.`);
}

function listen(): void {
  addEventListener("error", failed, true);
  addEventListener("unhandledrejection", (event) => fail(event.reason));
  addEventListener("securitypolicyviolation", refused);
  addEventListener("click", followed);
}

/** Begins, once. */
export function capture(): void {
  wrap();
  listen();
}

/** Goes on after the document was written anew, which takes all listeners away. */
export function captureAgain(path: string): void {
  documentIs(path);
  listen();
}
