import { defineConfig } from "@playwright/test";
import { chromiumPath } from "./chromium.ts";

// `states` needs only the built UI and answers every request itself, `dashboard` only the sandbox; `stack` drives what is deployed.
export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  forbidOnly: Boolean(process.env.CI),
  fullyParallel: true,
  workers: 2,
  retries: 0,
  reporter: "list",
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    locale: "en-US",
    timezoneId: "UTC",
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: { executablePath: chromiumPath() },
  },
  projects: [
    { name: "states", testMatch: "states/**/*.spec.ts" },
    { name: "dashboard", testMatch: "dashboard/**/*.spec.ts" },
    { name: "stack", testMatch: "stack/**/*.spec.ts", timeout: 180_000 },
  ],
});
