/** The figures of a run; those for engineers are folded away. */

import type { ComponentChildren } from "preact";
import type { RunDetail } from "../../api/types";
import { isOpen } from "../../lib/run";
import { t } from "../../texts";
import { Count } from "../ui/count";
import { Facts } from "../ui/facts";
import styles from "./counters.module.css";
import { Elapsed } from "./elapsed";

export function Counters({ run, all = false }: { run: RunDetail; all?: boolean }) {
  const names = t.runs.counters;
  return (
    <>
      <dl class={styles.counters}>
        {all && <Counter name={names.records} value={<Count value={run.records} />} />}
        <Counter name={names.posted} value={<Count value={run.entries_posted} />} />
        <Counter name={names.there} value={<Count value={run.entries_already_there} />} />
        <Counter
          name={isOpen(run) ? names.problemsSoFar : names.problems}
          value={<Count value={run.problems} />}
          needsAttention={run.problems !== 0}
        />
        <Counter name={names.time} value={<Elapsed run={run} />} />
        {all && (
          <>
            <Counter
              name={names.customersCreated}
              value={<Count value={run.customers_created} />}
            />
            <Counter
              name={names.customersUpdated}
              value={<Count value={run.identities_updated} />}
            />
          </>
        )}
      </dl>
      {all && (
        <details>
          <summary>{t.common.technicalDetails}</summary>
          <Facts
            items={[
              [names.pages, <Count key="pages" value={run.pages} />],
              [names.stripeCalls, <Count key="stripe" value={run.stripe_calls} />],
              [names.ledgerCalls, <Count key="ledger" value={run.ledger_calls} />],
              [t.runs.timeFacts.id, <code key="id">{run.id}</code>],
            ]}
          />
        </details>
      )}
    </>
  );
}

interface CounterProps {
  name: string;
  value: ComponentChildren;
  needsAttention?: boolean;
}

function Counter({ name, value, needsAttention = false }: CounterProps) {
  return (
    <div class={needsAttention ? styles.attention : undefined}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
