import { expect, it } from "vitest";
import { balanceText, lookUp, problemKindText, waitingText } from "./labels";

it("each party that a run waits for has a text of its own", () => {
  const texts = (["stripe", "blnk", "aws", "app"] as const).map((party) =>
    waitingText({ party, status: null }),
  );
  expect(new Set(texts).size).toBe(4);
  expect(texts[0]).toBe("Waiting for Stripe");
  expect(waitingText({ party: "stripe", status: 503 })).toBe("Waiting for Stripe (error 503)");
});

it("a code that is not in a table is not found, even when every object has a member of its name", () => {
  expect(lookUp({ match: "Match" }, "match")).toBe("Match");
  expect(lookUp({ match: "Match" }, "toString")).toBeUndefined();
});

it("a code without a text is written as words", () => {
  expect(balanceText("refund_and_dispute_prefunding")).toBe("Refund and dispute prefunding");
  expect(problemKindText("record_gone")).toBe("Record deleted at Stripe");
  expect(problemKindText("a_new_kind")).toBe("A new kind");
});
