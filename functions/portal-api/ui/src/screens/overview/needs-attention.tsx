/** Everything that needs attention, worst first, each with its one action. */

import { AttentionRow } from "../../components/state/attention-row";
import { KeyReplaced } from "../../components/state/paused";
import { CardList } from "../../components/ui/card";
import { ErrorNote } from "../../components/ui/error-note";
import { useApp } from "../../lib/app";
import { href } from "../../lib/router";
import { isOver } from "../../lib/run";
import { t } from "../../texts";
import styles from "./needs-attention.module.css";
import { type StartSync, SyncNow } from "./sync-now";

/** What does not fit is on the page of its own. */
const MOST = 6;

export function NeedsAttention({ sync }: { sync: StartSync }) {
  const { overview, situation } = useApp();
  const { standing, attention } = situation;
  const keyReplaced = isOver(overview.data?.stripe?.paused);
  if (!standing || (standing.items.length === 0 && !attention.error && !keyReplaced)) return null;
  const shown = standing.items.slice(0, MOST);
  const more = standing.items.length > MOST || attention.data?.more === true;
  return (
    <section class={styles.part} aria-labelledby="attention">
      <div class={styles.head}>
        <h2 id="attention">{t.attention.title}</h2>
        {more && <a href={href("/problems")}>{t.attention.seeAll}</a>}
      </div>
      {attention.error && <ErrorNote error={attention.error} retry={attention.reload} />}
      {keyReplaced && <KeyReplaced />}
      {shown.length > 0 && (
        <CardList label={t.attention.title}>
          {shown.map((item) => (
            <AttentionRow key={item.key} item={item} syncNow={<SyncNow sync={sync} first />} />
          ))}
        </CardList>
      )}
    </section>
  );
}
