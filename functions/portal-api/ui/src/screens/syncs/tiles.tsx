/** How many syncs there are of each state; each tile filters the list. */

import type { RunFilter, Tallies } from "../../api/types";
import { Count } from "../../components/ui/count";
import { Icon, type IconName } from "../../components/ui/icon";
import { type Tone, toneClass } from "../../components/ui/tone";
import { classes } from "../../lib/class-names";
import { href } from "../../lib/router";
import { t } from "../../texts";
import styles from "./tiles.module.css";

const TILES: { filter: RunFilter; icon: IconName; tone: Tone }[] = [
  { filter: "all", icon: "overview", tone: "quiet" },
  { filter: "completed", icon: "check", tone: "ok" },
  { filter: "in_progress", icon: "syncs", tone: "info" },
  { filter: "failed", icon: "cross", tone: "bad" },
];

/** The filter that a place's address names, else all. */
export function filterOf(param: string | null): RunFilter {
  return TILES.find(({ filter }) => filter === param)?.filter ?? "all";
}

export function Tiles({ tallies, current }: { tallies: Tallies | undefined; current: RunFilter }) {
  return (
    <nav class={styles.tiles} aria-label={t.runs.filterLabel}>
      {TILES.map(({ filter, icon, tone }) => (
        <a
          key={filter}
          class={classes(styles.tile, toneClass(tone))}
          href={href("/syncs", filter === "all" ? {} : { filter })}
          aria-current={filter === current ? "true" : undefined}
        >
          <span class={styles.name}>
            <Icon name={icon} size={16} />
            {t.runs.filters[filter]}
          </span>
          <span class={styles.count}>{tallies ? <Count value={tallies[filter]} /> : "–"}</span>
        </a>
      ))}
    </nav>
  );
}
