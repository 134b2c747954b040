/** Says which permission is missing for a sync, and that only reinstalling grants it. */

import { Note } from "../../components/ui/note";
import { Outside } from "../../components/ui/outside";
import { useApp } from "../../lib/app";
import { href } from "../../lib/router";
import { t } from "../../texts";

export function MissingPermissions({ missing }: { missing: string[] }) {
  const dashboard = useApp().overview.data?.links.dashboard_url;
  const scopes = missing.map((scope) => <code key={scope}>{scope}</code>);
  return (
    <Note tone="warn" icon="access" title={t.state.notAllowed}>
      <p>{t.overview.missingPermission(scopes)}</p>
      <p>
        {t.overview.permissionsAreFixed((words) => (
          <a href={href("/access")}>{words}</a>
        ))}
      </p>
      {dashboard && (
        <p>
          <Outside button href={dashboard}>
            {t.attention.reinstall}
          </Outside>
        </p>
      )}
    </Note>
  );
}
