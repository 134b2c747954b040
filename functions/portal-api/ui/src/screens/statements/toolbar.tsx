/** What can be taken away: files, and the page on paper. */

import type { ComponentChildren } from "preact";
import { Button } from "../../components/ui/button";
import { late } from "../../texts/late";
import styles from "./statements.module.css";

export function Toolbar({ children }: { children: ComponentChildren }) {
  return (
    <div class={styles.choices}>
      {children}
      <Button onClick={() => window.print()}>{late.figures.print}</Button>
    </div>
  );
}
