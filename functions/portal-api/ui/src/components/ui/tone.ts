/** The five tones of a state. A tone sets the colours `--tone`, `--tone-bg` and `--tone-line` for what is inside. */

import styles from "./tone.module.css";

export type Tone = "ok" | "warn" | "bad" | "info" | "quiet";

export function toneClass(tone: Tone): string | undefined {
  return styles[tone];
}
