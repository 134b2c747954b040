import { defineConfig } from "@playwright/test";
import { chromiumPath } from "./chromium.ts";

// `states` and `screenshots` need only the built UI and answer every request themselves, `dashboard` needs the sandbox alone;
// `stack` drives what is deployed.
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
    // Recording costs a third of the time: TRACE=1 has it for what fails.
    trace: process.env.TRACE ? "retain-on-failure" : "off",
    launchOptions: { executablePath: chromiumPath() },
  },
  projects: [
    { name: "states", testMatch: "states/**/*.spec.ts" },
    { name: "screenshots", testMatch: "screenshots/**/*.spec.ts" },
    { name: "dashboard", testMatch: "dashboard/**/*.spec.ts" },
    // The first calls start the functions, which takes seconds on a busy machine.
    {
      name: "stack",
      testMatch: "stack/**/*.spec.ts",
      timeout: 240_000,
      expect: { timeout: 45_000 },
    },
  ],
});
