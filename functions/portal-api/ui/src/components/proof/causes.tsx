/** The entries that make both sides differ, each with its date and where to look at it. */

import type { Proof, ProofCause } from "../../api/types";
import { useApp } from "../../lib/app";
import { entryLink, stripeLink } from "../../lib/links";
import { href } from "../../lib/router";
import { t } from "../../texts";
import { Amount } from "../ui/amount";
import { Outside } from "../ui/outside";
import { Pill } from "../ui/pill";
import text from "../ui/text.module.css";
import { When } from "../ui/when";
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
          {t.proof.expectedAndFound(amount(cause.expected), amount(cause.found))}{" "}
          {t.proof.onAccount(<code>{cause.mirror}</code>, cause.currency)}
          {cause.at && <>, {t.proof.at(<When at={cause.at} />)}</>}
        </span>
      </p>
      <p class={text.sub}>{meaning}</p>
      <Links cause={cause} />
      <p class={styles.references}>
        {t.proof.reference} <code>{cause.reference}</code>
        {cause.ledger_id !== null && (
          <>
            {" "}
            · {t.proof.ledgerId} <code>{cause.ledger_id}</code>
          </>
        )}
      </p>
    </li>
  );
}

function Links({ cause }: { cause: ProofCause }) {
  const { overview } = useApp();
  const { problem_id: problem, ledger_id: entry, stripe_id: record, reference } = cause;
  const inLedger = entry && entryLink(reference, overview.data?.links.dashboard_url ?? null);
  const atStripe = record && stripeLink(record, overview.data?.stripe?.mode);
  return (
    <p class={styles.links}>
      {problem !== null && <a href={href(`/problems/${problem}`)}>{t.proof.isProblem}</a>}
      {inLedger && <Outside href={inLedger}>{t.proof.inBlnk}</Outside>}
      {atStripe && <Outside href={atStripe}>{t.proof.inStripe}</Outside>}
    </p>
  );
}
