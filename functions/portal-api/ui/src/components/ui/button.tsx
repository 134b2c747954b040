/** Buttons, and links that look like them. */

import type { ComponentChildren } from "preact";
import { classes } from "../../lib/class-names";
import styles from "./button.module.css";
import { Spinner } from "./spinner";

interface ButtonProps {
  kind?: "primary" | "plain" | "danger";
  small?: boolean;
  busy?: boolean;
  disabled?: boolean;
  submit?: boolean;
  describedBy?: string | undefined;
  /** For a button that shows or hides another part. */
  expanded?: boolean;
  /** For a button that stays down. */
  pressed?: boolean;
  onClick?: () => void;
  children: ComponentChildren;
}

export function Button(props: ButtonProps) {
  const { kind = "plain", small = false, busy = false, disabled = false, submit = false } = props;
  return (
    <button
      type={submit ? "submit" : "button"}
      class={classes(styles.button, styles[kind], small && styles.small)}
      disabled={disabled}
      aria-disabled={busy || undefined}
      aria-describedby={props.describedBy}
      aria-expanded={props.expanded}
      aria-pressed={props.pressed}
      onClick={busy ? undefined : props.onClick}
    >
      {busy && <Spinner />}
      {props.children}
    </button>
  );
}

export function ButtonLink({ href, children }: { href: string; children: ComponentChildren }) {
  return (
    <a class={classes(styles.button, styles.primary)} href={href}>
      {children}
    </a>
  );
}

/** The class of a plain button, for links with attributes of their own. */
export const buttonClass = (): string => classes(styles.button, styles.plain);
