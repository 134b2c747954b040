/** The main navigation. */

import { useApp } from "../../lib/app";
import { href } from "../../lib/router";
import { type Texts, t } from "../../texts";
import { Hidden } from "../ui/hidden";
import { Icon, type IconName } from "../ui/icon";
import styles from "./navigation.module.css";

type Place = keyof Texts["frame"]["places"] & IconName;

const PLACES: { path: string; place: Place }[] = [
  { path: "/", place: "overview" },
  { path: "/syncs", place: "syncs" },
  { path: "/problems", place: "problems" },
  { path: "/stripe", place: "stripe" },
  { path: "/settings", place: "settings" },
  { path: "/access", place: "access" },
];

const MAX_BADGE = 99;

/** The place in the navigation that a screen belongs to. */
function placeOf(path: string): string {
  if (path.startsWith("/runs/")) return "/syncs";
  return path.startsWith("/certificates") ? "/" : path;
}

export function Navigation({ path }: { path: string }) {
  const problems = useApp().overview.data?.open_problems ?? 0;
  const current = placeOf(path);
  return (
    <nav class={styles.navigation} aria-label={t.frame.navigation}>
      {PLACES.map(({ path, place }) => {
        const badge = place === "problems" && problems > 0;
        return (
          <a key={path} href={href(path)} aria-current={path === current ? "page" : undefined}>
            <span class={styles.icon}>
              <Icon name={place} size={18} />
              {badge && (
                <span class={styles.badge}>{problems > MAX_BADGE ? t.frame.manyProblems : problems}</span>
              )}
            </span>
            {t.frame.places[place]}
            {badge && <Hidden>{t.frame.openProblems}</Hidden>}
          </a>
        );
      })}
    </nav>
  );
}
