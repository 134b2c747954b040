/**
 * Renews the session's bearer while the page is used and visible, where the deployment lets a session live longer than
 * one bearer. A page that nobody uses lets its session end.
 */

import { renew } from "../api/client";
import { ApiError } from "../api/error";
import { keepSession } from "./page";
import { type Live, liveOf } from "./session";

const MINUTE_MS = 60_000;
/** How often the page looks whether it is time. */
const LOOK_MS = 20_000;
/** A bearer is renewed when it has less time left than this… */
const RENEW_BEFORE_MS = 5 * MINUTE_MS;
/** …if the page was used within this time. */
const USED_WITHIN_MS = 10 * MINUTE_MS;

const USES = ["pointerdown", "keydown", "wheel", "touchstart"] as const;

/** Looks until it is stopped. `onRenewed` gets the session with its new bearer. */
export function renewWhileUsed(session: Live, onRenewed: (session: Live) => void): () => void {
  const until = session.renewableUntilMs;
  if (until === null) return () => undefined;
  let usedAt = Date.now();
  let asking = false;
  let over = false;
  const onUse = () => {
    usedAt = Date.now();
  };
  const look = async () => {
    const now = Date.now();
    const isDue = session.expiresAtMs - now < RENEW_BEFORE_MS && session.expiresAtMs < until;
    if (over || asking || !isDue || document.hidden || now - usedAt > USED_WITHIN_MS) return;
    asking = true;
    try {
      const renewed = liveOf(await renew(session.bearer), Date.now());
      if (over) return;
      keepSession(renewed);
      onRenewed(renewed);
    } catch (error) {
      // What may be better in a moment is tried again; after any other answer the session ends on time.
      over ||= !(error instanceof ApiError && error.transient);
    } finally {
      asking = false;
    }
  };
  for (const use of USES) window.addEventListener(use, onUse, { passive: true });
  const timer = setInterval(() => void look(), LOOK_MS);
  return () => {
    over = true;
    clearInterval(timer);
    for (const use of USES) window.removeEventListener(use, onUse);
  };
}
