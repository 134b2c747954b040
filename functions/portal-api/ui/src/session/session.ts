/**
 * Opens the page's session: with the launch token in its URL, or with the bearer that an earlier load of the same launch
 * stored in the tab. The token decides which launch it is. While an unexpired bearer of that launch is stored, the page
 * uses it and does not redeem the token, because a launch can be redeemed only a few times.
 */

import { ApiError } from "../api/error";
import type { ApiResponse } from "../api/exchange";
import type { Session } from "../api/types";
import { launchIdOf } from "./launch";
import type { SessionStore, StoredSession } from "./store";

/** Why there is no session. */
export type EndReason =
  /** The session reached its end. */
  | "expired"
  /** The app was uninstalled, or installed again, since this page was launched. */
  | "removed"
  /** The launch link is too old or was opened too often. */
  | "link_expired"
  /** The launch link is damaged or not ours. */
  | "link_invalid"
  /** The page was opened without a launch. */
  | "missing";

/** A session, its times by this machine's clock (ms since 1970). */
export interface Live {
  kind: "live";
  launchId: string;
  bearer: string;
  expiresAtMs: number;
  /** Until when it can be renewed; null if the deployment renews no sessions. */
  renewableUntilMs: number | null;
}

export type Opening =
  | Live
  | { kind: "over"; reason: EndReason }
  /** No answer, or one that may be better in a moment; the token is still good. */
  | { kind: "unavailable"; error: ApiError };

export interface OpeningInput {
  /** The `token` of the page's URL. */
  token: string | null;
  /** The `l` of the page's fragment. */
  launchId: string | null;
  store: SessionStore;
  nowMs: () => number;
  redeem: (token: string) => Promise<ApiResponse<Session>>;
}

/** Finds or makes the page's session. */
export async function openSession(input: OpeningInput): Promise<Opening> {
  const launchId = input.token === null ? input.launchId : (launchIdOf(input.token) ?? null);
  const stored = launchId === null ? undefined : input.store.read(launchId);
  if (launchId !== null && stored) {
    if (stored.expiresAtMs > input.nowMs())
      return { kind: "live", launchId, renewableUntilMs: null, ...stored };
    input.store.remove(launchId);
  }
  if (input.token !== null) return redeemToken(input.token, input);
  return { kind: "over", reason: stored ? "expired" : "missing" };
}

async function redeemToken(token: string, input: OpeningInput): Promise<Opening> {
  let answer: ApiResponse<Session>;
  try {
    answer = await input.redeem(token);
  } catch (error) {
    const failure = error instanceof ApiError ? error : ApiError.local("page_failed");
    // A proxy between page and app knows nothing of launches, so its refusal ends none.
    return failure.transient || !failure.fromApi
      ? { kind: "unavailable", error: failure }
      : { kind: "over", reason: refusedLaunch(failure) };
  }
  const session = liveOf(answer, input.nowMs());
  input.store.write(session.launchId, storedOf(session));
  return session;
}

/** The session in an answer. */
export function liveOf(answer: ApiResponse<Session>, nowMs: number): Live {
  const { bearer, expires_at, launch_id, renewable_until } = answer.body;
  // A machine's clock may be minutes off; the server's own time, sent with the answer, cancels the difference.
  const ahead = (answer.serverTimeMs ?? nowMs) - nowMs;
  return {
    kind: "live",
    launchId: launch_id,
    bearer,
    expiresAtMs: Date.parse(expires_at) - ahead,
    renewableUntilMs: renewable_until == null ? null : Date.parse(renewable_until) - ahead,
  };
}

/** What is kept of a session. */
export function storedOf({ bearer, expiresAtMs, renewableUntilMs }: Live): StoredSession {
  return { bearer, expiresAtMs, renewableUntilMs };
}

function refusedLaunch(error: ApiError): EndReason {
  if (error.status === 410) return "link_expired";
  return error.code === "session_over" ? "removed" : "link_invalid";
}

/** Why a call with a bearer was refused (401 or 410). */
export function endOf(error: ApiError): EndReason {
  return error.status === 401 && error.code === "session_over" ? "removed" : "expired";
}
