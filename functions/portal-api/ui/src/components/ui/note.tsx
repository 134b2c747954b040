/** A message that stays until its cause is gone. */

import type { ComponentChildren } from "preact";
import { classes } from "../../lib/class-names";
import { Icon, type IconName } from "./icon";
import styles from "./note.module.css";
import { type Tone, toneClass } from "./tone";

interface NoteProps {
  tone: Tone;
  icon?: IconName;
  title: ComponentChildren;
  /** Keeps the title as light as its text; an "info" note always does. */
  light?: boolean;
  /** Spoken at once when it appears. */
  alert?: boolean;
  children?: ComponentChildren;
}

export function Note({
  tone,
  icon = "info",
  title,
  light = false,
  alert = false,
  children,
}: NoteProps) {
  const titleClass = light || tone === "info" ? styles.lightTitle : styles.title;
  return (
    <div class={classes(styles.note, toneClass(tone))} {...(alert ? { role: "alert" } : {})}>
      <Icon name={icon} />
      <div class={styles.text}>
        <p class={titleClass}>{title}</p>
        {children}
      </div>
    </div>
  );
}
