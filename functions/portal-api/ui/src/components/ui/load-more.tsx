/** The button at the end of a list that has more. */

import type { Action } from "../../lib/query";
import { t } from "../../texts";
import { Button } from "./button";
import { ErrorNote } from "./error-note";
import layout from "./layout.module.css";

export function LoadMore({ more, next }: { more: Action<[]>; next: string | null }) {
  return (
    <>
      {more.error && <ErrorNote error={more.error} />}
      {next !== null && (
        <div class={layout.actionsCenter}>
          <Button busy={more.busy} onClick={() => void more.run()}>
            {t.common.loadMore}
          </Button>
        </div>
      )}
    </>
  );
}
