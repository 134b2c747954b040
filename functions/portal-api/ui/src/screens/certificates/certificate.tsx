/** One certificate with everything it says. */

import { useState } from "preact/hooks";
import type { Proof } from "../../api/types";
import { Causes } from "../../components/proof/causes";
import { Payouts } from "../../components/proof/payouts";
import { ProofTable } from "../../components/proof/proof-table";
import { statementText } from "../../components/proof/statement";
import { verdictSign } from "../../components/signs";
import { Button } from "../../components/ui/button";
import { Card } from "../../components/ui/card";
import { ErrorNote } from "../../components/ui/error-note";
import { type Fact, Facts } from "../../components/ui/facts";
import { Icon } from "../../components/ui/icon";
import layout from "../../components/ui/layout.module.css";
import { SignPill } from "../../components/ui/pill";
import { type FileForSaving, ReadyFile, save } from "../../components/ui/ready-file";
import { Skeleton } from "../../components/ui/skeleton";
import text from "../../components/ui/text.module.css";
import { When } from "../../components/ui/when";
import { useApp } from "../../lib/app";
import { useAction, useQuery } from "../../lib/query";
import { href } from "../../lib/router";
import { dateTime } from "../../lib/time";
import { t } from "../../texts";

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

const FORMATS = ["document", "table"] as const;

function Loaded({ proof }: { proof: Proof }) {
  const { api } = useApp();
  const [file, setFile] = useState<FileForSaving | undefined>();
  // Fetched with the session, which a plain link would not carry.
  const fetching = useAction(async (format: (typeof FORMATS)[number]) => {
    const { name, blob } = await api.certificateFile(proof.id, format);
    const made = { name, text: await blob.text(), url: URL.createObjectURL(blob) };
    setFile(made);
    save(made);
  });
  return (
    <>
      <div class={layout.pageHead}>
        <div>
          <h1 tabIndex={-1}>{statementText(proof)}</h1>
          <p class={text.sub}>{t.certificates.compared(<When at={proof.at} />)}</p>
        </div>
        <div class={layout.actions}>
          <SignPill sign={verdictSign(proof.verdict)} />
          {FORMATS.map((format) => (
            <Button key={format} busy={fetching.busy} onClick={() => void fetching.run(format)}>
              <Icon name="external" size={16} />
              {t.certificates.formats[format]}
            </Button>
          ))}
        </div>
      </div>
      {fetching.error && <ErrorNote error={fetching.error} />}
      {file && <ReadyFile file={file} />}
      <Card title={t.certificates.balances}>
        <ProofTable proof={proof} />
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
  const hours = proof.lines.reduce((sum, line) => sum + line.hours_agreed + line.hours_differing, 0);
  const entries = proof.lines.reduce((sum, line) => sum + line.entries, 0);
  return [
    [names.compared, dateTime(proof.at)],
    [names.entries, t.certificates.entriesCompared(entries, hours)],
    [
      names.sync,
      <a key="run" href={href(`/runs/${proof.run_id}`)}>
        {proof.run_id}
      </a>,
    ],
    [names.fingerprint, <code key="hash">{proof.hash ?? "–"}</code>],
    [names.previous, <code key="previous">{proof.previous ?? t.certificates.noPrevious}</code>],
  ];
}
