/** The frame of a live session: name, account, navigation, the session's clock, how things stand, time zone and appearance. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { onAnnounce } from "../../lib/announce";
import { t } from "../../texts";
import { StateBar } from "../state/state-bar";
import text from "../ui/text.module.css";
import { AccountChip } from "./account-chip";
import { Brand } from "./brand";
import { Navigation } from "./navigation";
import { SearchBox } from "./search-box";
import { SessionClock } from "./session-clock";
import styles from "./shell.module.css";
import { ThemeSwitch } from "./theme-switch";
import { Unreachable } from "./unreachable";
import { ZoneSwitch } from "./zone-switch";

interface ShellProps {
  path: string;
  expiresAtMs: number;
  onExpired: () => void;
  children: ComponentChildren;
}

export function Shell({ path, expiresAtMs, onExpired, children }: ShellProps) {
  return (
    <>
      <button type="button" class={styles.skip} onClick={focusContent}>
        {t.frame.skip}
      </button>
      <header class={styles.top}>
        <div class={styles.topLine}>
          <Brand />
          <SearchBox />
          <AccountChip />
        </div>
        <Navigation path={path} />
      </header>
      <SessionClock expiresAtMs={expiresAtMs} onExpired={onExpired} />
      <main id={CONTENT_ID} class={styles.content} tabIndex={-1}>
        <Unreachable />
        <StateBar path={path} />
        {children}
      </main>
      <footer class={styles.foot}>
        <ZoneSwitch />
        <ThemeSwitch />
      </footer>
      <LiveRegion />
    </>
  );
}

const CONTENT_ID = "main";

/** The fragment belongs to the router, so this is a button that moves the focus and not a link. */
function focusContent(): void {
  document.getElementById(CONTENT_ID)?.focus();
}

/** Speaks what other parts announce. */
function LiveRegion() {
  const [spoken, setSpoken] = useState("");
  useEffect(() => onAnnounce(setSpoken), []);
  return (
    <p class={text.visuallyHidden} role="status">
      {spoken}
    </p>
  );
}
