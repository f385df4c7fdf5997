/** The place in the middle where a drawing is shown. */
export function stage(): HTMLElement {
  const known = document.getElementById("stage");
  if (known) return known;
  const made = document.createElement("div");
  made.id = "stage";
  made.style.cssText = "box-sizing:border-box;min-height:100vh;padding:24px;display:flex;align-items:center;justify-content:center";
  document.body.style.margin = "0";
  document.body.append(made);
  return made;
}
