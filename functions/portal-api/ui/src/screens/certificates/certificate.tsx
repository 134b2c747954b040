/** One certificate with everything it says. */

import type { Proof } from "../../api/types";
import { Causes } from "../../components/proof/causes";
import { Payouts } from "../../components/proof/payouts";
import { ProofTable } from "../../components/proof/proof-table";
import { statementText } from "../../components/proof/statement";
import { verdictSign } from "../../components/signs";
import { Card } from "../../components/ui/card";
import { useDownloads } from "../../components/ui/downloads";
import { ErrorNote } from "../../components/ui/error-note";
import { type Fact, Facts } from "../../components/ui/facts";
import layout from "../../components/ui/layout.module.css";
import { SignPill } from "../../components/ui/pill";
import { Skeleton } from "../../components/ui/skeleton";
import text from "../../components/ui/text.module.css";
import { When } from "../../components/ui/when";
import { useApp } from "../../lib/app";
import { useQuery } from "../../lib/query";
import { href } from "../../lib/router";
import { utc } from "../../lib/time";
import { t } from "../../texts";
import { late } from "../../texts/late";

export function CertificateScreen({ id }: { id: string }) {
  const { api } = useApp();
  const certificate = useQuery(`certificate/${id}`, (signal) => api.certificate(id, signal));
  return (
    <>
      <p class={layout.back}>
        <a href={href("/certificates")}>{t.certificates.back}</a>
      </p>
      {certificate.data ? (
        <Loaded proof={certificate.data} />
      ) : (
        <h1 tabIndex={-1}>{t.frame.titles.certificate}</h1>
      )}
      {certificate.error && <ErrorNote error={certificate.error} retry={certificate.reload} />}
      {certificate.loading && <Skeleton lines={6} tall />}
    </>
  );
}

function Loaded({ proof }: { proof: Proof }) {
  const address = `/certificates/${encodeURIComponent(proof.id)}`;
  const name = `certificate-${proof.id}`;
  const { buttons, result } = useDownloads([
    { label: t.certificates.formats.document, path: `${address}/document`, name: `${name}.json` },
    { label: t.certificates.formats.table, path: `${address}/table`, name: `${name}.csv` },
  ]);
  return (
    <>
      <div class={layout.pageHead}>
        <div>
          <h1 tabIndex={-1}>{statementText(proof)}</h1>
          <p class={text.sub}>{t.certificates.compared(<When at={proof.at} />)}</p>
        </div>
        <div class={layout.actions}>
          <SignPill sign={verdictSign(proof.verdict, proof.read_only)} />
          {buttons}
        </div>
      </div>
      {result}
      <Card title={t.certificates.balances}>
        {proof.thinned ? <p>{late.thinned.text}</p> : <ProofTable proof={proof} />}
        <Causes proof={proof} />
      </Card>
      {proof.payouts && <Payouts payouts={proof.payouts} />}
      <Card title={t.certificates.card}>
        <Facts items={factsOf(proof)} />
      </Card>
    </>
  );
}

function factsOf(proof: Proof): Fact[] {
  const names = t.certificates.facts;
  const { run_id: run } = proof;
  const hours = proof.lines.reduce(
    (sum, line) => sum + line.hours_agreed + line.hours_differing,
    0,
  );
  const entries = proof.lines.reduce((sum, line) => sum + line.entries, 0);
  const ofWhole: Fact[] = proof.thinned
    ? []
    : [[names.entries, t.certificates.entriesCompared(entries, hours)]];
  if (run !== null) {
    const sync = (
      <a key="run" href={href(`/runs/${run}`)}>
        {t.certificates.seeSync}
      </a>
    );
    ofWhole.push([names.sync, sync]);
  }
  return [
    // A document of its time: in UTC, whatever the page shows.
    [
      names.compared,
      <time key="at" dateTime={proof.at}>
        {utc(proof.at)}
      </time>,
    ],
    ...ofWhole,
    [names.fingerprint, <code key="hash">{proof.hash ?? "–"}</code>],
    [names.previous, <code key="previous">{proof.previous ?? t.certificates.noPrevious}</code>],
  ];
}
