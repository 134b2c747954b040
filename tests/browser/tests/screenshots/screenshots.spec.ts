/** Pictures of every state of every screen, at three widths, light and dark, with a page that shows them all. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { MockPortal } from "../../mock/portal.ts";
import { CERTIFICATES } from "../states/screens/certificates.ts";
import { CONNECTION } from "../states/screens/connection.ts";
import { OVERVIEW } from "../states/screens/overview.ts";
import { PROBLEMS } from "../states/screens/problems.ts";
import { REPORTS } from "../states/screens/reports.ts";
import { RUNS } from "../states/screens/runs.ts";
import { SETTINGS } from "../states/screens/settings.ts";

const FOLDER =
  process.env.SCREENSHOTS_DIR ??
  new URL("../../../../.local/screenshots", import.meta.url).pathname;
const WIDTHS = [330, 768, 1440];
const SCHEMES = ["light", "dark"] as const;
const SCREENS = { OVERVIEW, RUNS, PROBLEMS, REPORTS, CERTIFICATES, SETTINGS, CONNECTION };

/** "proven with problems" is in `overview-proven-with-problems-330-dark.png`. */
function fileOf(screen: string, name: string, width: number, scheme: string): string {
  const words = `${screen} ${name}`.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return `${words.join("-")}-${width}-${scheme}.png`;
}

for (const [screen, states] of Object.entries(SCREENS)) {
  for (const { name, path, shows, arrange, act } of states) {
    test(`${screen.toLowerCase()}: ${name}`, async ({ page }) => {
      await page.emulateMedia({ reducedMotion: "reduce" });
      await page.setViewportSize({ width: 1440, height: 900 });
      const portal = new MockPortal();
      arrange?.(portal);
      await portal.launch(page, path);
      await act?.(page);
      await expect(page.getByText(shows).first()).toBeAttached();
      for (const width of WIDTHS) {
        for (const colorScheme of SCHEMES) {
          await page.setViewportSize({ width, height: 900 });
          await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
          await page.screenshot({
            path: join(FOLDER, fileOf(screen, name, width, colorScheme)),
            fullPage: true,
          });
        }
      }
    });
  }
}

test("the page that shows them all", () => {
  const names = Object.keys(SCREENS).map((screen) => screen.toLowerCase());
  const parts = Object.entries(SCREENS).map(([screen, states]) => {
    const figures = states.map(({ name }) => {
      const shots = WIDTHS.flatMap((width) =>
        SCHEMES.map((scheme) => fileOf(screen, name, width, scheme)),
      );
      const images = shots.map(
        (file) => `<a href="${file}"><img loading="lazy" src="${file}" alt="${file}"></a>`,
      );
      return `<section><h3>${name}</h3>${images.join("")}</section>`;
    });
    return `<h2 id="${screen.toLowerCase()}">${screen.toLowerCase()}</h2>${figures.join("\n")}`;
  });
  const links = names.map((name) => `<a href="#${name}">${name}</a>`).join(" · ");
  const style =
    "body{font:16px sans-serif;margin:24px}img{height:420px;margin:4px;border:1px solid #999;object-fit:cover;object-position:top}";
  const head = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Screenshots</title><style>${style}</style>`;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(
    join(FOLDER, "index.html"),
    `${head}<nav>${links}</nav>${parts.join("\n")}</html>\n`,
  );
});
