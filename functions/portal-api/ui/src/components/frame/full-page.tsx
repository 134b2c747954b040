/** A page without a session's frame: opening, unreachable, over. */

import type { ComponentChildren } from "preact";
import { Brand } from "./brand";
import styles from "./full-page.module.css";

interface FullPageProps {
  /** Spoken at once when it appears. */
  alert?: boolean;
  children: ComponentChildren;
}

export function FullPage({ alert = false, children }: FullPageProps) {
  return (
    <main class={styles.page}>
      <div class={styles.inner} {...(alert ? { role: "alert" } : {})}>
        <div class={styles.brand}>
          <Brand />
        </div>
        {children}
      </div>
    </main>
  );
}
