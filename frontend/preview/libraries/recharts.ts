/** The charts. */
import * as charts from "recharts";

globalThis.__rt.recharts = charts;
