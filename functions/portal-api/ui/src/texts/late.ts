/**
 * The texts of the screens that are loaded after the first view, in the language of the page. `late` is there as soon as
 * those screens are: only they may read it.
 */

import { t } from "./index";
import type { LateTexts } from "./late-en";

export type { LateTexts } from "./late-en";

/** Set before the first of the later screens is shown. */
export let late: LateTexts;

const english = async () => (await import("./late-en")).lateEn;

const CATALOGUES: Record<string, () => Promise<LateTexts>> = {
  de: async () => (await import("./late-de")).lateDe,
  "en-XA": async () => (await import("./pseudo")).pseudo(await english()) as LateTexts,
  "ar-XB": async () => (await import("./pseudo")).pseudo(await english()) as LateTexts,
};

/** Loads them in the language that is chosen; one that does not come leaves English. */
export async function loadLateTexts(): Promise<void> {
  late = await (CATALOGUES[t.language] ?? english)().catch(english);
}
