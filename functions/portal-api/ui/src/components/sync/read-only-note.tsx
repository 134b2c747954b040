/** Says that this install may read the ledger, but not write to it. */

import { href } from "../../lib/router";
import { t } from "../../texts";
import { Note } from "../ui/note";

export function ReadOnlyNote() {
  return (
    <Note tone="info" icon="eye" title={t.preview.readOnly}>
      <p>
        {t.preview.readOnlyText((words) => (
          <a href={href("/access")}>{words}</a>
        ))}
      </p>
    </Note>
  );
}
