/** The proof: for each balance and currency, what Stripe says, what the ledger says, and the two differences. */

import { useState } from "preact/hooks";
import type { Proof, ProofLine } from "../api/types";
import { difference, isZero } from "../lib/money";
import { href } from "../lib/router";
import { balanceText, plural, verdictSign } from "../lib/words";
import { Amount, Pill, When } from "./basics";
import { Causes } from "./causes";
import { Icon } from "./icons";
import { payoutsText } from "./payouts";

const STATEMENTS: Record<Proof["verdict"], string> = {
  match: "Stripe and your ledger agree, to the minor unit.",
  mismatch: "Stripe and your ledger disagree.",
  inconclusive: "Money was moving while we compared.",
};

/** What a proof says in a sentence; one made without the right to write says what it is about first. */
export function statement({ verdict, shadow }: Pick<Proof, "verdict" | "shadow">): string {
  if (!shadow || verdict === "match") return STATEMENTS[verdict];
  if (verdict === "mismatch") return "Stripe’s own figures do not agree.";
  return "Shadow mode: compared, nothing posted.";
}

function summary(proof: Proof): string {
  if (proof.shadow && proof.verdict === "inconclusive") {
    const agree = proof.lines.every((line) => line.d1 === null || isZero(line.d1));
    return agree
      ? "Stripe’s list adds up to its balance. D2 shows what is not in your ledger, because this app may not write to it."
      : "Stripe’s list and balance differ for now; the next sync compares again. Nothing is posted in shadow mode.";
  }
  const compared = proof.lines.filter((line) => line.verdict !== "not_compared");
  const records = plural(
    compared.reduce((sum, line) => sum + line.records, 0),
    "record",
  );
  if (proof.verdict === "match") {
    return `${plural(compared.length, "balance")} compared, made of ${records}. Every one matches.`;
  }
  if (proof.verdict === "mismatch") {
    const wrong = compared.filter((line) => line.verdict === "mismatch");
    const names = wrong.map((line) => `${balanceText(line.balance)} ${line.currency}`).join(", ");
    return `${plural(wrong.length, "balance")} of ${compared.length} ${wrong.length === 1 ? "differs" : "differ"}: ${names}.`;
  }
  return "No conclusion yet, and no alarm: a comparison only counts when nothing moves during it. The next sync compares again.";
}

/** The statement above the figures; the first thing to read. */
export function ProofHero({ proof }: { proof: Proof }) {
  const sign = verdictSign(proof.verdict);
  return (
    <section class={`card hero tone-${sign.tone}`} aria-labelledby="proof-statement">
      <div class="hero-head">
        <span class="seal">
          <Icon name={sign.icon} size={30} />
        </span>
        <div>
          <p class="eyebrow">
            Last proof · <When at={proof.at} />
          </p>
          <h2 id="proof-statement">{statement(proof)}</h2>
          <p class="lead">{summary(proof)}</p>
        </div>
      </div>
      <ProofTable proof={proof} />
      <Causes proof={proof} />
      {proof.payouts && proof.payouts.zero + proof.payouts.remainders.length > 0 && (
        <p class="sub">{payoutsText(proof.payouts)}.</p>
      )}
      <p class="more">
        <a href={href(`/certificates/${proof.id}`)}>The certificate</a> ·{" "}
        <a href={href("/certificates")}>All certificates</a>
      </p>
    </section>
  );
}

export function ProofTable({ proof }: { proof: Proof }) {
  const [raw, setRaw] = useState(false);
  return (
    <div class="wide proof-body">
      <table class="table cards proof">
        <caption class="visually-hidden">Proof by balance and currency</caption>
        <thead>
          <tr>
            <th scope="col">Balance</th>
            <th scope="col" class="num">
              Stripe
            </th>
            <th scope="col" class="num">
              Ledger
            </th>
            <th scope="col" class="num">
              <abbr title="Stripe's balance minus the sum of Stripe's own records">D1</abbr>
            </th>
            <th scope="col" class="num">
              <abbr title="What Stripe's records should have made, minus the ledger">D2</abbr>
            </th>
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        <tbody>
          {proof.lines.map((line) => (
            <ProofRow key={`${line.mirror} ${line.currency}`} line={line} raw={raw} />
          ))}
        </tbody>
      </table>
      <div class="proof-foot">
        <details>
          <summary>How to read this</summary>
          <p>
            <strong>D1</strong> is Stripe's balance minus the sum of Stripe's own list of records. It is
            Stripe's side alone and is never posted away. <strong>D2</strong> is what those records should
            have made in the ledger, minus what the ledger holds. It is our side alone. A match needs both to
            be zero, with nothing moving while the two were read.
          </p>
        </details>
        <label class="check">
          <input type="checkbox" checked={raw} onChange={(event) => setRaw(event.currentTarget.checked)} />
          Show minor units
        </label>
      </div>
    </div>
  );
}

function ProofRow({ line, raw }: { line: ProofLine; raw: boolean }) {
  const sign = verdictSign(line.verdict);
  const { currency, exponent } = line;
  return (
    <tr>
      <th scope="row">
        <span class="balance-name">
          {balanceText(line.balance)} <span class="currency-tag">{currency}</span>
        </span>
        <span class="sub">
          <code>{line.mirror}</code> · <span class="keep">{plural(line.records, "record")}</span>
        </span>
        {line.note && <span class="sub">{line.note}</span>}
        <Pending line={line} raw={raw} />
      </th>
      <td class="num" data-label="Stripe">
        {line.stripe === null ? (
          <span class="muted">no figure</span>
        ) : (
          <Amount minor={line.stripe} currency={currency} exponent={exponent} raw={raw} />
        )}
      </td>
      <td class="num" data-label="Ledger">
        <Amount minor={line.ledger} currency={currency} exponent={exponent} raw={raw} />
      </td>
      <td class="num half" data-label="D1">
        <Difference minor={line.d1} line={line} raw={raw} />
      </td>
      <td class="num half" data-label="D2">
        <Difference minor={line.d2} line={line} raw={raw} />
      </td>
      <td class="verdict" data-label="Verdict">
        <Pill tone={sign.tone} icon={sign.icon}>
          {sign.text}
        </Pill>
      </td>
    </tr>
  );
}

/** Two figures of a matching line may differ by what Stripe does not count yet (issuing); then the row says by how much. */
function Pending({ line, raw }: { line: ProofLine; raw: boolean }) {
  const pending = difference(line.ledger, line.stripe ?? "");
  if (line.verdict !== "match" || pending === undefined || isZero(pending)) return null;
  return (
    <span class="sub">
      Stripe’s figure does not count{" "}
      <Amount minor={pending} currency={line.currency} exponent={line.exponent} raw={raw} /> that is still
      pending.
    </span>
  );
}

function Difference({ minor, line, raw }: { minor: string | null; line: ProofLine; raw: boolean }) {
  if (minor === null) return <span class="muted">not known</span>;
  return (
    <span class={isZero(minor) ? "zero" : "nonzero"}>
      <Amount minor={minor} currency={line.currency} exponent={line.exponent} sign="always" raw={raw} />
    </span>
  );
}
