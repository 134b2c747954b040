/**
 * The texts of the page. `t` holds the catalogue of one language, which is chosen once, before anything is shown. Read it
 * while rendering, never while a module loads: by then the language is not chosen yet.
 */

import { en } from "./en";

/** Every language has every text of the English catalogue. */
export type Texts = typeof en;

export let t: Texts = en;

/** The languages of the page; each is loaded only when it is chosen. */
const CATALOGUES: Record<string, () => Promise<Texts>> = {
  en: async () => en,
};

/** The first language in the reader's order that the page has, else English. */
export function languageOf(preferred: readonly string[], known = Object.keys(CATALOGUES)): string {
  const languages = preferred.map((tag) => tag.split("-")[0]?.toLowerCase() ?? "");
  return languages.find((language) => known.includes(language)) ?? "en";
}

/** Chooses the page's language from the browser's list. A catalogue that does not load must not keep the page from opening. */
export async function chooseTexts(preferred: readonly string[]): Promise<void> {
  t = (await CATALOGUES[languageOf(preferred)]?.().catch(() => en)) ?? en;
  document.documentElement.lang = t.language;
}
