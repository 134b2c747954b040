/** Text for screen readers alone. */

import type { ComponentChildren } from "preact";
import text from "./text.module.css";

export function Hidden({ children }: { children: ComponentChildren }) {
  return <span class={text.visuallyHidden}>{children}</span>;
}
