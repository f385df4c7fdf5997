/** Brings in the libraries that previews are made with, each when it is first needed: scripts of ours, or what a file of its own holds. */
import { run } from "./run";

declare const __rt_base: string;

declare global {
  /** What the libraries have left for us, by their names. */
  var __rt: Record<string, any>;
}

globalThis.__rt = {};

const coming = new Map<string, Promise<void>>();
let held: Record<string, string> = {};

/** The libraries that stand in this very file. */
export function hold(libraries: Record<string, string>): void {
  held = libraries;
}

export function library(name: string): Promise<void> {
  const known = coming.get(name) ?? (name in held ? Promise.resolve(run(held[name])) : fetched(name));
  coming.set(name, known);
  return known;
}

function fetched(name: string): Promise<void> {
  return new Promise((done, broken) => {
    const script = document.createElement("script");
    script.onload = () => done();
    script.onerror = () => broken(new Error(`The library ${name} could not be loaded`));
    script.src = `${__rt_base}${name}.js`;
    document.head.append(script);
  });
}

/** Where modules of ours are. */
export const address = (file: string) => __rt_base + file;

export const isHeld = (name: string) => name in held;
