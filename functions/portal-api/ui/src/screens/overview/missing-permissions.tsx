/** Says which permission is missing for a sync. */

import { Note } from "../../components/ui/note";
import { href } from "../../lib/router";
import { t } from "../../texts";

export function MissingPermissions({ missing }: { missing: string[] }) {
  const scopes = missing.map((scope) => <code key={scope}>{scope}</code>);
  return (
    <Note tone="warn" icon="access" title={t.overview.syncingIsOff(scopes)}>
      <p>
        {t.overview.permissionsAreFixed((words) => (
          <a href={href("/access")}>{words}</a>
        ))}
      </p>
    </Note>
  );
}
