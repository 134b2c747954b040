/** A failed call: what happened, how to go on, and in small type the codes that find it in the logs. */

import { useContext } from "preact/hooks";
import type { ApiError } from "../../api/error";
import { Context } from "../../lib/app";
import { lookUp } from "../../lib/labels";
import { t } from "../../texts";
import { Button } from "./button";
import { FromApi } from "./from-api";
import { Note } from "./note";
import text from "./text.module.css";

const TOO_MANY_REQUESTS = 429;
const FORBIDDEN = 403;

/** Never the name of an HTTP status: those are for programs. */
export function errorTitle(error: ApiError): string {
  const title = lookUp(t.errors.titles, error.code);
  if (title !== undefined) return title;
  if (error.status === TOO_MANY_REQUESTS) return t.errors.tooManyRequests;
  if (error.status === FORBIDDEN) return t.errors.forbidden;
  return error.transient ? t.errors.failed : t.errors.refused;
}

function ErrorText({ error }: { error: ApiError }) {
  const known = lookUp(t.errors.texts, error.code);
  if (known !== undefined) return <p>{known}</p>;
  if (error.detail) return <p>{<FromApi text={error.detail} />}</p>;
  return error.transient ? <p>{t.errors.nothingLost}</p> : null;
}

/** The frame says that the overview cannot be read; a screen that fails for the same reason need not say it again. */
export function isErrorSaidByFrame(error: ApiError): boolean {
  return error.transient;
}

interface ErrorNoteProps {
  error: ApiError;
  retry?: () => void;
  /** A failed action is always told, whatever the frame says. */
  action?: boolean;
}

export function ErrorNote({ error, retry, action = retry === undefined }: ErrorNoteProps) {
  const frame = useContext(Context)?.overview.error;
  if (!action && frame && isErrorSaidByFrame(frame) && frame.code === error.code) return null;
  return (
    <Note tone="bad" icon="problems" title={errorTitle(error)} alert>
      <ErrorText error={error} />
      <ErrorCodes error={error} />
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
export function ErrorCodes({ error }: { error: ApiError }) {
  const parts = [...(error.status > 0 ? [t.errors.code(`${error.code} ${error.status}`)] : [])];
  if (error.requestId) parts.push(t.errors.requestId(error.requestId));
  if (parts.length === 0) return null;
  return <p class={text.mutedSmall}>{parts.join(" · ")}</p>;
}
