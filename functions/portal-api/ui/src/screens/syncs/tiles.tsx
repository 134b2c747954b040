/** How many syncs there are of each state; each tile filters the list. */

import type { RunFilter, Tallies } from "../../api/types";
import { Count } from "../../components/ui/count";
import { Icon, type IconName } from "../../components/ui/icon";
import { type Tone, toneClass } from "../../components/ui/tone";
import { classes } from "../../lib/class-names";
import { href } from "../../lib/router";
import { late } from "../../texts/late";
import { type Filter, paramsOf } from "./filter";
import styles from "./tiles.module.css";

const TILES: { filter: RunFilter; icon: IconName; tone: Tone }[] = [
  { filter: "all", icon: "overview", tone: "quiet" },
  { filter: "completed", icon: "check", tone: "ok" },
  { filter: "in_progress", icon: "syncs", tone: "info" },
  { filter: "needs_attention", icon: "pause", tone: "warn" },
  { filter: "failed", icon: "cross", tone: "bad" },
];

interface TilesProps {
  /** Absent while they are not known, and where the list is narrower than a state. */
  tallies: Tallies | undefined;
  filter: Filter;
}

export function Tiles({ tallies, filter: chosen }: TilesProps) {
  return (
    <nav class={styles.tiles} aria-label={late.syncs.filterLabel}>
      {TILES.map(({ filter, icon, tone }) => (
        <a
          key={filter}
          class={classes(styles.tile, toneClass(tone))}
          href={href("/syncs", paramsOf({ ...chosen, filter }))}
          aria-current={filter === chosen.filter ? "true" : undefined}
        >
          <span class={styles.name}>
            <Icon name={icon} size={16} />
            {late.syncs.filters[filter]}
          </span>
          <span class={styles.count}>{tallies ? <Count value={tallies[filter]} /> : "–"}</span>
        </a>
      ))}
    </nav>
  );
}
