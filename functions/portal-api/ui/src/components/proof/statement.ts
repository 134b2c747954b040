/** What a comparison says in a sentence. */

import type { Proof } from "../../api/types";
import { balanceText } from "../../lib/labels";
import { isZero } from "../../lib/money";
import { t } from "../../texts";

/** The headline of a comparison. One made without the permission to post says so first. */
export function statementText({
  verdict,
  read_only,
}: Pick<Proof, "verdict" | "read_only">): string {
  if (!read_only || verdict === "match") return t.proof.statements[verdict];
  return t.proof.readOnlyStatements[verdict];
}

export function summaryText(proof: Proof): string {
  if (proof.thinned) return t.certificates.thinnedSummary;
  if (proof.read_only && proof.verdict === "inconclusive") {
    const agrees = proof.lines.every(
      (line) => line.stripe_difference === null || isZero(line.stripe_difference),
    );
    return agrees
      ? t.proof.readOnlySummaries.stripeAgrees
      : t.proof.readOnlySummaries.stripeDiffers;
  }
  const compared = proof.lines.filter((line) => line.verdict !== "not_compared");
  if (proof.verdict === "match") {
    // All lines: the same number of records as on the sync and the certificate.
    const records = proof.lines.reduce((sum, line) => sum + line.records, 0);
    return t.proof.matchSummary(compared.length, proof.lines.length, records);
  }
  if (proof.verdict === "mismatch") {
    const wrong = compared.filter((line) => line.verdict === "mismatch");
    const names = wrong.map((line) => `${balanceText(line.balance)} ${line.currency}`).join(", ");
    return t.proof.mismatchSummary(wrong.length, compared.length, names);
  }
  return t.proof.inconclusiveSummary;
}
