/** One run in a list; the whole row leads to it. */

import type { RunSummary } from "../../api/types";
import { scopeText, triggerText } from "../../lib/labels";
import { href } from "../../lib/router";
import { t } from "../../texts";
import { stateSign, verdictSign } from "../signs";
import { Hidden } from "../ui/hidden";
import { Pill, SignPill } from "../ui/pill";
import text from "../ui/text.module.css";
import { When } from "../ui/when";
import { Elapsed } from "./elapsed";
import styles from "./run-row.module.css";

export function RunRow({ run }: { run: RunSummary }) {
  const verdict = run.verdict === null ? undefined : verdictSign(run.verdict, run.read_only);
  return (
    <li class={styles.row}>
      <div>
        <a class={styles.link} href={href(`/runs/${run.id}`)}>
          {scopeText(run)}
        </a>
        <span class={text.sub}>
          <When at={run.requested_at} /> · {triggerText(run)}
          {run.started_at && (
            <>
              {" · "}
              <Elapsed run={run} />
            </>
          )}
        </span>
      </div>
      <p class={styles.figures}>{figures(run).join(" · ")}</p>
      <div class={styles.pills}>
        <SignPill sign={stateSign(run)} />
        {verdict && (
          <Pill tone={verdict.tone} icon={verdict.icon}>
            <Hidden>{t.runs.proofPrefix}</Hidden>
            {verdict.text}
          </Pill>
        )}
      </div>
    </li>
  );
}

function figures(run: RunSummary): string[] {
  const shown = [t.nouns.records(run.records)];
  if (run.scope !== "preview") shown.push(t.runs.posted(run.entries_posted));
  if (run.read_only) shown.push(t.runs.readOnly);
  if (run.problems > 0 && run.state !== "completed_with_problems")
    shown.push(t.runs.found(run.problems));
  return shown;
}
