/** The session of this page: found by its URL, and forgotten at its end. */

import { redeem } from "../api/client";
import { ApiError } from "../api/error";
import { takePlace } from "../lib/place";
import { buildHash, parseHash, setLaunch } from "../lib/router";
import { installOf, launchIdOf } from "./launch";
import { type Live, type Opening, openSession, storedOf } from "./session";
import { SessionStore, tabStorage } from "./store";

const store = new SessionStore(tabStorage());

/** Opens the page's session; of the URL only the launch id and the place in it stay. Never fails: every failure is a result. */
export async function openPage(): Promise<Opening> {
  try {
    const { launchId, path, params } = parseHash(window.location.hash);
    const token = new URLSearchParams(window.location.search).get("token");
    const opening = await openSession({
      token,
      launchId,
      store,
      nowMs: () => Date.now(),
      redeem: (text) => redeem(text, store.redemptionId(launchIdOf(text))),
    });
    if (opening.kind === "live") {
      setLaunch(opening.launchId);
      const place = path === "/" ? returnTo(token) : undefined;
      showAddress(
        buildHash(
          opening.launchId,
          place?.path ?? path,
          place?.params ?? Object.fromEntries(params),
        ),
      );
    }
    return opening;
  } catch {
    return { kind: "unavailable", error: ApiError.local("page_failed") };
  }
}

/** A launch returns to where the last session of the same install ended. */
function returnTo(token: string | null) {
  const install = token === null ? undefined : installOf(token);
  return install === undefined ? undefined : takePlace(install, Date.now());
}

/** Takes the token out of the address. A frame without an origin of its own may only change the fragment, if that. */
function showAddress(hash: string): void {
  try {
    window.history.replaceState(null, "", window.location.pathname + hash);
  } catch {
    try {
      window.location.replace(hash);
    } catch {
      // The session works without.
    }
  }
}

/** Keeps a renewed session for the tab's next load. */
export function keepSession(session: Live): void {
  store.write(session.launchId, storedOf(session));
}

export function endSession(launchId: string): void {
  store.remove(launchId);
}
