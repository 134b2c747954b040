/** The small parts that every screen is made of. */

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import type { ApiError } from "../api/client";
import { formatAmount } from "../lib/money";
import { useNow } from "../lib/query";
import { dateTime, relative, utc } from "../lib/time";
import { Icon, type IconName } from "./icons";

export type Tone = "ok" | "warn" | "bad" | "info" | "quiet";

/** A state in a word, with a sign of its own so that colour is never the only difference. */
export function Pill({ tone, icon, children }: { tone: Tone; icon: IconName; children: ComponentChildren }) {
  return (
    <span class={`pill tone-${tone}`}>
      <Icon name={icon} size={14} />
      {children}
    </span>
  );
}

interface AmountProps {
  minor: string;
  currency: string;
  exponent: number;
  sign?: "auto" | "always";
  /** Shows the integer of minor units instead. */
  raw?: boolean;
}

/** An amount with its currency code. */
export function Amount({ minor, currency, exponent, sign = "auto", raw = false }: AmountProps) {
  return (
    <span class="amount">
      <bdi>{raw ? formatAmount(minor, 0, { sign }) : formatAmount(minor, exponent, { sign })}</bdi>{" "}
      <span class="currency">{currency}</span>
    </span>
  );
}

/** "4 minutes ago", with the exact instant in the reader's zone and in UTC on hover. */
export function When({ at }: { at: string }) {
  const now = useNow(10_000);
  return (
    <time dateTime={at} title={`${dateTime(at)} (${utc(at)})`}>
      {relative(at, now)}
    </time>
  );
}

export function Count({ value }: { value: number }) {
  return <>{new Intl.NumberFormat().format(value)}</>;
}

interface CardProps {
  title?: string;
  /** Stands at the title's right. */
  aside?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}

export function Card({ title, aside, class: extra = "", children }: CardProps) {
  return (
    <section class={`card ${extra}`}>
      {title && (
        <header class="card-head">
          <h2>{title}</h2>
          {aside}
        </header>
      )}
      {children}
    </section>
  );
}

interface NoteProps {
  tone: Tone;
  icon?: IconName;
  title: ComponentChildren;
  children?: ComponentChildren;
  /** Spoken at once when it appears. */
  alert?: boolean;
}

/** A message that stays until its cause is gone. */
export function Note({ tone, icon = "info", title, children, alert = false }: NoteProps) {
  return (
    <div class={`note tone-${tone}`} {...(alert ? { role: "alert" } : {})}>
      <Icon name={icon} />
      <div>
        <p class="note-title">{title}</p>
        {children}
      </div>
    </div>
  );
}

/** A failed call: what happened, how to go on, and the id that finds it in the logs. */
export function ErrorNote({ error, retry }: { error: ApiError; retry?: () => void }) {
  return (
    <Note tone="bad" icon="problems" title={error.message} alert>
      {error.detail && error.detail !== error.message && <p>{error.detail}</p>}
      {error.transient && !error.detail && <p>Nothing was lost. Please try again in a moment.</p>}
      {error.requestId && (
        <p class="small">
          Request id <code>{error.requestId}</code>
        </p>
      )}
      {retry && (
        <p>
          <button type="button" class="button small" onClick={retry}>
            Try again
          </button>
        </p>
      )}
    </Note>
  );
}

/** Grey lines in the place of what is being loaded. */
export function Skeleton({ lines = 3, tall = false }: { lines?: number; tall?: boolean }) {
  return (
    <div class={`card skeleton ${tall ? "tall" : ""}`} aria-busy="true">
      <span class="visually-hidden">Loading…</span>
      {Array.from({ length: lines }, (_, line) => (
        <span class="bone" key={line} />
      ))}
    </div>
  );
}

export function Empty({
  icon,
  title,
  children,
}: {
  icon: IconName;
  title: string;
  children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <span class="empty-sign">
        <Icon name={icon} size={26} />
      </span>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

interface ButtonProps {
  kind?: "primary" | "plain" | "danger";
  busy?: boolean;
  disabled?: boolean;
  submit?: boolean;
  describedBy?: string | undefined;
  onClick?: () => void;
  children: ComponentChildren;
}

export function Button(props: ButtonProps) {
  const { kind = "plain", busy = false, disabled = false, submit = false } = props;
  return (
    <button
      type={submit ? "submit" : "button"}
      class={`button ${kind}`}
      disabled={disabled}
      aria-disabled={busy || undefined}
      aria-describedby={props.describedBy}
      onClick={busy ? undefined : props.onClick}
    >
      {busy && <span class="spinner" aria-hidden="true" />}
      {props.children}
    </button>
  );
}

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

/** Asks before something that cannot be taken back. */
export function Confirm(props: ConfirmProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  useEffect(() => {
    if (props.open && !dialog.current?.open) dialog.current?.showModal();
    if (!props.open && dialog.current?.open) dialog.current.close();
  }, [props.open]);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={title} onClose={props.onClose}>
      <h2 id={title}>{props.title}</h2>
      {props.children}
      {props.error && <ErrorNote error={props.error} />}
      <div class="actions end">
        <Button onClick={props.onClose}>{props.keep ?? "Keep it as it is"}</Button>
        <Button kind={props.tone ?? "danger"} busy={props.busy ?? false} onClick={props.onConfirm}>
          {props.confirm}
        </Button>
      </div>
    </dialog>
  );
}

/** Name and value pairs. */
export function Facts({ items }: { items: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
