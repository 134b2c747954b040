/** The main navigation. */

import { useApp } from "../../lib/app";
import { href } from "../../lib/router";
import { type Texts, t } from "../../texts";
import { Hidden } from "../ui/hidden";
import { Icon, type IconName } from "../ui/icon";
import styles from "./navigation.module.css";

type Place = keyof Texts["frame"]["places"];

/** In the order of the page; each with the addresses that belong to it. */
const PLACES: { path: string; place: Place; icon: IconName; under: RegExp }[] = [
  { path: "/", place: "overview", icon: "overview", under: /^\/$/ },
  { path: "/syncs", place: "syncs", icon: "syncs", under: /^\/(syncs|runs)\b/ },
  { path: "/payouts", place: "payouts", icon: "payouts", under: /^\/payouts\b/ },
  { path: "/statements", place: "statements", icon: "statements", under: /^\/statements\b/ },
  { path: "/search", place: "search", icon: "search", under: /^\/search\b/ },
  { path: "/problems", place: "attention", icon: "problems", under: /^\/problems\b/ },
  { path: "/certificates", place: "reconciliation", icon: "balance", under: /^\/certificates\b/ },
  {
    path: "/settings",
    place: "settings",
    icon: "settings",
    under: /^\/(settings|notices|stripe|access|activity)\b/,
  },
];

const MAX_BADGE = 99;

export function Navigation({ path }: { path: string }) {
  const count = useApp().situation.standing?.count ?? 0;
  return (
    <nav class={styles.navigation} aria-label={t.frame.navigation}>
      <div class={styles.places}>
        {PLACES.map(({ path: target, place, icon, under }) => {
          const badge = place === "attention" && count > 0;
          return (
            <a
              key={target}
              href={href(target)}
              aria-current={under.test(path) ? "page" : undefined}
            >
              <span class={styles.icon}>
                <Icon name={icon} size={18} />
                {badge && (
                  <span class={styles.badge} aria-hidden="true">
                    {count > MAX_BADGE ? t.frame.manyItems : count}
                  </span>
                )}
              </span>
              {t.frame.places[place]}
              {badge && <Hidden>{t.frame.openItems(count)}</Hidden>}
            </a>
          );
        })}
      </div>
    </nav>
  );
}
