/** Stripe's categories and the ledger's roles in words; a code that this version does not know is shown as it came. */

import { inWords, lookUp } from "../../lib/labels";
import { late } from "../../texts/late";

export function categoryText(category: string): string {
  return lookUp(late.figures.categories, category) ?? inWords(category);
}

export function roleText(role: string): string {
  return lookUp(late.figures.roles, role) ?? inWords(role);
}
