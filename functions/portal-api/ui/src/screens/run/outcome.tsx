/** What a run that has ended came to: everything matches, or what does not; and where to go from here. */

import type { RunDetail } from "../../api/types";
import { Causes } from "../../components/proof/causes";
import { ProofTable } from "../../components/proof/proof-table";
import { statementText, summaryText } from "../../components/proof/statement";
import { Counters } from "../../components/run/counters";
import { verdictSign } from "../../components/signs";
import { ButtonLink } from "../../components/ui/button";
import { Card } from "../../components/ui/card";
import { Icon } from "../../components/ui/icon";
import { SignPill } from "../../components/ui/pill";
import { toneClass } from "../../components/ui/tone";
import { classes } from "../../lib/class-names";
import { href } from "../../lib/router";
import { t } from "../../texts";
import styles from "./outcome.module.css";
import { PreviewFigures } from "./preview-figures";

export function Outcome({ run }: { run: RunDetail }) {
  if (run.scope === "preview")
    return run.preview && <PreviewFigures run={run} preview={run.preview} />;
  return (
    <>
      {run.proof && <Verdict proof={run.proof} />}
      <Card title={t.runs.whatItDid}>
        <Counters run={run} all />
      </Card>
    </>
  );
}

type Proof = NonNullable<RunDetail["proof"]>;

/** The sentence that everybody waits for. */
function Verdict({ proof }: { proof: Proof }) {
  const sign = verdictSign(proof.verdict, proof.read_only);
  const matches = proof.verdict === "match";
  return (
    <section class={classes(styles.verdict, toneClass(sign.tone))} data-testid="outcome">
      <span class={styles.sign}>
        <Icon name={sign.icon} size={22} />
      </span>
      <div class={styles.words}>
        <h2>{matches ? t.runs.matches : statementText(proof)}</h2>
        <p>{summaryText(proof)}</p>
      </div>
      <ButtonLink href={href("/")}>
        {t.runs.toOverview} <Icon name="arrow" size={16} />
      </ButtonLink>
    </section>
  );
}

export function ProofCard({ proof }: { proof: Proof }) {
  return (
    <Card
      title={t.runs.proof}
      aside={<SignPill sign={verdictSign(proof.verdict, proof.read_only)} />}
    >
      {!proof.thinned && <ProofTable proof={proof} />}
      <Causes proof={proof} />
      <p>
        <a href={href(`/certificates/${proof.id}`)}>{t.proof.certificate}</a>
      </p>
    </Card>
  );
}
