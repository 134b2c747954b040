/** How things stand, on top of every screen but the overview, which says it itself. */

import { useApp } from "../../lib/app";
import { classes } from "../../lib/class-names";
import { href } from "../../lib/router";
import { t } from "../../texts";
import { Icon } from "../ui/icon";
import { toneClass } from "../ui/tone";
import { StateSentence, standingIcon } from "./sentence";
import styles from "./state-bar.module.css";

export function StateBar({ path }: { path: string }) {
  const { overview, situation } = useApp();
  const { standing } = situation;
  if (path === "/" || !overview.data || !standing) return null;
  const attention = standing.count > 0 && !path.startsWith("/problems");
  return (
    <p class={classes(styles.bar, toneClass(standing.tone))} data-testid="state">
      <Icon name={standingIcon(standing)} size={16} />
      <span>
        <StateSentence overview={overview.data} situation={situation} standing={standing} />
      </span>
      {attention && (
        <a class={styles.link} href={href("/problems")}>
          {t.attention.seeAll}
        </a>
      )}
    </p>
  );
}
