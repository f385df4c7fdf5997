/** The kind `svg`: a picture, in which no script runs and nothing is loaded. */
import type { Input } from "../protocol";
import { At } from "./graph";
import { pngOf, svgAddress } from "./picture";
import { stage } from "./stage";

let text = "";

export async function show(input: Input): Promise<void> {
  text = input.files.find(({ path }) => path === input.entry)?.content ?? "";
  const fault = new DOMParser().parseFromString(text, "image/svg+xml").querySelector("parsererror");
  if (fault) {
    const said = fault.textContent ?? "";
    throw new At(`${input.entry} is not SVG: ${/error on line[^\n]*/.exec(said)?.[0] ?? "it cannot be read"}`, input.entry, Number(/line (\d+)/.exec(said)?.[1] ?? 1));
  }
  const image = new Image();
  image.alt = input.entry;
  image.style.cssText = "max-width:100%;max-height:calc(100vh - 48px)";
  image.src = svgAddress(text);
  await image.decode().catch(() => {
    throw new At(`${input.entry} is not an SVG that can be shown`, input.entry, 1);
  });
  stage().replaceChildren(image);
}

export const svg = async () => text;
export const png = () => pngOf(text);
