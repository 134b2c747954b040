/** One thing that needs attention: what it is, and the one thing to do about it. */

import type { ComponentChildren } from "preact";
import { useApp } from "../../lib/app";
import type { Matter } from "../../lib/standing";
import { Approval } from "../sync/approval";
import { Icon } from "../ui/icon";
import text from "../ui/text.module.css";
import { toneClass } from "../ui/tone";
import { attentionContent } from "./attention-content";
import styles from "./attention-row.module.css";
import { Paused } from "./paused";

interface RowProps {
  item: Matter;
  /** Starts a sync, where an item asks for one. */
  syncNow: ComponentChildren;
}

export function AttentionRow({ item, syncNow }: RowProps) {
  const { overview } = useApp();
  if (item.kind === "paused" || item.kind === "approval")
    return (
      <li class={styles.whole}>
        <Pausing item={item} />
      </li>
    );
  const content = attentionContent(item, overview.data);
  return (
    <li class={styles.row}>
      <span class={toneClass(item.tone)}>
        <span class={styles.sign}>
          <Icon name={item.tone === "info" ? "info" : "problems"} size={18} />
        </span>
      </span>
      <div class={styles.content}>
        <h3>{content.title}</h3>
        {content.text && <p class={text.sub}>{content.text}</p>}
      </div>
      <div class={styles.action}>{item.action.kind === "sync_now" ? syncNow : content.action}</div>
    </li>
  );
}

function Pausing({ item }: { item: Matter }) {
  const { overview, situation } = useApp();
  const { subject, text: reason, action } = item;
  // The overview has the API's reason as such.
  const pause = overview.data?.stripe?.paused ?? { code: subject ?? "", reason, cause_gone: false };
  if (item.kind === "paused" || action.id === null) return <Paused pause={pause} />;
  const open = overview.data?.open_run;
  const run = open?.id === action.id ? open : null;
  return (
    <Approval
      code={action.code ?? pause.code}
      reason={pause.reason}
      run={action.id}
      request={run?.approval}
      soFar={run}
      onApproved={() => {
        overview.reload();
        situation.attention.reload();
      }}
    />
  );
}
