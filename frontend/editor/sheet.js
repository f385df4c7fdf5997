/**
 * What stands for a `<style>` in Monaco. The page's policy takes no style sheet out of its markup, for good reason, and
 * Monaco makes dozens; a constructed sheet is no markup, and needs no word in the policy.
 */
export function makeSheet() {
  const sheet = new CSSStyleSheet();
  const holder = document.createElement("meta");
  const remove = holder.remove.bind(holder);
  let text = "";
  document.adoptedStyleSheets.push(sheet);
  Object.defineProperties(holder, {
    sheet: { value: sheet },
    textContent: {
      get: () => text,
      set(value) {
        text = value;
        sheet.replaceSync(value);
      },
    },
    remove: {
      value() {
        document.adoptedStyleSheets = document.adoptedStyleSheets.filter((known) => known !== sheet);
        remove();
      },
    },
  });
  return holder;
}
