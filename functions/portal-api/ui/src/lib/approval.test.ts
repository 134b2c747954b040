import { describe, expect, it } from "vitest";
import { approvalRequestIn } from "./approval";

describe("what waits for an approval", () => {
  it("is named with its currencies", () => {
    const request = approvalRequestIn(
      "fuse_currency",
      "This account has not had EUR, JPY before. None of it was posted in this run.",
    );
    expect(request?.currencies).toEqual(["EUR", "JPY"]);
  });

  it("is named with its amounts in minor units, and a record", () => {
    const request = approvalRequestIn(
      "fuse_amount",
      "Amounts above the ceiling that you set: 12000.05 USD, 500000 JPY, 1.234 KWD (for example txn_1Q2w3E4r5T). They were not posted.",
    );
    expect(request?.amounts).toEqual([
      { minor: "1200005", currency: "USD", exponent: 2 },
      { minor: "500000", currency: "JPY", exponent: 0 },
      { minor: "1234", currency: "KWD", exponent: 3 },
    ]);
    expect(request?.record).toBe("txn_1Q2w3E4r5T");
    const opening =
      "Amounts above the ceiling that you set: 7.00 USD (for example the opening entry).";
    expect(approvalRequestIn("fuse_amount", opening)?.record).toBeUndefined();
  });

  it("is named with its numbers", () => {
    const request = approvalRequestIn(
      "fuse_size",
      "This run found more than 1000 new movements; usually there are 12. Nothing beyond that was posted. Approving allows up to 10000 in this run.",
    );
    expect(request?.size).toEqual({ limit: 1000, usual: 12, allows: 10000 });
  });

  it("is shown in the API's words where they cannot be parsed", () => {
    expect(approvalRequestIn("fuse_size", "Too much.")).toBeUndefined();
    expect(approvalRequestIn("fuse_amount", "Too much.")).toBeUndefined();
    expect(approvalRequestIn("fuse_currency", "Something new.")).toBeUndefined();
  });
});
