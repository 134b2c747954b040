/** The entries that make both sides differ. */

import type { Proof, ProofCause } from "../../api/types";
import { href } from "../../lib/router";
import { t } from "../../texts";
import { Amount } from "../ui/amount";
import { Pill } from "../ui/pill";
import text from "../ui/text.module.css";
import styles from "./causes.module.css";

export function Causes({ proof }: { proof: Proof }) {
  const { causes, more_causes: more, explained } = proof;
  if (causes.length === 0) return null;
  return (
    <section class={styles.causes} aria-label={t.proof.causesLabel}>
      <h3>
        {more ? t.proof.firstAtFault(causes.length) : t.proof.atFault(causes.length)}
        {explained && <span class={text.sub}>{t.proof.allProblems}</span>}
      </h3>
      <ul class={styles.list}>
        {causes.map((cause) => (
          <CauseRow key={`${cause.reference}/${cause.ledger_id ?? ""}`} cause={cause} />
        ))}
      </ul>
    </section>
  );
}

function CauseRow({ cause }: { cause: ProofCause }) {
  const { name, meaning } = t.proof.causes[cause.kind];
  const open = cause.problem_id === null;
  const amount = (minor: string | null) =>
    minor === null ? (
      t.proof.nothing
    ) : (
      <Amount minor={minor} currency={cause.currency} exponent={cause.exponent} sign="always" />
    );
  return (
    <li>
      <p class={styles.head}>
        <Pill tone={open ? "bad" : "warn"} icon={open ? "cross" : "problems"}>
          {name}
        </Pill>
        <span>
          {t.proof.expectedAndFound(
            amount(cause.expected),
            amount(cause.found),
            <code>{cause.mirror}</code>,
            cause.currency,
          )}
        </span>
      </p>
      <p class={text.sub}>
        {meaning} {!open && <a href={href("/problems")}>{t.proof.isProblem}</a>}
      </p>
      <p class={styles.references}>
        <code>{cause.reference}</code>
        {cause.ledger_id !== null && (
          <>
            {" "}
            · <code>{cause.ledger_id}</code>
          </>
        )}
      </p>
    </li>
  );
}
