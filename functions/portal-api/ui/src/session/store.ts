/**
 * Where a bearer rests. `sessionStorage` belongs to tab and origin, and frames of two installs can share both, so each
 * bearer lies under its own launch id. A browser that refuses storage (a blocked third-party frame does) leaves the
 * bearer in memory only.
 */

export interface StoredSession {
  bearer: string;
  /** When it ends, by this machine's clock (ms since 1970). */
  expiresAtMs: number;
}

/** The part of `Storage` that is used here; any call may throw. */
export type SessionStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const PREFIX = "stripe-sync/session/";

/** The tab's storage, or undefined when the browser denies it (merely naming it may throw). */
export function tabStorage(): SessionStorage | undefined {
  try {
    return window.sessionStorage;
  } catch {
    return undefined;
  }
}

export class SessionStore {
  readonly #storage: SessionStorage | undefined;

  constructor(storage: SessionStorage | undefined) {
    this.#storage = storage;
  }

  read(launchId: string): StoredSession | undefined {
    try {
      const value: unknown = JSON.parse(this.#storage?.getItem(PREFIX + launchId) ?? "null");
      return isStored(value) ? value : undefined;
    } catch {
      return undefined;
    }
  }

  write(launchId: string, session: StoredSession): void {
    try {
      this.#storage?.setItem(PREFIX + launchId, JSON.stringify(session));
    } catch {
      // Memory only.
    }
  }

  remove(launchId: string): void {
    try {
      this.#storage?.removeItem(PREFIX + launchId);
    } catch {
      // Nothing was kept.
    }
  }
}

function isStored(value: unknown): value is StoredSession {
  if (typeof value !== "object" || value === null) return false;
  const { bearer, expiresAtMs } = value as Record<string, unknown>;
  return typeof bearer === "string" && typeof expiresAtMs === "number";
}
