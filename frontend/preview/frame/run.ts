/** Runs a text as a script of the document, at once; its errors go where a script's errors go. */
export function run(code: string): void {
  const script = document.createElement("script");
  script.textContent = code;
  document.head.append(script);
  script.remove();
}
