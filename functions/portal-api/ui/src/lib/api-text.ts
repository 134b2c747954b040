/** Sentences that come from the API: in English, and with codes that a person need not read. */

/** Without codes in brackets, beginning with a capital. Names of Stripe's permissions stay. */
export function cleaned(text: string): string {
  const plain = text
    .replace(/\s*\((?!rak_)[a-z]+(?:_[a-z0-9]+)+\)/g, "")
    .replace(/\s*\(status \d{3}\)/g, "");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

/** The type of a movement that no rule covers, as Stripe names it: "adjustment". */
export function unrecognisedType(cause: string): string | undefined {
  return /\btype “([^”]+)”/.exec(cause)?.[1]?.replaceAll("_", " ");
}

/** "The last sync failed. Stripe did not answer." without what a headline says already. */
export function withoutFirstSentence(text: string): string {
  return text.replace(/^[^.]*\.\s*/, "");
}
