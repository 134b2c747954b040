/** All reconciliation certificates, newest first. */

import type { CertificateSummary } from "../../api/types";
import { verdictSign } from "../../components/signs";
import { Card, CardList } from "../../components/ui/card";
import { Empty } from "../../components/ui/empty";
import { ErrorNote } from "../../components/ui/error-note";
import { LoadMore } from "../../components/ui/load-more";
import { SignPill } from "../../components/ui/pill";
import { Skeleton } from "../../components/ui/skeleton";
import text from "../../components/ui/text.module.css";
import { When } from "../../components/ui/when";
import { useApp } from "../../lib/app";
import { href } from "../../lib/router";
import { usePages } from "../../lib/use-pages";
import { t } from "../../texts";
import { late } from "../../texts/late";
import styles from "./certificates.module.css";

export function CertificatesScreen() {
  const { api } = useApp();
  const { query, items, next, more } = usePages("certificates", async (before, signal) => {
    const page = await api.certificates(before, signal);
    return { items: page.certificates, next: page.next };
  });
  return (
    <>
      <h1 tabIndex={-1}>{t.frame.titles.certificates}</h1>
      <p class={text.lead}>{t.certificates.intro}</p>
      {query.error && <ErrorNote error={query.error} retry={query.reload} />}
      {query.loading && <Skeleton lines={6} tall />}
      {query.data && <List certificates={items} />}
      <LoadMore more={more} next={next} />
    </>
  );
}

function List({ certificates }: { certificates: CertificateSummary[] }) {
  if (certificates.length === 0) {
    return (
      <Card>
        <Empty icon="check" title={t.certificates.empty}>
          <p>{t.certificates.emptyText}</p>
        </Empty>
      </Card>
    );
  }
  return (
    <CardList label={t.frame.titles.certificates}>
      {certificates.map((certificate) => (
        <Row key={certificate.id} certificate={certificate} />
      ))}
    </CardList>
  );
}

const SHORT_HASH = 12;

function Row({ certificate }: { certificate: CertificateSummary }) {
  const { id, verdict, at, currencies, records, causes, explained, hash } = certificate;
  const figures =
    records === null
      ? [late.thinned.listed]
      : [currencies.join(", ") || t.certificates.noBalance, t.nouns.records(records)];
  if (causes > 0) figures.push(t.proof.atFault(causes));
  return (
    <li>
      <a class={styles.row} href={href(`/certificates/${id}`)}>
        <span class={styles.verdict}>
          <SignPill sign={verdictSign(verdict)} />
        </span>
        <span class={styles.what}>
          <When at={at} />
          <span class={text.sub}>
            {figures.join(" · ")}
            {explained && t.certificates.allExplained}
          </span>
        </span>
        <code class={styles.fingerprint}>{hash?.slice(0, SHORT_HASH) ?? ""}</code>
      </a>
    </li>
  );
}
