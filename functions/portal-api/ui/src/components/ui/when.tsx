/** A time in the reader's words, kept up with the clock. */

import { useNow } from "../../lib/query";
import { when } from "../../lib/time";
import { Instant } from "./instant";

const UPDATE_MS = 10_000;

export function When({ at }: { at: string }) {
  const now = useNow(UPDATE_MS);
  return <Instant at={at}>{when(at, now)}</Instant>;
}
