/** A state in a word, with an icon so that colour is never the only difference. */

import type { ComponentChildren } from "preact";
import { classes } from "../../lib/class-names";
import { Icon, type IconName } from "./icon";
import styles from "./pill.module.css";
import type { Sign } from "./sign";
import { type Tone, toneClass } from "./tone";

interface PillProps {
  tone: Tone;
  icon: IconName;
  children: ComponentChildren;
}

export function Pill({ tone, icon, children }: PillProps) {
  return (
    <span class={classes(styles.pill, toneClass(tone))}>
      <Icon name={icon} size={14} />
      {children}
    </span>
  );
}

export function SignPill({ sign }: { sign: Sign }) {
  return (
    <Pill tone={sign.tone} icon={sign.icon}>
      {sign.text}
    </Pill>
  );
}
