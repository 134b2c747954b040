/**
 * Two languages that nobody speaks, made from the English texts: longer, accented and in brackets. What has no brackets on
 * the page does not come from the catalogue; what does not fit would not fit in a language with longer words. The browser
 * chooses them by their standard tags, `en-XA` and, from right to left, `ar-XB`.
 */

import type { Texts } from "./en";

const ACCENTS: Record<string, string> = {
  a: "áá",
  e: "éé",
  i: "íí",
  o: "óó",
  u: "úú",
  y: "ý",
  c: "ç",
  n: "ñ",
};

/** "Sync" is "⟦Sýñç⟧". Text without letters stays as it is. */
export function pseudoText(text: string): string {
  if (!/\p{L}/u.test(text)) return text;
  return `⟦${text.replace(/[aeiouycn]/g, (letter) => ACCENTS[letter] ?? letter)}⟧`;
}

/** The same for a table of texts and for the functions in it. */
export function pseudo(value: unknown): unknown {
  if (typeof value === "function")
    return (...args: unknown[]) => sentence(value(...args.map(wrapped)));
  if (typeof value === "string") return pseudoText(value);
  return Object.fromEntries(
    Object.entries(value ?? {}).map(([name, text]) => [name, pseudo(text)]),
  );
}

/** The words of a sentence; what else stands in it stays as it is. */
function sentence(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sentence);
  return typeof value === "string" ? pseudoText(value) : value;
}

/** The words that a sentence puts into a link are its own as well. */
function wrapped(argument: unknown): unknown {
  return typeof argument === "function" ? (words: unknown) => argument(sentence(words)) : argument;
}

export function pseudoTexts(english: Texts, direction: Texts["direction"]): Texts {
  const texts = pseudo(english) as Texts;
  return { ...texts, language: direction === "rtl" ? "ar-XB" : "en-XA", direction };
}
