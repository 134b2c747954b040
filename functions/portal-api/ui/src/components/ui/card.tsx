/** A framed part of a screen. */

import type { ComponentChildren } from "preact";
import { classes } from "../../lib/class-names";
import styles from "./card.module.css";
import { type Tone, toneClass } from "./tone";

interface CardProps {
  title?: string;
  /** Stands at the title's right. */
  aside?: ComponentChildren;
  /** Colours the frame. */
  tone?: Tone;
  testId?: string;
  children: ComponentChildren;
}

export function Card({ title, aside, tone, testId, children }: CardProps) {
  return (
    <section
      class={classes(styles.card, tone && styles.toned, tone && toneClass(tone))}
      data-testid={testId}
    >
      {title && (
        <header class={styles.head}>
          <h2>{title}</h2>
          {aside}
        </header>
      )}
      {children}
    </section>
  );
}

/** A card whose rows reach its edges. */
export function CardList({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <ul class={styles.list} aria-label={label}>
      {children}
    </ul>
  );
}
