/** The parts of the settings: general, notices, the Stripe account, access, activity. */

import { href } from "../../lib/router";
import { type Texts, t } from "../../texts";
import styles from "./settings-tabs.module.css";

const PARTS: (keyof Texts["frame"]["settingsPlaces"])[] = [
  "settings",
  "notices",
  "stripe",
  "access",
  "activity",
];

export function SettingsTabs({ current }: { current: (typeof PARTS)[number] }) {
  return (
    <nav class={styles.tabs} aria-label={t.frame.settingsNavigation}>
      {PARTS.map((part) => (
        <a key={part} href={href(`/${part}`)} aria-current={part === current ? "page" : undefined}>
          {t.frame.settingsPlaces[part]}
        </a>
      ))}
    </nav>
  );
}
