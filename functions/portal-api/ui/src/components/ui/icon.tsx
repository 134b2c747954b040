/** Line icons, drawn on a 24-unit grid; always beside words, so hidden from screen readers. */

import type { JSX } from "preact";
import styles from "./icon.module.css";

const PATHS = {
  overview: "M4 13h6V4H4zM14 20h6v-9h-6zM4 20h6v-4H4zM14 8h6V4h-6z",
  syncs:
    "M4 12a8 8 0 0 1 13.7-5.6L20 8.5M20 4v4.5h-4.5M20 12a8 8 0 0 1-13.7 5.6L4 15.5M4 20v-4.5h4.5",
  problems: "M12 4 3 19.5h18zM12 10v4.5M12 17.2v.1",
  stripe: "M9 7V4M15 7V4M6.5 7h11v4.5a5.5 5.5 0 0 1-11 0zM12 17v3.5",
  settings: "M4 7h9M17 7h3M13 5v4M4 12h3M11 12h9M7 10v4M4 17h9M17 17h3M13 15v4",
  access: "M12 3.5 5 6v5.5c0 4.2 2.9 7.6 7 9 4.1-1.4 7-4.8 7-9V6zM9 12l2.2 2.2L15.2 10",
  balance: "M12 4v16M8 20h8M5 7h14M5 7l-2.5 6h5zM19 7l-2.5 6h5z",
  check: "M5 12.5 10 17.5 19.5 7",
  cross: "M6 6l12 12M18 6 6 18",
  wave: "M3 12c2-4 4-4 6 0s4 4 6 0 4-4 6 0",
  dash: "M6 12h12",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.3l2.8 1.7",
  pause: "M9 6v12M15 6v12",
  stop: "M7 7h10v10H7z",
  info: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 11v5M12 8v.1",
  arrow: "M5 12h14M13 6l6 6-6 6",
  external: "M14 5h5v5M19 5l-8 8M17 14v5H5V7h5",
  download: "M12 4v11M7.5 10.5 12 15l4.5-4.5M5 19.5h14",
  payouts: "M4 9.5 12 4l8 5.5zM6 10v7M10 10v7M14 10v7M18 10v7M4 20h16",
  statements: "M7 3.5h7l4 4V20.5H7zM14 3.5v4h4M10 12h5M10 16h5",
  search: "M11 4.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.8 15.8 20.5 20.5",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg class={styles.icon} width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
