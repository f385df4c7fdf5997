/** Makes pictures of drawings. */

/** How many pixels of the picture a unit of the drawing becomes. */
const SCALE = 2;
/** No engine makes a larger canvas. */
const MOST_PIXELS = 8_192;

export const svgAddress = (text: string) => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;

/** A drawing as a picture, given as a `data:` address. */
export async function pngOf(svg: string): Promise<string> {
  const image = new Image();
  image.src = svgAddress(sized(svg));
  await image.decode();
  const scale = Math.min(SCALE, MOST_PIXELS / Math.max(image.naturalWidth, image.naturalHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png");
}

/** The same drawing with the size that its box has: without one it would become 300 × 150. */
function sized(text: string): string {
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  const svg = parsed.documentElement;
  const box = svg.getAttribute("viewBox")?.trim().split(/[\s,]+/).map(Number);
  const isPlain = (name: string) => /^[\d.]+(px)?$/.test(svg.getAttribute(name) ?? "");
  if (!box || box.length !== 4 || (isPlain("width") && isPlain("height"))) return text;
  svg.setAttribute("width", String(box[2]));
  svg.setAttribute("height", String(box[3]));
  (svg as unknown as SVGElement).style.maxWidth = "none";
  return new XMLSerializer().serializeToString(svg);
}
