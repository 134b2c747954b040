import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { MovementNames, Notices } from "../api/types";
import { removeRule, savedRule, saveRule } from "./account-rule";
import {
  draftAt,
  losesDrafts,
  rebaseDrafts,
  removeDraft,
  SETTINGS_DRAFT,
  saveDraft,
} from "./draft";
import { draftOf, isChanged, removeNotices, savedNotices, saveNotices } from "./notices";

const SECRET_URL = "https://hooks.example.com/T0/B1/secret";

const SHOWN: Notices = {
  revision: 3,
  webhook: {
    url: "https://hooks.example.com/stripe-sync",
    kinds: ["mismatch"],
    secret_since: "2026-11-01T00:00:00Z",
    previous_secret_until: null,
  },
  email: { available: true, kinds: [] },
};

let written: Map<string, string>;

beforeEach(() => {
  written = new Map();
  const sessionStorage = {
    getItem: (name: string) => written.get(name) ?? null,
    setItem: (name: string, value: string) => void written.set(name, value),
    removeItem: (name: string) => void written.delete(name),
  };
  vi.stubGlobal("window", { sessionStorage, localStorage: sessionStorage });
});

afterEach(() => {
  removeDraft(SETTINGS_DRAFT);
  removeNotices();
  removeRule();
  vi.unstubAllGlobals();
});

describe("unsaved settings", () => {
  it("outlive a save of something else, which makes another revision", () => {
    saveDraft(SETTINGS_DRAFT, { revision: 3, interval: "daily" });
    rebaseDrafts(3, 4);
    expect(draftAt(SETTINGS_DRAFT, 3)).toBeUndefined();
    expect(draftAt(SETTINGS_DRAFT, 4)).toEqual({ revision: 4, interval: "daily" });
  });

  it("that are based on another revision are not carried over what somebody else saved", () => {
    saveDraft(SETTINGS_DRAFT, { revision: 2, interval: "daily" });
    rebaseDrafts(3, 4);
    expect(draftAt(SETTINGS_DRAFT, 4)).toBeUndefined();
  });
});

describe("unsaved notices", () => {
  const draft = { ...draftOf(SHOWN), url: SECRET_URL, email: ["paused" as const] };

  it("are those that were typed, also after another secret was made", () => {
    expect(savedNotices(SHOWN)).toBeUndefined();
    saveNotices(SHOWN, draft);
    expect(savedNotices(SHOWN)).toEqual({ draft, urlLost: false });
    rebaseDrafts(3, 4);
    expect(savedNotices(SHOWN)).toBeUndefined();
    expect(savedNotices({ ...SHOWN, revision: 4 })).toEqual({ draft, urlLost: false });
  });

  it("come back in a new session without the URL, which may be a secret and is written nowhere", async () => {
    saveNotices(SHOWN, draft);
    expect(written.size).toBe(1);
    expect([...written.values()].join()).not.toContain("secret");
    expect(losesDrafts()).toBe(true);
    vi.resetModules();
    const later = await import("./notices");
    expect(later.savedNotices(SHOWN)).toEqual({
      draft: { ...draft, url: SHOWN.webhook?.url },
      urlLost: true,
    });
  });

  it("lose nothing at the end of a session when their URL is the present one", () => {
    saveNotices(SHOWN, draft);
    saveNotices(SHOWN, { ...draft, url: SHOWN.webhook?.url ?? "" });
    expect(losesDrafts()).toBe(false);
    expect(savedNotices(SHOWN)?.urlLost).toBe(false);
    removeNotices();
    expect(written.size).toBe(0);
    expect(isChanged(SHOWN, draftOf(SHOWN))).toBe(false);
    expect(isChanged(SHOWN, draft)).toBe(true);
  });
});

it("what was typed of an account rule comes back for the same movements", () => {
  const grant: MovementNames = { reporting_category: "grant", type: "grant_received" };
  saveRule(grant, { which: "category", account: "@grants" });
  expect(savedRule(grant)).toMatchObject({ which: "category", account: "@grants" });
  expect(savedRule({ ...grant, type: "grant_paid" })).toBeUndefined();
  removeRule();
  expect(savedRule(grant)).toBeUndefined();
});
