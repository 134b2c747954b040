/** The app's mark, two books that balance, with its name. */

import { t } from "../../texts";
import styles from "./brand.module.css";

export function Brand() {
  return (
    <p class={styles.brand}>
      <Mark /> {t.common.appName}
    </p>
  );
}

function Mark() {
  return (
    <svg width="28" height="28" viewBox="0 0 28 28" aria-hidden="true">
      <rect class={styles.ground} width="28" height="28" rx="8" />
      <path class={styles.line} d="M8 10.5h12M8 17.5h12" />
      <circle class={styles.dot} cx="17" cy="10.5" r="2.6" />
      <circle class={styles.dot} cx="11" cy="17.5" r="2.6" />
    </svg>
  );
}
