/** Monaco's colours and type, taken from the page's design tokens. */
import * as monaco from "monaco-editor/editor/editor.api";

const NAME = "vertice";

/** A token, or a token with an alpha of hundredths. */
type Colour = string | [string, number];

const COLOURS: Record<string, Colour> = {
  "editor.background": "background",
  "editor.foreground": "foreground",
  "editorCursor.foreground": "primary",
  "editorLineNumber.foreground": "muted-foreground",
  "editorLineNumber.activeForeground": "foreground",
  "editor.lineHighlightBackground": ["tint", 5],
  "editor.lineHighlightBorder": ["tint", 0],
  "editor.selectionBackground": ["primary", 25],
  "editor.inactiveSelectionBackground": ["primary", 15],
  "editor.wordHighlightBackground": ["primary", 15],
  "editor.findMatchBackground": ["warning", 50],
  "editor.findMatchHighlightBackground": ["warning", 25],
  "editorIndentGuide.background1": "border",
  "editorIndentGuide.activeBackground1": "border-strong",
  "editorWhitespace.foreground": "border-strong",
  "editorBracketMatch.background": ["primary", 15],
  "editorBracketMatch.border": "border-strong",
  "editorGutter.background": "background",
  "editorWidget.background": "popover",
  "editorWidget.foreground": "foreground",
  "editorWidget.border": "border-strong",
  "editorHoverWidget.background": "popover",
  "editorSuggestWidget.background": "popover",
  "editorSuggestWidget.foreground": "foreground",
  "editorSuggestWidget.selectedBackground": "accent",
  "editorSuggestWidget.selectedForeground": "accent-foreground",
  "editorSuggestWidget.highlightForeground": "primary-text",
  "editorError.foreground": "destructive",
  "editorWarning.foreground": "warning",
  "input.background": "background",
  "input.foreground": "foreground",
  "input.border": "control",
  "inputOption.activeBorder": "primary",
  "inputOption.activeBackground": ["primary", 20],
  focusBorder: "ring",
  "list.hoverBackground": "accent",
  "list.focusBackground": "accent",
  "menu.background": "popover",
  "menu.foreground": "foreground",
  "menu.selectionBackground": "accent",
  "menu.selectionForeground": "accent-foreground",
  "quickInput.background": "popover",
  "quickInput.foreground": "foreground",
  "scrollbarSlider.background": ["control", 30],
  "scrollbarSlider.hoverBackground": ["control", 50],
  "scrollbarSlider.activeBackground": ["control", 60],
  "widget.shadow": ["foreground", 10],
};

const SYNTAX: Record<string, Colour> = {
  "": "foreground",
  keyword: "syn-keyword",
  tag: "syn-keyword",
  metatag: "syn-keyword",
  "attribute.name": "syn-type",
  type: "syn-type",
  namespace: "syn-type",
  string: "syn-string",
  "attribute.value": "syn-string",
  regexp: "syn-string",
  number: "syn-number",
  constant: "syn-number",
  annotation: "syn-number",
  comment: "syn-comment",
  identifier: "syn-fn",
  delimiter: "foreground",
  variable: "foreground",
  invalid: "destructive-text",
};

/** Reads the tokens again and gives every editor their colours. */
export function apply(): void {
  const style = getComputedStyle(document.documentElement);
  const token = (colour: Colour) => {
    const [name, alpha] = typeof colour === "string" ? [colour, 100] : colour;
    return hex(style.getPropertyValue(`--${name}`), alpha);
  };
  const colors = Object.fromEntries(Object.entries(COLOURS).map(([name, colour]) => [name, token(colour)]));
  const rules = Object.entries(SYNTAX).map(([name, colour]) => ({ token: name, foreground: token(colour).slice(1) }));
  const isDark = lightness(style.getPropertyValue("--background")) < 50;
  monaco.editor.defineTheme(NAME, { base: isDark ? "vs-dark" : "vs", inherit: true, colors, rules });
  monaco.editor.setTheme(NAME);
}

export function font(): { fontFamily: string; fontSize: number; lineHeight: number } {
  const family = getComputedStyle(document.documentElement).getPropertyValue("--font-mono").trim();
  return { fontFamily: family || "ui-monospace, monospace", fontSize: 13, lineHeight: 22 };
}

/** "222 47% 11%" and hundredths of alpha, as Monaco takes colours. */
function hex(channels: string, alpha: number): string {
  const [hue, saturation, light] = numbers(channels);
  const chroma = (saturation / 100) * Math.min(light / 100, 1 - light / 100);
  const byte = (value: number) => Math.round(value * 255).toString(16).padStart(2, "0");
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    return byte(light / 100 - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return `#${channel(0)}${channel(8)}${channel(4)}${alpha === 100 ? "" : byte(alpha / 100)}`;
}

const lightness = (channels: string) => numbers(channels)[2];

function numbers(channels: string): number[] {
  const found = channels.match(/[\d.]+/g)?.map(Number) ?? [];
  return found.length >= 3 ? found : [0, 0, 50];
}
