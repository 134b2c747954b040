/** Why nothing of the settings was saved. */

import type { ApiError } from "../../api/error";
import { late } from "../../texts/late";
import { Button } from "./button";
import { ErrorNote } from "./error-note";
import { Note } from "./note";

interface SaveErrorProps {
  error: ApiError | undefined;
  onReload: () => void;
}

export function SaveError({ error, onReload }: SaveErrorProps) {
  if (error === undefined) return null;
  if (error.code !== "changed_meanwhile") return <ErrorNote error={error} />;
  return (
    <Note tone="warn" title={late.settings.changedMeanwhile} alert>
      <p>
        <Button onClick={onReload}>{late.settings.showPresent}</Button>
      </p>
    </Note>
  );
}
