/** Mermaid in one piece, for files of their own. */
import mermaid from "mermaid";

globalThis.__rt.mermaid = mermaid;
