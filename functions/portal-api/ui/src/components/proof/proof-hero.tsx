/** The statement above the figures; the first thing to read. */

import type { Proof } from "../../api/types";
import { classes } from "../../lib/class-names";
import { href } from "../../lib/router";
import { t } from "../../texts";
import { verdictSign } from "../signs";
import { Icon } from "../ui/icon";
import text from "../ui/text.module.css";
import { toneClass } from "../ui/tone";
import { When } from "../ui/when";
import { Causes } from "./causes";
import { payoutsText } from "./payouts";
import styles from "./proof-hero.module.css";
import { ProofTable } from "./proof-table";
import { statementText, summaryText } from "./statement";

export function ProofHero({ proof }: { proof: Proof }) {
  const sign = verdictSign(proof.verdict);
  return (
    <section class={classes(styles.hero, toneClass(sign.tone))} aria-labelledby="proof-statement">
      <div class={styles.head}>
        <span class={styles.seal}>
          <Icon name={sign.icon} size={30} />
        </span>
        <div class={styles.words}>
          <p class={styles.eyebrow}>{t.proof.last(<When at={proof.at} />)}</p>
          <h2 id="proof-statement">{statementText(proof)}</h2>
          <p class={styles.summary}>{summaryText(proof)}</p>
        </div>
      </div>
      <div class={styles.body}>
        <ProofTable proof={proof} />
        <Causes proof={proof} />
        {proof.payouts && proof.payouts.zero + proof.payouts.remainders.length > 0 && (
          <p class={text.sub}>{t.payouts.sentence(payoutsText(proof.payouts))}</p>
        )}
        <p>
          <a href={href(`/certificates/${proof.id}`)}>{t.proof.certificate}</a> ·{" "}
          <a href={href("/certificates")}>{t.proof.allCertificates}</a>
        </p>
      </div>
    </section>
  );
}
