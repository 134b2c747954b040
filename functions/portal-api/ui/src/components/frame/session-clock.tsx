/** Warns two minutes before the session ends, and ends it on time. */

import { useEffect } from "preact/hooks";
import { losesDrafts } from "../../lib/draft";
import { useNow } from "../../lib/query";
import { t } from "../../texts";
import { Icon } from "../ui/icon";
import styles from "./session-clock.module.css";

const MINUTE_MS = 60_000;
const WARN_MS = 2 * MINUTE_MS;

export function SessionClock({
  expiresAtMs,
  onExpired,
}: {
  expiresAtMs: number;
  onExpired: () => void;
}) {
  const left = expiresAtMs - useNow(1000);
  const over = left <= 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: ends once.
  useEffect(() => {
    if (over) onExpired();
  }, [over]);
  const warns = left <= WARN_MS && !over;
  return (
    <div class={styles.clock} role="status">
      {warns && (
        <p class={styles.warning}>
          <Icon name="clock" size={16} />
          <span>
            {left > MINUTE_MS ? t.frame.sessionEnds.twoMinutes : t.frame.sessionEnds.oneMinute}
            {losesDrafts() && t.frame.sessionEnds.saveFirst}
          </span>
        </p>
      )}
    </div>
  );
}
