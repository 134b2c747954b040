/** What stands where there is nothing to list. */

import type { ComponentChildren } from "preact";
import styles from "./empty.module.css";
import { Icon, type IconName } from "./icon";

interface EmptyProps {
  icon: IconName;
  title: string;
  children?: ComponentChildren;
}

export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <div class={styles.empty}>
      <RoundSign icon={icon} size={26} />
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** A large icon in a circle. */
export function RoundSign({ icon, size }: { icon: IconName; size: number }) {
  return (
    <span class={styles.sign}>
      <Icon name={icon} size={size} />
    </span>
  );
}
