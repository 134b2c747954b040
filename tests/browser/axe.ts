/** axe-core on a page: WCAG 2.2 A and AA, and what the engine itself calls best practice. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, type Page } from "@playwright/test";
import type { AxeResults, RunOptions } from "axe-core";

const SOURCE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const OPTIONS: RunOptions = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  resultTypes: ["violations"],
};

/** Fails with the rule, the place and the reason of everything that axe objects to. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  await page.evaluate(SOURCE);
  const results = await page.evaluate<AxeResults, RunOptions>(
    (options) => (globalThis as unknown as { axe: typeof import("axe-core") }).axe.run(options),
    OPTIONS,
  );
  const faults = results.violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.target.join(" ")}: ${node.failureSummary}`),
  );
  expect(faults, what).toEqual([]);
}
