import base from "./playwright.config";

/** The benchmarks in the browser: they print figures and assert nothing about them. */
export default {
  ...base,
  testDir: "./bench",
  workers: 1,
  timeout: 300_000,
  projects: [{ name: "bench", use: { viewport: { width: 1440, height: 900 } } }],
};
