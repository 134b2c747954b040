/** Name and value pairs. */

import type { ComponentChildren } from "preact";
import styles from "./facts.module.css";

export type Fact = [name: string, value: ComponentChildren];

export function Facts({ items }: { items: Fact[] }) {
  return (
    <dl class={styles.facts}>
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
