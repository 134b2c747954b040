/** Numbers with English nouns. */

import { countOf, formsOf } from "../count";

export const count = countOf("en");
export const form = formsOf("en");
