/** Brings in Monaco's style sheet, once. */

let coming: Promise<void> | undefined;

export function dress(): Promise<void> {
  coming ??= new Promise((done, broken) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("./editor.css", import.meta.url).href;
    link.onload = () => done();
    link.onerror = () => {
      link.remove();
      coming = undefined;
      broken(new Error("style"));
    };
    document.head.append(link);
  });
  return coming;
}
