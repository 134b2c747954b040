/** The button at the end of a list that has more. */

import { useAction } from "../../lib/query";
import { t } from "../../texts";
import { Button } from "./button";
import { ErrorNote } from "./error-note";
import layout from "./layout.module.css";

interface LoadMoreProps {
  more: () => Promise<void>;
  next: string | null;
}

export function LoadMore({ more, next }: LoadMoreProps) {
  const load = useAction(more);
  return (
    <>
      {load.error && <ErrorNote error={load.error} />}
      {next !== null && (
        <div class={layout.actionsCenter}>
          <Button busy={load.busy} onClick={() => void load.run()}>
            {t.common.loadMore}
          </Button>
        </div>
      )}
    </>
  );
}
