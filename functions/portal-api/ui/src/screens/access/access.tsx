/** What this install may do, and what each missing permission switches off. */

import type { Overview, Permissions } from "../../api/types";
import { SettingsTabs } from "../../components/frame/settings-tabs";
import { Card, CardList } from "../../components/ui/card";
import { ErrorNote } from "../../components/ui/error-note";
import { type Fact, Facts } from "../../components/ui/facts";
import { FromApi } from "../../components/ui/from-api";
import { Note } from "../../components/ui/note";
import { Pill } from "../../components/ui/pill";
import { Skeleton } from "../../components/ui/skeleton";
import text from "../../components/ui/text.module.css";
import { When } from "../../components/ui/when";
import { cleaned } from "../../lib/api-text";
import { useApp } from "../../lib/app";
import { lookUp } from "../../lib/labels";
import { useQuery } from "../../lib/query";
import { t } from "../../texts";
import { late } from "../../texts/late";
import styles from "./access.module.css";

export function AccessScreen() {
  const { api, overview } = useApp();
  const query = useQuery("permissions", (signal) => api.permissions(signal));
  const install = overview.data?.install;
  return (
    <>
      <h1 tabIndex={-1}>{t.frame.titles.access}</h1>
      <SettingsTabs current="access" />
      {query.error && <ErrorNote error={query.error} retry={query.reload} />}
      {query.loading && <Skeleton lines={6} tall />}
      {query.data && (
        <>
          <CardList label={late.access.list}>
            {query.data.permissions.map((permission) => (
              <Permission key={permission.scope} permission={permission} />
            ))}
          </CardList>
          <Note tone="info" title={late.access.fixed} />
        </>
      )}
      {install && (
        <Card title={late.access.install.title}>
          <Facts items={installFacts(install)} />
        </Card>
      )}
    </>
  );
}

function Permission({ permission }: { permission: Permissions["permissions"][number] }) {
  const { scope, granted, allows, without_it: without } = permission;
  const known = lookUp(late.access.scopes, scope);
  return (
    <li class={styles.permission}>
      <div class={styles.head}>
        <h2>{known?.name ?? <code>{scope}</code>}</h2>
        <Pill tone={granted ? "ok" : "warn"} icon={granted ? "check" : "cross"}>
          {granted ? late.access.granted : late.access.notGranted}
        </Pill>
      </div>
      <p>{known?.allows ?? <FromApi text={allows} />}</p>
      {!granted && (
        <p class={styles.without}>
          {late.access.without(
            (words) => (
              <strong>{words}</strong>
            ),
            known?.without ?? cleaned(without),
          )}
        </p>
      )}
      {known && (
        <p class={text.mutedSmall}>
          <code>{scope}</code>
        </p>
      )}
    </li>
  );
}

function installFacts(install: Overview["install"]): Fact[] {
  const names = late.access.install;
  const facts: Fact[] = [
    [names.id, <code key="install">{install.installed_app_id}</code>],
    [names.instance, <code key="instance">{install.instance_id}</code>],
  ];
  if (install.organization_id)
    facts.push([names.organization, <code key="organization">{install.organization_id}</code>]);
  facts.push([names.installed, <When key="at" at={install.installed_at} />]);
  return facts;
}
