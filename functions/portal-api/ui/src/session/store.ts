/**
 * Where a bearer rests. `sessionStorage` belongs to tab and origin, and frames of two installs can share both, so each
 * bearer lies under its own launch id. A browser that refuses storage (a blocked third-party frame does) leaves the
 * bearer in memory only.
 */

export interface StoredSession {
  bearer: string;
  /** When it ends, by this machine's clock (ms since 1970). */
  expiresAtMs: number;
  /** Until when it can be renewed; null or absent if it cannot. */
  renewableUntilMs?: number | null;
}

/** The part of `Storage` that is used here; any call may throw. */
export type SessionStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const PREFIX = "stripe-sync/session/";
const REDEMPTION = "stripe-sync/redemption/";
const ID_BYTES = 16;

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
  readonly #redemptions = new Map<string, string>();

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

  /**
   * The id under which this page redeems a launch, the same however often it has to ask: also after a reload, where the
   * browser keeps it. A token that cannot be read is kept nowhere.
   */
  redemptionId(launchId: string | undefined): string {
    const name = launchId ?? "";
    const kept = this.#redemptions.get(name) ?? this.#keptId(launchId);
    const id = kept ?? freshId();
    this.#redemptions.set(name, id);
    if (kept === undefined && launchId !== undefined) {
      try {
        this.#storage?.setItem(REDEMPTION + launchId, id);
      } catch {
        // Memory only.
      }
    }
    return id;
  }

  #keptId(launchId: string | undefined): string | undefined {
    if (launchId === undefined) return undefined;
    try {
      const id = this.#storage?.getItem(REDEMPTION + launchId);
      return id && /^[\w-]{16,64}$/.test(id) ? id : undefined;
    } catch {
      return undefined;
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

function freshId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function isStored(value: unknown): value is StoredSession {
  if (typeof value !== "object" || value === null) return false;
  const { bearer, expiresAtMs, renewableUntilMs } = value as Record<string, unknown>;
  const until = renewableUntilMs ?? null;
  return (
    typeof bearer === "string" &&
    typeof expiresAtMs === "number" &&
    (until === null || typeof until === "number")
  );
}
