/** Nothing is used that a browser lacks for which the page is built: a compiler changes syntax, and adds no functions. */

import { expect, it } from "vitest";
import config from "../vite.config";

type Browser = "chrome" | "edge" | "firefox" | "safari";

/** What came late, and with which version of each browser. */
const LATE: { what: RegExp; since: Record<Browser, number> }[] = [
  { what: /AbortSignal\.any\b/, since: { chrome: 116, edge: 116, firefox: 124, safari: 17.4 } },
  { what: /AbortSignal\.timeout\b/, since: { chrome: 124, edge: 124, firefox: 100, safari: 16 } },
  {
    what: /Promise\.withResolvers\b/,
    since: { chrome: 119, edge: 119, firefox: 121, safari: 17.4 },
  },
  { what: /Promise\.try\b/, since: { chrome: 128, edge: 128, firefox: 134, safari: 18.2 } },
  { what: /Array\.fromAsync\b/, since: { chrome: 121, edge: 121, firefox: 115, safari: 16.4 } },
  { what: /URL\.parse\b/, since: { chrome: 126, edge: 126, firefox: 126, safari: 18 } },
  { what: /RegExp\.escape\b/, since: { chrome: 136, edge: 136, firefox: 134, safari: 18.2 } },
  {
    what: /Iterator\.from\b|\.(values|keys|entries)\(\)\s*\.(map|filter|take|drop|toArray|some|every|find|reduce)\(/,
    since: { chrome: 122, edge: 122, firefox: 131, safari: 18.4 },
  },
  {
    what: /\.(union|intersection|difference|symmetricDifference|isSubsetOf|isSupersetOf|isDisjointFrom)\(/,
    since: { chrome: 122, edge: 122, firefox: 127, safari: 17 },
  },
  { what: /Intl\.DurationFormat\b/, since: { chrome: 129, edge: 129, firefox: 136, safari: 16.4 } },
  {
    what: /\.(toBase64|toHex|fromBase64|fromHex)\(/,
    since: { chrome: 140, edge: 140, firefox: 133, safari: 18.2 },
  },
  {
    what: /\.(isWellFormed|toWellFormed)\(/,
    since: { chrome: 111, edge: 111, firefox: 119, safari: 16.4 },
  },
  { what: /startViewTransition\b/, since: { chrome: 111, edge: 111, firefox: 144, safari: 18 } },
  {
    what: /\b(popover|popoverTarget|showPopover|togglePopover)\b/,
    since: { chrome: 114, edge: 114, firefox: 125, safari: 17 },
  },
  { what: /\bTemporal\./, since: { chrome: 144, edge: 144, firefox: 139, safari: 999 } },
  { what: /crypto\.randomUUID\b/, since: { chrome: 999, edge: 999, firefox: 999, safari: 999 } }, // Only where the page came by HTTPS.
];

const SOURCES = import.meta.glob<string>("./**/*.{ts,tsx}", {
  query: "?raw",
  import: "default",
  eager: true,
});

function targets(): Map<Browser, number> {
  const made =
    typeof config === "function" ? config({ mode: "production", command: "build" }) : config;
  const list = (made as { build: { target: string[] } }).build.target;
  return new Map(
    list.map((target) => {
      const [, browser, version] = /^([a-z]+)([\d.]+)$/.exec(target) ?? [];
      return [browser as Browser, Number(version)];
    }),
  );
}

/** The functions that came later than a browser of the targets. */
function tooLate(code: string): string[] {
  const oldest = targets();
  const late = LATE.filter(({ since }) =>
    [...oldest].some(([browser, version]) => version < since[browser]),
  );
  return late.map(({ what }) => what.exec(code)?.[0] ?? "").filter((found) => found !== "");
}

it("uses no function that a target lacks", () => {
  expect(targets().size).toBe(4);
  const files = Object.entries(SOURCES).filter(([name]) => !/\.(test|d)\.ts$/.test(name));
  expect(files.length).toBeGreaterThan(30);
  for (const [name, code] of files) expect(tooLate(code), name).toEqual([]);
});

it("would see what was used before", () => {
  for (const code of [
    "AbortSignal.any([a, b])",
    "AbortSignal.timeout(9)",
    "Promise.withResolvers()",
    "URL.parse(x)",
  ]) {
    expect(tooLate(code), code).toHaveLength(1);
  }
});
