/** The API's note on a line, in the page's language where it is one that the page knows. */

import { t } from "../../texts";
import { FromApi } from "../ui/from-api";

type KnownNote = "noFigure" | "moving" | "notPosted" | "information";

const BEGINNINGS: [RegExp, KnownNote][] = [
  [/^Stripe reports no figure/, "noFigure"],
  [/^Money was moving/, "moving"],
  [/^Stripe's list adds up to its balance\. Not posted/, "notPosted"],
  [/^For information/, "information"],
];

export function LineNote({ note }: { note: string }) {
  const known = BEGINNINGS.find(([beginning]) => beginning.test(note));
  if (known) return t.proof.notes[known[1]];
  return <FromApi text={note} />;
}
