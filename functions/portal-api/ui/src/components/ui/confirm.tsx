/** Asks before something that cannot be taken back. */

import type { ComponentChildren } from "preact";
import type { ApiError } from "../../api/error";
import { t } from "../../texts";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { ErrorNote } from "./error-note";
import layout from "./layout.module.css";

interface ConfirmProps {
  open: boolean;
  title: string;
  confirm: string;
  /** What leaves everything as it is. */
  keep?: string;
  tone?: "danger" | "primary";
  busy?: boolean;
  error?: ApiError | undefined;
  onConfirm: () => void;
  onClose: () => void;
  children: ComponentChildren;
}

export function Confirm(props: ConfirmProps) {
  return (
    <Dialog open={props.open} title={props.title} onClose={props.onClose}>
      {props.children}
      {props.error && <ErrorNote error={props.error} />}
      <div class={layout.actionsEnd}>
        <Button onClick={props.onClose}>{props.keep ?? t.common.cancel}</Button>
        <Button kind={props.tone ?? "danger"} busy={props.busy ?? false} onClick={props.onConfirm}>
          {props.confirm}
        </Button>
      </div>
    </Dialog>
  );
}
