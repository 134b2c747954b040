/** A page without a session's frame: opening, unreachable, over. */

import type { ComponentChildren } from "preact";
import { Brand } from "./brand";
import styles from "./full-page.module.css";

interface FullPageProps {
  /** Why the page is shown, for tests. */
  reason?: string;
  /** Spoken at once when it appears. */
  alert?: boolean;
  children: ComponentChildren;
}

export function FullPage({ reason, alert = false, children }: FullPageProps) {
  return (
    <main class={styles.page} data-reason={reason}>
      <div class={styles.inner} {...(alert ? { role: "alert" } : {})}>
        <div class={styles.brand}>
          <Brand />
        </div>
        {children}
      </div>
    </main>
  );
}
