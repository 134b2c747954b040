/** What this install may do, and what each missing permission switches off. */

import type { Overview, Permissions } from "../../api/types";
import { Card, CardList } from "../../components/ui/card";
import { ErrorNote } from "../../components/ui/error-note";
import { type Fact, Facts } from "../../components/ui/facts";
import { Note } from "../../components/ui/note";
import { Pill } from "../../components/ui/pill";
import { Skeleton } from "../../components/ui/skeleton";
import { When } from "../../components/ui/when";
import { useApp } from "../../lib/app";
import { useQuery } from "../../lib/query";
import { t } from "../../texts";
import styles from "./access.module.css";

export function AccessScreen() {
  const { api, overview } = useApp();
  const query = useQuery("permissions", (signal) => api.permissions(signal));
  const install = overview.data?.install;
  return (
    <>
      <h1 tabIndex={-1}>{t.frame.titles.access}</h1>
      {query.error && <ErrorNote error={query.error} retry={query.reload} />}
      {query.loading && <Skeleton lines={6} tall />}
      {query.data && (
        <>
          <CardList label={t.access.list}>
            {query.data.permissions.map((permission) => (
              <Permission key={permission.scope} permission={permission} />
            ))}
          </CardList>
          <Note tone="info" title={query.data.note} />
        </>
      )}
      {install && (
        <Card title={t.access.install.title}>
          <Facts items={installFacts(install)} />
        </Card>
      )}
    </>
  );
}

function Permission({ permission }: { permission: Permissions["permissions"][number] }) {
  const { scope, granted, allows, without_it: without } = permission;
  return (
    <li class={styles.permission}>
      <div class={styles.head}>
        <h2>
          <code>{scope}</code>
        </h2>
        <Pill tone={granted ? "ok" : "warn"} icon={granted ? "check" : "cross"}>
          {granted ? t.access.granted : t.access.notGranted}
        </Pill>
      </div>
      <p>{allows}</p>
      {!granted && (
        <p class={styles.without}>
          {t.access.without(
            (words) => (
              <strong>{words}</strong>
            ),
            without,
          )}
        </p>
      )}
    </li>
  );
}

function installFacts(install: Overview["install"]): Fact[] {
  const names = t.access.install;
  const facts: Fact[] = [
    [names.id, <code key="install">{install.installed_app_id}</code>],
    [names.instance, <code key="instance">{install.instance_id}</code>],
  ];
  if (install.organization_id)
    facts.push([names.organization, <code key="organization">{install.organization_id}</code>]);
  facts.push([names.installed, <When key="at" at={install.installed_at} />]);
  return facts;
}
