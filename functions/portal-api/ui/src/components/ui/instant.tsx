/**
 * An instant in the reader's words. The same instant in UTC is on hover, and read out by screen readers; everybody sees it
 * with the page's times in UTC, a choice that the keyboard reaches as well.
 */

import type { ComponentChildren } from "preact";
import { utc } from "../../lib/time";
import { zone } from "../../lib/zone";
import { t } from "../../texts";
import { Hidden } from "./hidden";

export function Instant({ at, children }: { at: string; children: ComponentChildren }) {
  return (
    <time dateTime={at} title={utc(at)}>
      {children}
      {zone() === "local" && <Hidden>{t.time.also(utc(at))}</Hidden>}
    </time>
  );
}
