/** Reads what a frame says. Whatever is not of these shapes and sizes is nothing. */
import { type FromFrame, MOST_CHARS } from "../protocol";

const LEVELS = ["log", "info", "warn", "error", "debug", "blocked"];
/** The most characters of a picture; only who was asked for one may send it. */
const LARGEST = 40_000_000;

export function told(data: unknown, wasAsked: boolean): FromFrame | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const said = data as Record<string, unknown>;
  const text = (name: string, most = MOST_CHARS) => {
    const value = said[name];
    return typeof value === "string" && value.length <= most ? value : undefined;
  };
  const number = (name: string) => {
    const value = said[name];
    return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  };
  const whole = <T extends object>(message: T) => (Object.values(message).includes(undefined) ? undefined : (message as unknown as FromFrame));
  const place = { file: text("file", 500), line: number("line") };
  switch (said.v) {
    case "hello":
    case "beat":
    case "writing":
      return { v: said.v };
    case "shown":
      return whole({ v: "shown", turn: number("turn") });
    case "console":
      return LEVELS.includes(said.level as string) ? whole({ v: "console", level: said.level, text: text("text"), ...place }) : undefined;
    case "error":
      return whole({ v: "error", message: text("message"), ...place, stack: text("stack") });
    case "reply":
      return wasAsked && typeof said.ok === "boolean" ? whole({ v: "reply", id: number("id"), ok: said.ok, text: text("text", LARGEST) }) : undefined;
    default:
      return undefined;
  }
}
