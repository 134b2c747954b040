/** Starts a preview and goes to it. */

import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { type Action, useAction } from "../../lib/query";
import { navigate } from "../../lib/router";
import { t } from "../../texts";

export function useStartPreview(): Action<[]> {
  const { api, onRunStarted } = useApp();
  return useAction(async () => {
    const { run } = await api.startPreview();
    announce(t.preview.isBeingMade);
    onRunStarted(run);
    navigate(`/runs/${run.id}`);
  });
}
