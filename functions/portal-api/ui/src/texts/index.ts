/**
 * The texts of the page. `t` holds the catalogue of one language, which is chosen once, before anything is shown. Read it
 * while rendering, never while a module loads: by then the language is not chosen yet.
 */

import type { Texts } from "./en";
import { chooseLocale } from "./locale";

export type { Texts } from "./en";

/** Set before the first render. */
export let t: Texts;

const english = async () => (await import("./en")).en;

/** The languages of the page; only the chosen one is loaded. */
const CATALOGUES: Record<string, () => Promise<Texts>> = {
  en: english,
  de: async () => (await import("./de")).de,
  "en-xa": async () => (await import("./pseudo")).pseudoTexts(await english(), "ltr"),
  "ar-xb": async () => (await import("./pseudo")).pseudoTexts(await english(), "rtl"),
};

/** The first language in the reader's order that the page has, else English. */
export function languageOf(preferred: readonly string[], known = Object.keys(CATALOGUES)): string {
  for (const tag of preferred.map((tag) => tag.toLowerCase())) {
    const found = [tag, tag.split("-")[0] ?? ""].find((language) => known.includes(language));
    if (found !== undefined) return found;
  }
  return "en";
}

/** Chooses the page's language from the browser's list. A catalogue that does not load must not keep the page from opening. */
export async function chooseTexts(preferred: readonly string[]): Promise<void> {
  const load = CATALOGUES[languageOf(preferred)] ?? english;
  t = await load().catch(english);
  chooseLocale(preferred, t.language);
  document.documentElement.lang = t.language;
  document.documentElement.dir = t.direction;
}
