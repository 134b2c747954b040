import { describe, expect, it } from "vitest";
import { buildHash, parseHash, withChoices } from "./router";

describe("a place in the fragment", () => {
  it("keeps the launch id in front, whatever the place", () => {
    expect(buildHash("01JLAUNCH", "/")).toBe("#l=01JLAUNCH");
    expect(buildHash("01JLAUNCH", "/runs/01JRUN")).toBe("#l=01JLAUNCH&p=/runs/01JRUN");
    expect(buildHash("01JLAUNCH", "/syncs", { filter: "failed" })).toBe(
      "#l=01JLAUNCH&p=/syncs&filter=failed",
    );
  });

  it("is read as it was written", () => {
    for (const [launch, path, params] of [
      ["01J", "/", {}],
      ["01J", "/syncs", { filter: "in_progress" }],
      [null, "/access", {}],
      ["odd&=id", "/runs/a b", { q: "1&2=3" }],
    ] as [string | null, string, Record<string, string>][]) {
      const route = parseHash(buildHash(launch, path, params));
      expect(route.launchId).toBe(launch);
      expect(route.path).toBe(path);
      expect(Object.fromEntries(route.params)).toEqual(params);
    }
  });

  it("keeps all choices but the changed ones", () => {
    const hash = "#l=01J&p=/problems&kind=validation&state=dismissed";
    expect(withChoices(hash, { kind: null })).toBe("#l=01J&p=/problems&state=dismissed");
    expect(withChoices(hash, { kind: "a&b" })).toBe(
      "#l=01J&p=/problems&kind=a%26b&state=dismissed",
    );
    expect(withChoices("#l=01J&p=/statements", { month: "2026-03", from: null })).toBe(
      "#l=01J&p=/statements&month=2026-03",
    );
  });

  it("is the overview when there is none", () => {
    expect(parseHash("")).toMatchObject({ launchId: null, path: "/" });
  });
});
