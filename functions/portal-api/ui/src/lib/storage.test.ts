import { afterEach, describe, expect, it, vi } from "vitest";
import { losesDrafts, removeDraft, saveDraft, savedDraft } from "./draft";
import { savePlace, takePlace } from "./place";
import { removeValue, savedValue, saveValue } from "./storage";

function storage(): Storage {
  const values = new Map<string, string>();
  return {
    getItem: (name: string) => values.get(name) ?? null,
    setItem: (name: string, value: string) => void values.set(name, value),
    removeItem: (name: string) => void values.delete(name),
  } as unknown as Storage;
}

const refused = {
  get localStorage(): Storage {
    throw new DOMException("The operation is insecure.", "SecurityError");
  },
  get sessionStorage(): Storage {
    throw new DOMException("The operation is insecure.", "SecurityError");
  },
};

afterEach(() => vi.unstubAllGlobals());

describe.each([
  ["a browser that keeps", () => ({ localStorage: storage(), sessionStorage: storage() })],
  ["a browser that refuses storage", () => refused],
])("in %s", (_, browser) => {
  it("a choice is remembered and forgotten", () => {
    vi.stubGlobal("window", browser());
    saveValue("zone", "utc");
    expect(savedValue("zone")).toBe("utc");
    removeValue("zone");
    expect(savedValue("zone")).toBeNull();
  });

  it("a place is returned to once, by the same install, and not after long", () => {
    vi.stubGlobal("window", browser());
    savePlace("instapp_1", "#l=launch&p=/problems&kind=validation", 1000);
    expect(takePlace("instapp_2", 2000)).toBeUndefined();
    expect(takePlace("instapp_1", 2000)).toEqual({
      path: "/problems",
      params: { kind: "validation" },
    });
    expect(takePlace("instapp_1", 2000)).toBeUndefined();
    savePlace("instapp_1", "#p=/syncs", 1000);
    expect(takePlace("instapp_1", 5_000_000)).toBeUndefined();
  });

  it("what was typed comes back only in the form that is asked for", () => {
    vi.stubGlobal("window", browser());
    const isText = (value: unknown): value is string => typeof value === "string";
    const isNumber = (value: unknown): value is number => typeof value === "number";
    saveDraft("reason", "Known since May.");
    expect(savedDraft("reason", isText)).toBe("Known since May.");
    expect(savedDraft("reason", isNumber)).toBeUndefined();
    removeDraft("reason");
    expect(savedDraft("reason", isText)).toBeUndefined();
  });
});

it("the end of a session takes what was typed only where the browser keeps nothing", () => {
  vi.stubGlobal("window", refused);
  expect(losesDrafts()).toBe(false);
  saveDraft("settings", {});
  expect(losesDrafts()).toBe(true);
  vi.stubGlobal("window", { localStorage: storage(), sessionStorage: storage() });
  expect(losesDrafts()).toBe(false);
  vi.stubGlobal("window", refused);
  removeDraft("settings");
  expect(losesDrafts()).toBe(false);
});
