/** The icons. */
import * as icons from "lucide-react";

globalThis.__rt["lucide-react"] = icons;
