import { describe, expect, it } from "vitest";
import type { Overview } from "../api/types";
import { standingOf } from "./words";

function overview(granted: string[], confirmed: boolean, begun: boolean): Overview {
  return {
    install: { granted_permissions: granted },
    stripe: { confirmed },
    last_run: begun ? {} : null,
    last_proof: null,
  } as unknown as Overview;
}

const BOTH = ["data:read", "data:write"];

describe("what syncs do with what they read", () => {
  it("is said only when it is known", () => {
    expect(standingOf(undefined)).toBe("unknown");
  });
  it("posts after the first sync was confirmed and ended, and never without the permission", () => {
    expect(standingOf(overview(BOTH, true, true))).toBe("posting");
    expect(standingOf(overview(BOTH, true, false))).toBe("nothing");
    expect(standingOf(overview(BOTH, false, true))).toBe("nothing");
    expect(standingOf(overview(["data:read"], true, true))).toBe("shadow");
    expect(standingOf({ ...overview(BOTH, true, true), stripe: null })).toBe("nothing");
  });
});
