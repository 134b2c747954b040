/** An open run that has not moved for a while can be asked to go on. */

import type { RunDetail } from "../../api/types";
import { t } from "../../texts";
import { Button } from "../ui/button";
import { ErrorNote } from "../ui/error-note";
import { Note } from "../ui/note";
import { useWakeUp } from "./use-wake-up";

export function StalledNote({ run }: { run: RunDetail }) {
  const wakeUp = useWakeUp(run);
  return (
    <Note tone="warn" icon="clock" title={t.runs.stalled}>
      <p>{t.runs.stalledText}</p>
      {wakeUp.error && <ErrorNote error={wakeUp.error} />}
      <p>
        <Button busy={wakeUp.busy} onClick={() => void wakeUp.run()}>
          {t.runs.askAgain}
        </Button>
      </p>
    </Note>
  );
}
