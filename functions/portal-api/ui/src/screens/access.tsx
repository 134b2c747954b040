/** What this install may do, and what each missing permission switches off. */

import { Card, ErrorNote, Facts, Note, Pill, Skeleton, When } from "../components/basics";
import { useApp } from "../lib/app";
import { useQuery } from "../lib/query";

export function AccessScreen() {
  const { api, overview } = useApp();
  const query = useQuery("permissions", (signal) => api.permissions(signal));
  const install = overview.data?.install;
  return (
    <>
      <h1 tabIndex={-1}>Access</h1>
      {query.error && <ErrorNote error={query.error} retry={query.reload} />}
      {query.loading && <Skeleton lines={6} tall />}
      {query.data && (
        <>
          <ul class="card permission-list" aria-label="Permissions">
            {query.data.permissions.map((permission) => (
              <li key={permission.scope}>
                <div class="permission-head">
                  <h2>
                    <code>{permission.scope}</code>
                  </h2>
                  <Pill
                    tone={permission.granted ? "ok" : "warn"}
                    icon={permission.granted ? "check" : "cross"}
                  >
                    {permission.granted ? "Granted" : "Not granted"}
                  </Pill>
                </div>
                <p>{permission.allows}</p>
                {!permission.granted && (
                  <p class="without">
                    <strong>Without it:</strong> {permission.without_it}
                  </p>
                )}
              </li>
            ))}
          </ul>
          <Note tone="info" title={query.data.note} />
        </>
      )}
      {install && (
        <Card title="This install">
          <Facts
            items={[
              ["Install", <code key="install">{install.installed_app_id}</code>],
              ["Instance", <code key="instance">{install.instance_id}</code>],
              ...(install.organization_id
                ? ([["Organization", <code key="organization">{install.organization_id}</code>]] as [
                    string,
                    preact.JSX.Element,
                  ][])
                : []),
              ["Installed", <When key="at" at={install.installed_at} />],
            ]}
          />
        </Card>
      )}
    </>
  );
}
