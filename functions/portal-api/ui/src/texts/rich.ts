/** Sentences that hold more than text: a link, an amount, a piece of code. The language decides where each one stands. */

import type { ComponentChildren } from "preact";

export type Part = ComponentChildren;

/** Puts words of the sentence into a link or an emphasis. */
export type Wrap = (words: string) => Part;

/** rich`See ${link("the problems")}.` is the sentence with its parts in their places. */
export function rich(texts: TemplateStringsArray, ...parts: Part[]): Part {
  return texts.flatMap((text, at) => (at < parts.length ? [text, parts[at]] : [text]));
}
