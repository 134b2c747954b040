/** Numbers with German nouns. */

import { countOf, formsOf } from "../count";

export const count = countOf("de");
export const form = formsOf("de");
