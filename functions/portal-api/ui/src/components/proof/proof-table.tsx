/** The comparison: for each balance and currency, what Stripe says, what the ledger says, and where they differ. */

import { useState } from "preact/hooks";
import type { Proof, ProofLine } from "../../api/types";
import { classes } from "../../lib/class-names";
import { balanceText } from "../../lib/labels";
import { difference, isZero } from "../../lib/money";
import { t } from "../../texts";
import { verdictSign } from "../signs";
import { Amount } from "../ui/amount";
import { Button } from "../ui/button";
import { NameWithCurrency } from "../ui/name-with-currency";
import { SignPill } from "../ui/pill";
import table from "../ui/table.module.css";
import text from "../ui/text.module.css";
import { LineNote } from "./note-text";
import styles from "./proof-table.module.css";

/** Fewer empty balances than this are shown as they are. */
const FEW = 2;

/** Nothing on either side, and nothing wrong with that. */
function isEmpty({ stripe, ledger, ledger_difference: missing, verdict }: ProofLine): boolean {
  if (verdict !== "match" && verdict !== "not_compared") return false;
  return (stripe === null || isZero(stripe)) && isZero(ledger) && isZero(missing);
}

function differs({ stripe_difference: stripe, ledger_difference: ledger }: ProofLine): boolean {
  return (stripe !== null && !isZero(stripe)) || !isZero(ledger);
}

function isSame(minor: string | null): boolean {
  return minor === null || isZero(minor);
}

export function ProofTable({ proof }: { proof: Proof }) {
  const [raw, setRaw] = useState(false);
  const [all, setAll] = useState(false);
  const empty = proof.lines.filter(isEmpty);
  const folds = empty.length >= FEW && empty.length < proof.lines.length;
  const lines = folds && !all ? proof.lines.filter((line) => !isEmpty(line)) : proof.lines;
  const columns = proof.lines.some(differs);
  const ofLedger = proof.read_only ? t.proof.notPosted : t.proof.ledgerDifference;
  return (
    <div class={classes(table.room, styles.proof)}>
      <table class={table.table}>
        <caption class={text.visuallyHidden}>{t.proof.caption}</caption>
        <thead>
          <tr>
            <th scope="col">{t.common.balance}</th>
            <NumberHead>{t.proof.stripe}</NumberHead>
            <NumberHead>{t.proof.ledger}</NumberHead>
            {columns && <NumberHead wraps>{t.proof.stripeDifference}</NumberHead>}
            {columns && <NumberHead wraps>{ofLedger}</NumberHead>}
            <th scope="col">{t.proof.verdict}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <ProofRow
              key={`${line.mirror}/${line.currency}`}
              line={line}
              raw={raw}
              columns={columns}
              readOnly={proof.read_only}
            />
          ))}
        </tbody>
      </table>
      {folds && (
        <p>
          <Button small expanded={all} onClick={() => setAll(!all)}>
            {all ? t.proof.hideZeroBalances : t.proof.zeroBalances(empty.length)}
          </Button>
        </p>
      )}
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
          <input
            type="checkbox"
            checked={raw}
            onChange={(event) => setRaw(event.currentTarget.checked)}
          />
          {t.proof.minorUnits}
        </label>
      </div>
    </div>
  );
}

function NumberHead({ wraps = false, children }: { wraps?: boolean; children: string }) {
  return (
    <th scope="col" class={classes(table.number, wraps && styles.wraps)}>
      {children}
    </th>
  );
}

interface LineProps {
  line: ProofLine;
  raw: boolean;
}

function ProofRow({
  line,
  raw,
  columns,
  readOnly,
}: LineProps & { columns: boolean; readOnly: boolean }) {
  const { currency, exponent } = line;
  return (
    <tr class={styles.row}>
      <th scope="row" class={styles.balance}>
        <NameWithCurrency currency={currency}>{balanceText(line.balance)}</NameWithCurrency>
        <span class={text.sub}>
          <code>{line.mirror}</code> ·{" "}
          <span class={text.keep}>{t.nouns.records(line.records)}</span>
        </span>
        {line.note && (
          <span class={text.sub}>
            <LineNote note={line.note} />
          </span>
        )}
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
      {columns && (
        <td
          class={classes(table.number, styles.half, isSame(line.stripe_difference) && styles.same)}
          data-label={t.proof.stripeDifference}
        >
          <Difference minor={line.stripe_difference} line={line} raw={raw} />
        </td>
      )}
      {columns && (
        <td
          class={classes(table.number, styles.half, isSame(line.ledger_difference) && styles.same)}
          data-label={readOnly ? t.proof.notPosted : t.proof.ledgerDifference}
        >
          <Difference minor={line.ledger_difference} line={line} raw={raw} calm={readOnly} />
        </td>
      )}
      <td class={styles.verdict} data-label={t.proof.verdict}>
        <SignPill sign={verdictSign(line.verdict, readOnly)} />
      </td>
    </tr>
  );
}

/** Two figures of a matching line may differ by what Stripe does not count yet (issuing); the row does the sum. */
function Pending({ line, raw }: LineProps) {
  const pending = difference(line.stripe ?? "", line.ledger);
  if (line.verdict !== "match" || pending === undefined || isZero(pending)) return null;
  const amount = (minor: string) => (
    <Amount minor={minor} currency={line.currency} exponent={line.exponent} raw={raw} />
  );
  return (
    <span class={text.sub}>
      {t.proof.pending(amount(line.stripe ?? ""), amount(pending), amount(line.ledger))}
    </span>
  );
}

interface DifferenceProps extends LineProps {
  minor: string | null;
  /** A difference that is as it should be. */
  calm?: boolean;
}

function Difference({ minor, line, raw, calm = false }: DifferenceProps) {
  if (minor === null) return <span class={text.muted}>{t.proof.notKnown}</span>;
  return (
    <span class={calm || isZero(minor) ? styles.zero : styles.nonzero}>
      <Amount
        minor={minor}
        currency={line.currency}
        exponent={line.exponent}
        sign="always"
        raw={raw}
      />
    </span>
  );
}
