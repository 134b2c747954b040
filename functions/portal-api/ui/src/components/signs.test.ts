import { describe, expect, it } from "vitest";
import type { RunSummary } from "../api/types";
import { stateSign, verdictSign } from "./signs";

describe("the sign of a run", () => {
  const waiting = { waiting: { party: "blnk" } } as unknown as Pick<RunSummary, "waiting">;

  it("shows that a run waits while it is open and not being stopped", () => {
    expect(stateSign({ state: "running", stop_requested: false, ...waiting }).text).toBe("Waiting");
    expect(stateSign({ state: "running", stop_requested: true, ...waiting }).text).toBe("Stopping");
    expect(stateSign({ state: "failed", stop_requested: false, ...waiting }).text).toBe("Failed");
    expect(stateSign({ state: "running", stop_requested: false, waiting: null }).text).toBe(
      "In progress",
    );
  });

  it("shows a state that this version does not know as it came, in a quiet tone", () => {
    const state = "constructor" as RunSummary["state"];
    expect(stateSign({ state, stop_requested: false })).toEqual({
      tone: "quiet",
      icon: "info",
      text: "constructor",
    });
    expect(verdictSign("match")).toEqual({ tone: "ok", icon: "check", text: "Match" });
  });
});
