/** A drawing as it may leave: it runs nothing and loads nothing, wherever it is opened. */

const RUNS = "script, foreignObject, iframe, object, embed, audio, video, set[attributeName*=href i], animate[attributeName*=href i]";

/** The largest drawing, in characters. */
const LONGEST = 20_000_000;

export function inert(text: string): string {
  if (text.length > LONGEST) throw new Error("failed");
  // Under its own name a style sheet is held against the page's policy even where it is only read.
  const parsed = new DOMParser().parseFromString(text.replace(/<(\/?)style\b/g, "<$1x-style"), "image/svg+xml");
  if (parsed.querySelector("parsererror") || parsed.documentElement.localName !== "svg") throw new Error("failed");
  parsed.querySelectorAll(RUNS).forEach((element) => element.remove());
  for (const element of parsed.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) if (!isInert(name, value)) element.removeAttribute(name);
    if (/^(x-)?style$/.test(element.localName)) element.textContent = withoutAddresses(element.textContent ?? "");
  }
  parsed.childNodes.forEach((node) => node.nodeType === Node.ELEMENT_NODE || node.remove());
  return new XMLSerializer().serializeToString(parsed.documentElement).replace(/<(\/?)x-style\b/g, "<$1style");
}

function isInert(name: string, value: string): boolean {
  if (/^on/i.test(name)) return false;
  if (/(^|:)href$/i.test(name)) return value.startsWith("#") || /^data:image\/(png|jpeg|gif|webp);/.test(value);
  if (name.startsWith("xmlns")) return true;
  return withoutAddresses(value) === value;
}

/** A style without what it would load; `url(#…)` is a part of the drawing itself. */
function withoutAddresses(style: string): string {
  const plain = style.replace(/\\[0-9a-f]{1,6}\s?|\\/gi, "");
  const bare = /@import|image-set|url\(\s*["']?\s*(?!["']?#)/i.test(plain) ? plain : style;
  return bare.replace(/@import[^;]*(;|$)|image-set\([^)]*\)/gi, "").replace(/url\(\s*["']?\s*(?!["']?#)[^)]*\)/gi, "none");
}
