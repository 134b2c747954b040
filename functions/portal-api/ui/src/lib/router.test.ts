import { describe, expect, it } from "vitest";
import { buildHash, parseHash } from "./router";

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

  it("is the overview when there is none", () => {
    expect(parseHash("")).toMatchObject({ launchId: null, path: "/" });
  });
});
