/** Asking for a sync while one is open wakes the open one. */

import type { RunDetail } from "../../api/types";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { type Action, useAction } from "../../lib/query";
import { t } from "../../texts";

export function useWakeUp(run: RunDetail): Action<[]> {
  const { api } = useApp();
  return useAction(async () => {
    await (run.scope === "preview" ? api.startPreview() : api.startRun(run.scope));
    announce(t.runs.askedToGoOn);
  });
}
