/** A time in the reader's words with its zone; the same instant in UTC on hover. */

import { useNow } from "../../lib/query";
import { utc, when } from "../../lib/time";

const UPDATE_MS = 10_000;

export function When({ at }: { at: string }) {
  const now = useNow(UPDATE_MS);
  return (
    <time dateTime={at} title={utc(at)}>
      {when(at, now)}
    </time>
  );
}
