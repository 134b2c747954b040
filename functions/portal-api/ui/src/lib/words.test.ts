import { describe, expect, it } from "vitest";
import type { Overview, RunSummary } from "../api/types";
import { ahead } from "./time";
import { standingOf, stateSign, waitingText } from "./words";

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

describe("a run that stands still", () => {
  const waiting = { waiting: { party: "blnk" } } as unknown as Pick<RunSummary, "waiting">;
  it("is said to wait, as long as it is open and nobody stops it", () => {
    expect(stateSign({ state: "running", stop_requested: false, ...waiting }).text).toBe("Waiting");
    expect(stateSign({ state: "running", stop_requested: true, ...waiting }).text).toBe("Stopping");
    expect(stateSign({ state: "failed", stop_requested: false, ...waiting }).text).toBe("Failed");
    expect(stateSign({ state: "running", stop_requested: false, waiting: null }).text).toBe("In progress");
  });
  it("names whom it waits for", () => {
    const named = (["stripe", "blnk", "aws", "app"] as const).map((party) => waitingText({ party }));
    expect(new Set(named).size).toBe(4);
    expect(named[0]).toBe("Waiting for Stripe");
  });
  it("counts down to its next attempt", () => {
    const at = "2026-11-24T10:30:00.000Z";
    const left = (ms: number) => ahead(at, Date.parse(at) - ms);
    expect([left(42_000), left(185_000), left(900), left(-5_000)]).toEqual([
      "in 42 s",
      "in 3 min 05 s",
      "now",
      "now",
    ]);
    expect(ahead("soon", 0)).toBe("soon");
  });
});
