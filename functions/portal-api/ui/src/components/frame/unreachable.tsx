/** A note above every screen while the overview cannot be read. It disappears by itself. */

import { useApp } from "../../lib/app";
import { t } from "../../texts";
import { Button } from "../ui/button";
import { ErrorCodes, errorTitle, isErrorSaidByFrame } from "../ui/error-note";
import { Note } from "../ui/note";

export function Unreachable() {
  const { overview } = useApp();
  const { error, data } = overview;
  if (!error || !isErrorSaidByFrame(error)) return null;
  return (
    <Note tone="warn" icon="problems" title={errorTitle(error)} alert>
      <p>{data ? t.frame.offlineText : t.errors.nothingLost}</p>
      <ErrorCodes error={error} />
      <p>
        <Button small onClick={overview.reload}>
          {t.common.tryAgain}
        </Button>
      </p>
    </Note>
  );
}
