/** A failed call: what happened, how to go on, and the id that finds it in the logs. */

import type { ApiError } from "../../api/client";
import { lookUp } from "../../lib/labels";
import { t } from "../../texts";
import { Button } from "./button";
import { Note } from "./note";
import text from "./text.module.css";

const TOO_MANY_REQUESTS = 429;

/** The API names its own errors; the catalogue names those that the page finds itself. */
function titleOf(error: ApiError): string {
  const title = error.problem?.title ?? lookUp(t.errors.titles, error.code);
  if (title !== undefined) return title;
  return error.status === TOO_MANY_REQUESTS ? t.errors.tooManyRequests : t.errors.answered(error.status);
}

export function ErrorNote({ error, retry }: { error: ApiError; retry?: () => void }) {
  const title = titleOf(error);
  return (
    <Note tone="bad" icon="problems" title={title} alert>
      {error.detail && error.detail !== title && <p>{error.detail}</p>}
      {error.transient && !error.detail && <p>{t.errors.nothingLost}</p>}
      <RequestId error={error} />
      {retry && (
        <p>
          <Button small onClick={retry}>
            {t.common.tryAgain}
          </Button>
        </p>
      )}
    </Note>
  );
}

/** What finds a call in the logs. */
export function RequestId({ error }: { error: ApiError }) {
  if (!error.requestId) return null;
  return (
    <p class={text.small}>
      {t.errors.requestId} <code>{error.requestId}</code>
    </p>
  );
}
