/** How old the last proof and the last sync are, and what came of them. */

import type { Overview } from "../../api/types";
import { stateSign } from "../../components/signs";
import { Card } from "../../components/ui/card";
import { type Fact, Facts } from "../../components/ui/facts";
import { Note } from "../../components/ui/note";
import { Pill, SignPill } from "../../components/ui/pill";
import { When } from "../../components/ui/when";
import { scopeText } from "../../lib/labels";
import { href } from "../../lib/router";
import { t } from "../../texts";
import { RecheckEverything, type StartSync } from "./sync-now";

export function Freshness({ data, sync }: { data: Overview; sync: StartSync }) {
  const run = data.last_run;
  const texts = t.overview.freshness;
  const stale = data.fresh === false && (
    <Pill tone="warn" icon="clock">
      {texts.longAgo}
    </Pill>
  );
  return (
    <Card title={texts.title} aside={stale || undefined}>
      <Facts items={factsOf(data)} />
      {run?.error && (
        <Note tone="bad" icon="problems" title={texts.notFinished}>
          <p>{run.error.text}</p>
        </Note>
      )}
      {run && <RecheckEverything sync={sync} />}
    </Card>
  );
}

function factsOf({ last_run: run, last_proof: proof, open_problems: problems }: Overview): Fact[] {
  const texts = t.overview.freshness;
  const lastProof = proof ? <When at={proof.at} /> : texts.noneYet;
  const openProblems =
    problems === 0 ? texts.noneOpen : <a href={href("/problems")}>{texts.openProblems(problems)}</a>;
  if (run === null) {
    return [
      [texts.lastProof, lastProof],
      [texts.lastSync, texts.noneYet],
      [texts.problems, openProblems],
    ];
  }
  const when = <When at={run.finished_at ?? run.requested_at} />;
  return [
    [texts.lastProof, lastProof],
    [
      texts.lastSync,
      <a key="run" href={href(`/runs/${run.id}`)}>
        {texts.scopeAndTime(scopeText(run), when)}
      </a>,
    ],
    [texts.outcome, <SignPill key="state" sign={stateSign(run)} />],
    [texts.problems, openProblems],
  ];
}
