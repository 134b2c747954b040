/** Approves what a run waits for. */

import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { useAction } from "../../lib/query";
import { t } from "../../texts";
import { Button } from "../ui/button";
import { ErrorNote } from "../ui/error-note";

interface ApproveProps {
  run: string;
  code: string;
  onApproved: () => void;
}

export function Approve({ run, code, onApproved }: ApproveProps) {
  const { api } = useApp();
  const approve = useAction(async () => {
    await api.approveRun(run, code);
    announce(t.runs.goesOn);
    onApproved();
  });
  return (
    <>
      {approve.error && <ErrorNote error={approve.error} />}
      <p>
        <Button kind="primary" busy={approve.busy} onClick={() => void approve.run()}>
          {t.runs.approve}
        </Button>
      </p>
    </>
  );
}
