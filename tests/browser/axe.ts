/** axe-core on a page: WCAG 2.2 A and AA, and what the engine itself calls best practice. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, type Page } from "@playwright/test";
import type { AxeResults, RunOptions } from "axe-core";

const SOURCE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const RULES: RunOptions = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  resultTypes: ["violations"],
};

/** What another colour scheme can change. */
const OF_COLOURS: RunOptions = {
  runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] },
  resultTypes: ["violations"],
};

/** Fails with the rule, the place and the reason of everything that axe objects to. */
export function expectAccessible(page: Page, what: string): Promise<void> {
  return expectNothing(page, RULES, what);
}

/** The same for colours alone: a page that has passed all rules has them only, once it is shown in the other scheme. */
export function expectReadable(page: Page, what: string): Promise<void> {
  return expectNothing(page, OF_COLOURS, what);
}

interface WithAxe {
  axe?: typeof import("axe-core");
}

async function expectNothing(page: Page, rules: RunOptions, what: string): Promise<void> {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(SOURCE);
  const results = await page.evaluate<AxeResults | undefined, RunOptions>(
    (options) => (globalThis as WithAxe).axe?.run(options),
    rules,
  );
  const faults = results?.violations.flatMap((violation) =>
    violation.nodes.map(
      (node) => `${violation.id}: ${node.target.join(" ")}: ${node.failureSummary}`,
    ),
  );
  expect(faults, what).toEqual([]);
}
