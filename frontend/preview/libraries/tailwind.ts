/** Tailwind, which watches the document and writes the style sheet that it needs. */
import "@tailwindcss/browser";
