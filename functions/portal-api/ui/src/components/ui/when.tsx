/** "4 minutes ago", with the exact instant in the reader's zone and in UTC on hover. */

import { useNow } from "../../lib/query";
import { dateTime, relative, utc } from "../../lib/time";
import { t } from "../../texts";

const UPDATE_MS = 10_000;

export function When({ at }: { at: string }) {
  const now = useNow(UPDATE_MS);
  return (
    <time dateTime={at} title={t.time.withUtc(dateTime(at), utc(at))}>
      {relative(at, now)}
    </time>
  );
}
