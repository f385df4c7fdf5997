import { defineConfig, devices } from "@playwright/test";
import { chromePath } from "./support/paths";

/** Chromium as the machine has it; the flags keep it from looking for hosts outside. */
const launchOptions = {
  executablePath: chromePath(),
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

export default defineConfig({
  testDir: "./tests",
  globalSetup: "./support/upstream.setup.ts",
  outputDir: "./test-results",
  fullyParallel: true,
  workers: 2,
  forbidOnly: !!process.env.CI,
  retries: 0,
  timeout: 45_000,
  expect: { timeout: 10_000 },
  reporter: process.env.CI ? [["list"]] : [["list"], ["html", { open: "never", outputFolder: "playwright-report" }]],
  use: { launchOptions, trace: process.env.CI ? "off" : "retain-on-failure", reducedMotion: "reduce" },
  projects: [
    { name: "ssr", testMatch: /.*\.ssr\.spec\.ts/, use: { javaScriptEnabled: false } },
    { name: "hydrated", testMatch: /.*\.hydrated\.spec\.ts/, use: { viewport: { width: 1440, height: 900 } } },
    {
      name: "phone",
      testMatch: /.*\.phone\.spec\.ts/,
      use: { ...devices["iPhone 13"], browserName: "chromium", viewport: { width: 390, height: 844 } },
    },
  ],
});
