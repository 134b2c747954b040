import { expect, it } from "vitest";
import type { Payout } from "../api/types";
import { nextPayout } from "./payout";

const payout = (id: string, arrival: string | null, amount: string | null = "100"): Payout =>
  ({ id, arrival, amount, created: "2026-11-20T00:00:00Z" }) as Payout;

it("the next payout is the one that arrives first, whatever their order", () => {
  const late = payout("po_late", "2026-11-28T00:00:00Z");
  const soon = payout("po_soon", "2026-11-26T00:00:00Z");
  const unknown = payout("po_unknown", null);
  expect(nextPayout([unknown, late, soon])?.id).toBe("po_soon");
  expect(nextPayout([unknown])?.id).toBe("po_unknown");
  expect(nextPayout([])).toBeUndefined();
});

it("a reversal takes money from the bank and is no next payout", () => {
  expect(nextPayout([payout("po_back", "2026-11-25T00:00:00Z", "-100")])).toBeUndefined();
});
