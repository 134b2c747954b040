/** The balances of the last comparison, what makes them differ, and its certificate. */

import { useState } from "preact/hooks";
import type { Proof } from "../../api/types";
import { useMedia } from "../../lib/media";
import { href } from "../../lib/router";
import { t } from "../../texts";
import { Button } from "../ui/button";
import { Card } from "../ui/card";
import text from "../ui/text.module.css";
import { When } from "../ui/when";
import { Causes } from "./causes";
import { payoutsText } from "./payouts";
import { ProofTable } from "./proof-table";

/** `old`: they are not of now, and say so. */
export function Balances({ proof, old }: { proof: Proof; old: boolean }) {
  const { payouts } = proof;
  const [shown, setShown] = useState(false);
  // On a narrow pane the sentence on top is enough, as long as everything matches.
  const folds = useMedia("(max-width: 619px)") && proof.verdict === "match";
  return (
    <Card
      title={t.certificates.balances}
      aside={old && <span class={text.muted}>{t.state.asOf(<When at={proof.at} />)}</span>}
    >
      {folds && (
        <p>
          <Button small expanded={shown} onClick={() => setShown(!shown)}>
            {shown ? t.certificates.hideBalances : t.certificates.showBalances}
          </Button>
        </p>
      )}
      {(!folds || shown) && <ProofTable proof={proof} />}
      <Causes proof={proof} />
      {payouts && payouts.zero + payouts.remainders.length > 0 && (
        <p class={text.sub}>{t.payouts.sentence(payoutsText(payouts))}</p>
      )}
      <p>
        <a href={href(`/certificates/${proof.id}`)}>{t.proof.certificate}</a> ·{" "}
        <a href={href("/certificates")}>{t.proof.allCertificates}</a>
      </p>
    </Card>
  );
}
