import { describe, expect, it } from "vitest";
import type { Overview } from "../api/types";
import { missingForSync, needsFirstSyncConfirmation, postingState } from "./permissions";

function overview(granted: string[], confirmed: boolean, begun: boolean): Overview {
  return {
    install: { granted_permissions: granted },
    stripe: { confirmed },
    last_run: begun ? {} : null,
    last_proof: null,
  } as unknown as Overview;
}

const BOTH = ["data:read", "data:write"];

describe("whether syncs post", () => {
  it("is unknown before the overview is read", () => {
    expect(postingState(undefined)).toBe("unknown");
  });

  it("is true after the first sync was confirmed and ended, and never without the permission", () => {
    expect(postingState(overview(BOTH, true, true))).toBe("posting");
    expect(postingState(overview(BOTH, true, false))).toBe("not_started");
    expect(postingState(overview(BOTH, false, true))).toBe("not_started");
    expect(postingState(overview(["data:read"], true, true))).toBe("read_only");
    expect(postingState({ ...overview(BOTH, true, true), stripe: null })).toBe("not_started");
  });
});

it("only a first sync that may write needs a confirmation", () => {
  expect(needsFirstSyncConfirmation(overview(BOTH, false, false))).toBe(true);
  expect(needsFirstSyncConfirmation(overview(BOTH, true, false))).toBe(false);
  expect(needsFirstSyncConfirmation(overview(["data:read"], false, false))).toBe(false);
  expect(needsFirstSyncConfirmation({ ...overview(BOTH, false, false), stripe: null })).toBe(false);
});

it("no sync runs without data:read", () => {
  expect(missingForSync(["data:write"])).toEqual(["data:read"]);
  expect(missingForSync(["data:read"])).toEqual([]);
});
