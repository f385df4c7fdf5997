/** Where in the person's own files something happened, read from stacks as engines write them. */

declare const __rt_base: string;

let written = "";

/** The file whose text the document itself is; engines call that by the frame's address. */
export function documentIs(path: string): void {
  written = path;
}

/** The file as the person knows it; empty: not one of theirs. */
export function named(file: string): string {
  if (file.startsWith(__rt_base)) return "";
  return isDocument(file) ? written : decodeURI(file);
}

/** What has no name of its own stands in the document; its lines are those of its element, which say nothing. */
const isDocument = (file: string) => /^(https?|file|about):|^(<anonymous>)?$/.test(file);

/** A stack without what is ours. */
export const ownRows = (stack: string) => stack.split("\n").filter((row) => !row.includes(__rt_base)).join("\n");

/** The topmost place of a stack that is in a file of the person's. */
export function place(stack: string): { file: string; line: number } {
  for (const row of stack.split("\n")) {
    const found = /(?:\(|@|at (?:async )?)?([^\s()@]+):(\d+):\d+\)?$/.exec(row.trim());
    const file = found && named(found[1]);
    if (file) return { file, line: isDocument(found[1]) ? 0 : Number(found[2]) };
  }
  return { file: "", line: 0 };
}
