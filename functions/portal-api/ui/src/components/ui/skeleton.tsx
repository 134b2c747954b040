/** Grey lines in place of what is being loaded. */

import { classes } from "../../lib/class-names";
import { t } from "../../texts";
import { Hidden } from "./hidden";
import styles from "./skeleton.module.css";

export function Skeleton({ lines = 3, tall = false }: { lines?: number; tall?: boolean }) {
  return (
    <div class={classes(styles.skeleton, tall && styles.tall)} aria-busy="true">
      <Hidden>{t.common.loading}</Hidden>
      {Array.from({ length: lines }, (_, line) => (
        <SkeletonLine key={line} />
      ))}
    </div>
  );
}

export function SkeletonLine() {
  return <span class={styles.line} />;
}
