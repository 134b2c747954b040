/** The proof: for each balance and currency, what Stripe says, what the ledger says, and the two differences. */

import { useState } from "preact/hooks";
import type { Proof, ProofLine } from "../../api/types";
import { classes } from "../../lib/class-names";
import { balanceText } from "../../lib/labels";
import { difference, isZero } from "../../lib/money";
import { t } from "../../texts";
import { verdictSign } from "../signs";
import { Amount } from "../ui/amount";
import { NameWithCurrency } from "../ui/name-with-currency";
import { SignPill } from "../ui/pill";
import table from "../ui/table.module.css";
import text from "../ui/text.module.css";
import styles from "./proof-table.module.css";

export function ProofTable({ proof }: { proof: Proof }) {
  const [raw, setRaw] = useState(false);
  return (
    <div class={classes(table.room, styles.proof)}>
      <table class={table.table}>
        <caption class={text.visuallyHidden}>{t.proof.caption}</caption>
        <thead>
          <tr>
            <th scope="col">{t.common.balance}</th>
            <th scope="col" class={table.number}>
              {t.proof.stripe}
            </th>
            <th scope="col" class={table.number}>
              {t.proof.ledger}
            </th>
            <th scope="col" class={table.number}>
              <abbr title={t.proof.stripeDifferenceMeaning}>{t.proof.stripeDifference}</abbr>
            </th>
            <th scope="col" class={table.number}>
              <abbr title={t.proof.ledgerDifferenceMeaning}>{t.proof.ledgerDifference}</abbr>
            </th>
            <th scope="col">{t.proof.verdict}</th>
          </tr>
        </thead>
        <tbody>
          {proof.lines.map((line) => (
            <ProofRow key={`${line.mirror}/${line.currency}`} line={line} raw={raw} />
          ))}
        </tbody>
      </table>
      <div class={styles.foot}>
        <details>
          <summary>{t.proof.howToRead}</summary>
          <p>
            {t.proof.howToReadText((words) => (
              <strong>{words}</strong>
            ))}
          </p>
        </details>
        <label class={styles.check}>
          <input type="checkbox" checked={raw} onChange={(event) => setRaw(event.currentTarget.checked)} />
          {t.proof.minorUnits}
        </label>
      </div>
    </div>
  );
}

interface LineProps {
  line: ProofLine;
  raw: boolean;
}

function ProofRow({ line, raw }: LineProps) {
  const { currency, exponent } = line;
  return (
    <tr class={styles.row}>
      <th scope="row" class={styles.balance}>
        <NameWithCurrency currency={currency}>{balanceText(line.balance)}</NameWithCurrency>
        <span class={text.sub}>
          <code>{line.mirror}</code> · <span class={text.keep}>{t.nouns.records(line.records)}</span>
        </span>
        {line.note && <span class={text.sub}>{line.note}</span>}
        <Pending line={line} raw={raw} />
      </th>
      <td class={table.number} data-label={t.proof.stripe}>
        {line.stripe === null ? (
          <span class={text.muted}>{t.proof.noFigure}</span>
        ) : (
          <Amount minor={line.stripe} currency={currency} exponent={exponent} raw={raw} />
        )}
      </td>
      <td class={table.number} data-label={t.proof.ledger}>
        <Amount minor={line.ledger} currency={currency} exponent={exponent} raw={raw} />
      </td>
      <td class={classes(table.number, styles.half)} data-label={t.proof.stripeDifference}>
        <Difference minor={line.stripe_difference} line={line} raw={raw} />
      </td>
      <td class={classes(table.number, styles.half)} data-label={t.proof.ledgerDifference}>
        <Difference minor={line.ledger_difference} line={line} raw={raw} />
      </td>
      <td class={styles.verdict} data-label={t.proof.verdict}>
        <SignPill sign={verdictSign(line.verdict)} />
      </td>
    </tr>
  );
}

/** Two figures of a matching line may differ by what Stripe does not count yet (issuing); the row says by how much. */
function Pending({ line, raw }: LineProps) {
  const pending = difference(line.ledger, line.stripe ?? "");
  if (line.verdict !== "match" || pending === undefined || isZero(pending)) return null;
  const amount = <Amount minor={pending} currency={line.currency} exponent={line.exponent} raw={raw} />;
  return <span class={text.sub}>{t.proof.pending(amount)}</span>;
}

function Difference({ minor, line, raw }: LineProps & { minor: string | null }) {
  if (minor === null) return <span class={text.muted}>{t.proof.notKnown}</span>;
  return (
    <span class={isZero(minor) ? styles.zero : styles.nonzero}>
      <Amount minor={minor} currency={line.currency} exponent={line.exponent} sign="always" raw={raw} />
    </span>
  );
}
