/** Reconciliation certificates: all of them, and one with everything it says. */

import { useState } from "preact/hooks";
import type { CertificatePage, CertificateSummary, Proof } from "../api/types";
import { Button, Card, Empty, ErrorNote, Facts, Pill, Skeleton, When } from "../components/basics";
import { Causes } from "../components/causes";
import { type FileForSaving, ReadyFile, save } from "../components/file";
import { Icon } from "../components/icons";
import { Payouts } from "../components/payouts";
import { ProofTable, statement } from "../components/proof";
import { useApp } from "../lib/app";
import { useAction, useQuery } from "../lib/query";
import { href } from "../lib/router";
import { dateTime } from "../lib/time";
import { plural, verdictSign } from "../lib/words";

export function CertificatesScreen() {
  const { api } = useApp();
  const page = useQuery("certificates", (signal) => api.certificates(null, signal));
  return (
    <>
      <h1 tabIndex={-1}>Certificates</h1>
      <p class="lead">
        Each says what was compared, when, and what came of it, and holds the fingerprint of the one before.
      </p>
      {page.error && <ErrorNote error={page.error} retry={page.reload} />}
      {page.loading && <Skeleton lines={6} tall />}
      {page.data && <List first={page.data} />}
    </>
  );
}

function List({ first }: { first: CertificatePage }) {
  const { api } = useApp();
  const [older, setOlder] = useState<CertificatePage | undefined>();
  const next = older ? older.next : first.next;
  const more = useAction(async () => {
    const page = await api.certificates(next);
    setOlder((old) => ({
      certificates: [...(old?.certificates ?? []), ...page.certificates],
      next: page.next,
    }));
  });
  const shown = [...first.certificates, ...(older?.certificates ?? [])];
  if (shown.length === 0) {
    return (
      <section class="card">
        <Empty icon="check" title="No certificate yet">
          <p>Every sync ends with one.</p>
        </Empty>
      </section>
    );
  }
  return (
    <>
      <ul class="card run-list" aria-label="Certificates">
        {shown.map((certificate) => (
          <Row key={certificate.id} certificate={certificate} />
        ))}
      </ul>
      {more.error && <ErrorNote error={more.error} />}
      {next !== null && (
        <div class="actions center">
          <Button busy={more.busy} onClick={() => void more.run()}>
            Load more
          </Button>
        </div>
      )}
    </>
  );
}

function Row({ certificate }: { certificate: CertificateSummary }) {
  const sign = verdictSign(certificate.verdict);
  return (
    <li>
      <a class="certificate-row" href={href(`/certificates/${certificate.id}`)}>
        <Pill tone={sign.tone} icon={sign.icon}>
          {sign.text}
        </Pill>
        <span class="certificate-what">
          <When at={certificate.at} />
          <span class="sub">
            {certificate.currencies.join(", ") || "No balance"} · {plural(certificate.records, "record")}
            {certificate.causes > 0 && ` · ${plural(certificate.causes, "entry", "entries")} at fault`}
            {certificate.explained && ", all explained"}
          </span>
        </span>
        <code class="sub fingerprint">{certificate.hash?.slice(0, 12) ?? ""}</code>
      </a>
    </li>
  );
}

export function CertificateScreen({ id }: { id: string }) {
  const { api } = useApp();
  const certificate = useQuery(`certificate ${id}`, (signal) => api.certificate(id, signal));
  return (
    <>
      <p class="back">
        <a href={href("/certificates")}>← Certificates</a>
      </p>
      {certificate.data ? <Loaded proof={certificate.data} /> : <h1 tabIndex={-1}>Certificate</h1>}
      {certificate.error && <ErrorNote error={certificate.error} retry={certificate.reload} />}
      {certificate.loading && <Skeleton lines={6} tall />}
    </>
  );
}

function Loaded({ proof }: { proof: Proof }) {
  const { api } = useApp();
  const [file, setFile] = useState<FileForSaving | undefined>();
  // Fetched with the session, which a plain link would not carry.
  const fetching = useAction(async (kind: "document" | "table") => {
    const { name, blob } = await api.certificateFile(proof.id, kind);
    const made = { name, text: await blob.text(), url: URL.createObjectURL(blob) };
    setFile(made);
    save(made);
  });
  const sign = verdictSign(proof.verdict);
  const hours = proof.lines.reduce((sum, line) => sum + line.hours_agreed + line.hours_differing, 0);
  const entries = proof.lines.reduce((sum, line) => sum + line.entries, 0);
  return (
    <>
      <div class="page-head">
        <div>
          <h1 tabIndex={-1}>{statement(proof)}</h1>
          <p class="sub">
            Compared <When at={proof.at} />
          </p>
        </div>
        <div class="actions">
          <Pill tone={sign.tone} icon={sign.icon}>
            {sign.text}
          </Pill>
          <Button busy={fetching.busy} onClick={() => void fetching.run("document")}>
            <Icon name="external" size={16} />
            JSON
          </Button>
          <Button busy={fetching.busy} onClick={() => void fetching.run("table")}>
            <Icon name="external" size={16} />
            CSV
          </Button>
        </div>
      </div>
      {fetching.error && <ErrorNote error={fetching.error} />}
      {file && <ReadyFile file={file} />}
      <Card title="Balances">
        <ProofTable proof={proof} />
        <Causes proof={proof} />
      </Card>
      {proof.payouts && <Payouts payouts={proof.payouts} />}
      <Card title="The certificate">
        <Facts
          items={[
            ["Compared", dateTime(proof.at)],
            [
              "Entries",
              `${plural(entries, "entry", "entries")}, compared one by one in ${plural(hours, "hour")}`,
            ],
            [
              "Sync",
              <a key="run" href={href(`/runs/${proof.run_id}`)}>
                {proof.run_id}
              </a>,
            ],
            [
              "Fingerprint",
              <code key="hash" class="break">
                {proof.hash ?? "–"}
              </code>,
            ],
            [
              "The one before",
              <code key="before" class="break">
                {proof.previous ?? "none: this is the first"}
              </code>,
            ],
          ]}
        />
      </Card>
    </>
  );
}
