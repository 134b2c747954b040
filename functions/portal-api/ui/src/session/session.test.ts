import { describe, expect, it, vi } from "vitest";
import { ApiError } from "../api/error";
import { endOf, type OpeningInput, openSession } from "./session";
import { SessionStore } from "./store";

const NOW = Date.parse("2026-11-24T10:00:00Z");
const MINUTE = 60_000;

class MemoryStorage {
  readonly items = new Map<string, string>();
  getItem = (key: string) => this.items.get(key) ?? null;
  setItem = (key: string, value: string) => void this.items.set(key, value);
  removeItem = (key: string) => void this.items.delete(key);
}

function base64Url(text: string): string {
  const binary = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function token(launchId: string): string {
  return `l1.${base64Url(`instapp_ü?~|${launchId}`)}.${base64Url("seal")}`;
}

function setUp(over: Partial<OpeningInput> = {}) {
  const storage = new MemoryStorage();
  const store = new SessionStore(storage);
  const redeem = vi.fn(async (text: string) => ({
    body: {
      bearer: `bearer of ${text}`,
      expires_at: new Date(NOW + 15 * MINUTE).toISOString(),
      launch_id: "L1",
    },
    serverTimeMs: NOW as number | undefined,
  }));
  const input: OpeningInput = {
    token: null,
    launchId: null,
    store,
    nowMs: () => NOW,
    redeem,
    ...over,
  };
  return { storage, store, redeem, input };
}

describe("opening the page", () => {
  it("with a fresh token redeems it once and finds the bearer again after a reload", async () => {
    const { input, redeem } = setUp({ token: token("L1") });
    const first = await openSession(input);
    expect(first).toMatchObject({ kind: "live", launchId: "L1", expiresAtMs: NOW + 15 * MINUTE });

    const reloaded = await openSession({ ...input, token: null, launchId: "L1" });
    expect(reloaded).toEqual(first);
    expect(redeem).toHaveBeenCalledTimes(1);
  });

  it("with a token whose own bearer is stored and alive redeems nothing", async () => {
    const { input, store, redeem } = setUp({ token: token("L1") });
    store.write("L1", { bearer: "kept", expiresAtMs: NOW + 1 });
    expect(await openSession(input)).toMatchObject({ kind: "live", bearer: "kept" });
    expect(redeem).not.toHaveBeenCalled();
  });

  it("with a token of another launch never takes what is stored for the first", async () => {
    const { input, store, redeem } = setUp({ token: token("L1"), launchId: "L2" });
    store.write("L2", { bearer: "of another install", expiresAtMs: NOW + 10 * MINUTE });
    expect(await openSession(input)).toMatchObject({ kind: "live", launchId: "L1" });
    expect(redeem).toHaveBeenCalledTimes(1);
    expect(store.read("L2")?.bearer).toBe("of another install");
  });

  it("redeems again when the stored bearer of its launch has ended", async () => {
    const { input, store, redeem } = setUp({ token: token("L1") });
    store.write("L1", { bearer: "old", expiresAtMs: NOW });
    expect(await openSession(input)).toMatchObject({ kind: "live" });
    expect(redeem).toHaveBeenCalledTimes(1);
  });

  it("without a token says whether a session ended or never was", async () => {
    const { input, store } = setUp({ launchId: "L1" });
    expect(await openSession(input)).toEqual({ kind: "over", reason: "missing" });
    store.write("L1", { bearer: "old", expiresAtMs: NOW - 1 });
    expect(await openSession(input)).toEqual({ kind: "over", reason: "expired" });
    expect(await openSession({ ...input, launchId: null })).toEqual({
      kind: "over",
      reason: "missing",
    });
  });

  it("works in memory when the browser refuses storage, wholly or at each call", async () => {
    const refuse = () => {
      throw new DOMException("denied", "SecurityError");
    };
    for (const storage of [undefined, { getItem: refuse, setItem: refuse, removeItem: refuse }]) {
      const { input } = setUp({ token: token("L1"), store: new SessionStore(storage) });
      expect(await openSession(input)).toMatchObject({ kind: "live" });
    }
  });

  it("measures the session's length by the server's clock, not by a machine's that is off", async () => {
    for (const skew of [-40 * MINUTE, 40 * MINUTE]) {
      const { input } = setUp({ token: token("L1"), nowMs: () => NOW + skew });
      expect(await openSession(input)).toMatchObject({
        kind: "live",
        expiresAtMs: NOW + skew + 15 * MINUTE,
      });
    }
  });

  it("tells a dead link from a damaged one, and keeps a good token through an outage", async () => {
    const refused = (status: number, code: string) => {
      const redeem = () => Promise.reject(new ApiError(status, code));
      return openSession(setUp({ token: token("L1"), redeem }).input);
    };
    expect(await refused(410, "session_expired")).toEqual({ kind: "over", reason: "link_expired" });
    expect(await refused(401, "session_over")).toEqual({ kind: "over", reason: "removed" });
    expect(await refused(401, "unauthorized")).toEqual({ kind: "over", reason: "link_invalid" });
    expect(await refused(503, "unavailable")).toMatchObject({ kind: "unavailable" });
    expect(await refused(429, "slow_down")).toMatchObject({ kind: "unavailable" });
    expect(await refused(0, "unreachable")).toMatchObject({ kind: "unavailable" });
  });

  it("takes a refusal by something between page and app for an outage, and a fault of its own too", async () => {
    for (const error of [
      new ApiError(403, "unexpected_answer"),
      new ApiError(401, "unexpected_answer"),
      new ApiError(0, "unreadable_answer"),
      new TypeError("undefined is not a function"),
    ]) {
      const { input } = setUp({ token: token("L1"), redeem: () => Promise.reject(error) });
      expect(await openSession(input)).toMatchObject({ kind: "unavailable" });
    }
  });

  it("leaves a token it cannot read to the server", async () => {
    for (const text of ["", "nonsense", "l1.%%%.x", "l2.YXw.x", "l1..x", "l1.YQ.x"]) {
      const { input, redeem } = setUp({ token: text });
      await openSession(input);
      expect(redeem).toHaveBeenCalledWith(text);
    }
  });

  it("does not trust a stored value of another shape", async () => {
    const { input, storage } = setUp({ launchId: "L1" });
    for (const value of ["{", "null", "7", '{"bearer":1,"expiresAtMs":9e15}', '{"bearer":"b"}']) {
      storage.setItem("stripe-sync/session/L1", value);
      expect(await openSession(input)).toEqual({ kind: "over", reason: "missing" });
    }
  });
});

describe("a redemption's id", () => {
  it("is the page's own and stays the same, also for a page that was loaded again", () => {
    const storage = new MemoryStorage();
    const store = new SessionStore(storage);
    const id = store.redemptionId("L1");
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(store.redemptionId("L1")).toBe(id);
    expect(new SessionStore(storage).redemptionId("L1")).toBe(id);
    expect(store.redemptionId("L2")).not.toBe(id);
    expect(new SessionStore(new MemoryStorage()).redemptionId("L1")).not.toBe(id);
  });

  it("is kept in memory without other storage, and created again when the stored value is invalid", () => {
    const refuse = () => {
      throw new DOMException("denied", "SecurityError");
    };
    for (const storage of [undefined, { getItem: refuse, setItem: refuse, removeItem: refuse }]) {
      const store = new SessionStore(storage);
      expect(store.redemptionId("L1")).toBe(store.redemptionId("L1"));
    }
    const storage = new MemoryStorage();
    storage.setItem("stripe-sync/redemption/L1", "short");
    expect(new SessionStore(storage).redemptionId("L1")).toMatch(/^[0-9a-f]{32}$/);
    const unnamed = new MemoryStorage();
    new SessionStore(unnamed).redemptionId(undefined);
    expect(unnamed.items.size).toBe(0);
  });
});

describe("a refused call", () => {
  it("ends the session in words that fit", () => {
    expect(endOf(new ApiError(401, "session_over"))).toBe("removed");
    expect(endOf(new ApiError(401, "unauthorized"))).toBe("expired");
    expect(endOf(new ApiError(410, "session_expired"))).toBe("expired");
  });
});
