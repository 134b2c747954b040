/** Reading from the API in components: load, keep, poll while the page is visible, and keep the error for showing. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/error";

/** A failing poll slows down to this. */
const BACKOFF_MAX_MS = 30_000;

type Outcome<T> = { ok: true; data: T } | { ok: false; error: ApiError };

async function settle<T>(promise: Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, data: await promise };
  } catch (error) {
    return {
      ok: false,
      error: error instanceof ApiError ? error : ApiError.local("unexpected"),
    };
  }
}

type Join<T> = (shown: T | undefined, answer: T) => T;

interface Shown<T> {
  key: string | null;
  data?: T;
  error?: ApiError;
}

/** What is shown after an attempt: its failure leaves the data of an earlier one. */
function after<T>(old: Shown<T>, key: string, outcome: Outcome<T>, join: Join<T>): Shown<T> {
  const shown = old.key === key ? old : { key };
  if (!outcome.ok) return { ...shown, error: outcome.error };
  return { key, data: join(shown.data, outcome.data) };
}

function backoffMs({ transient }: ApiError, failures: number): number | null {
  return transient ? Math.min(BACKOFF_MAX_MS, 1500 * 2 ** failures) : null;
}

export interface Query<T> {
  data: T | undefined;
  /** The last attempt's failure; data of an earlier one may still be there. */
  error: ApiError | undefined;
  loading: boolean;
  reload: () => void;
  /** Shows what was saved. An answer that was asked for before it is older, and is not shown any more. */
  set: (data: T) => void;
  /** Alters what is shown, until the next answer. */
  change: (alter: (data: T) => T) => void;
}

/**
 * Loads when `key` changes, and again every `everyMs(data)` (null: not again). Polling stops while the page is hidden
 * and continues at once when it is visible or online again. A `key` of null loads nothing. `join` makes one of what is shown
 * and a later answer, if that does not simply replace it.
 */
export function useQuery<T>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<T>,
  everyMs: (data: T) => number | null = () => null,
  join: Join<T> = (_, answer) => answer,
): Query<T> {
  const [state, setState] = useState<Shown<T>>({ key });
  const [round, setRound] = useState(0);
  /** How often something was saved: an answer counts only if that is as it was when it was asked for. */
  const saves = useRef(0);
  const latest = useRef({ key, load, everyMs, join });
  latest.current = { key, load, everyMs, join };

  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` restarts the polling on request.
  useEffect(() => {
    if (key === null) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;
    let inFlight = false;
    let loadedOnce = false;

    const schedule = (delay: number | null) => {
      if (delay !== null) timer = setTimeout(attempt, delay);
    };
    const attempt = async () => {
      if (inFlight || (document.hidden && loadedOnce)) return;
      inFlight = true;
      const asked = saves.current;
      const outcome = await settle(latest.current.load(stop.signal));
      inFlight = false;
      if (stop.signal.aborted) return;
      const { join, everyMs } = latest.current;
      if (asked === saves.current) setState((old) => after(old, key, outcome, join));
      if (outcome.ok) {
        failures = 0;
        loadedOnce = true;
        schedule(everyMs(outcome.data));
        return;
      }
      failures += 1;
      schedule(backoffMs(outcome.error, failures));
    };
    const onReturn = () => {
      if (document.hidden) return;
      clearTimeout(timer);
      void attempt();
    };
    // Once the network is back nobody waits for the next attempt.
    window.addEventListener("online", onReturn);
    document.addEventListener("visibilitychange", onReturn);
    void attempt();
    return () => {
      stop.abort();
      clearTimeout(timer);
      window.removeEventListener("online", onReturn);
      document.removeEventListener("visibilitychange", onReturn);
    };
  }, [key, round]);

  const current = state.key === key ? state : { key };
  return {
    data: current.data,
    error: current.error,
    loading: key !== null && current.data === undefined && current.error === undefined,
    reload: useCallback(() => setRound((value) => value + 1), []),
    set: useCallback(
      (data: T) => {
        if (latest.current.key !== key) return;
        saves.current += 1;
        setState({ key, data });
      },
      [key],
    ),
    change: useCallback(
      (alter: (data: T) => T) =>
        setState((old) =>
          old.key === key && old.data !== undefined ? { ...old, data: alter(old.data) } : old,
        ),
      [key],
    ),
  };
}

export interface Action<A extends unknown[]> {
  busy: boolean;
  error: ApiError | undefined;
  run: (...args: A) => Promise<void>;
  clear: () => void;
}

/** An action that a person starts, one at a time; its failure is kept for showing. */
export function useAction<A extends unknown[]>(act: (...args: A) => Promise<void>): Action<A> {
  const [state, setState] = useState<{ busy: boolean; error?: ApiError }>({ busy: false });
  const busy = useRef(false);
  const run = async (...args: A) => {
    if (busy.current) return;
    busy.current = true;
    setState({ busy: true });
    const outcome = await settle(act(...args));
    busy.current = false;
    setState(outcome.ok ? { busy: false } : { busy: false, error: outcome.error });
  };
  return { busy: state.busy, error: state.error, run, clear: () => setState({ busy: false }) };
}

/** The time, updated every `everyMs`. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
