/** A turning circle beside words that say what is going on. */

import styles from "./spinner.module.css";

export function Spinner() {
  return <span class={styles.spinner} aria-hidden="true" />;
}
