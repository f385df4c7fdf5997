/** The kind `html`: writes the page into this very document, so that window, policy and prelude stay. */
import type { File, Input } from "../protocol";
import { captureAgain } from "./capture";
import { resolve } from "./graph";
import { tell } from "./wire";

declare const __clean: (text: string) => string;

/** Writes it; `again` puts back what that takes away. */
export function show(input: Input, again: () => void): void {
  const entry = input.files.find(({ path }) => path === input.entry);
  if (!entry) throw new Error(`${input.entry} is not there`);
  const text = withFiles(entry, input.files);
  tell({ v: "writing" });
  document.open();
  captureAgain(entry.path);
  again();
  document.write("trustedTypes" in globalThis ? text : __clean(text));
  document.close();
}

/** The page, in which each script knows the line that it stands in: engines count from where a text was written. */
function placed({ path, content }: File): string {
  return content.replace(/<script\b(?![^>]*\ssrc\s*=)([^>]*)>([\s\S]*?)<\/script\s*>/gi, (tag, attributes, text, at) => {
    const type = /\btype\s*=\s*["']?([^"'\s>]*)/i.exec(attributes)?.[1] ?? "";
    if (!/^(|module|(text|application)\/javascript)$/i.test(type)) return tag;
    const lines = content.slice(0, at).split("\n").length - 1 + (attributes.split("\n").length - 1);
    return `<script${attributes}>${"\n".repeat(lines)}${text}\n//# sourceURL=${encodeURI(path)}\n</script>`;
  });
}

/** The page with what it names of the conversation's files: style sheets, scripts, pictures. */
function withFiles(page: File, files: File[]): string {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const paths = new Set(byPath.keys());
  const found = (name: string) => (/^([a-z]+:|\/\/|#)/i.test(name) ? undefined : byPath.get(resolve(page.path, `./${name}`, paths) ?? ""));
  return placed(page)
    .replace(/<link\b[^>]*\bhref=["']([^"']+)["'][^>]*>/gi, (tag, name) => {
      const file = /\bstylesheet\b/i.test(tag) && found(name);
      return file ? `<style>${file.content.replace(/<\/style/gi, "<\\/style")}</style>` : tag;
    })
    .replace(/(<script\b[^>]*?)\ssrc=["']([^"']+)["']([^>]*>)\s*<\/script>/gi, (tag, before, name, after) => {
      const file = found(name);
      const text = file?.content.replace(/<(\/script|!--)/gi, "\\x3c$1");
      return file ? `${before}${after}${text}\n//# sourceURL=${encodeURI(file.path)}\n</script>` : tag;
    })
    .replace(/(<img\b[^>]*?\ssrc=["'])([^"']+)(["'])/gi, (tag, before, name, after) => {
      const file = found(name);
      return file?.path.endsWith(".svg") ? `${before}data:image/svg+xml,${encodeURIComponent(file.content)}${after}` : tag;
    });
}
