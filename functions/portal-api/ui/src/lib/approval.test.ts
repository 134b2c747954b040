import { describe, expect, it } from "vitest";
import { askedIn } from "./approval";

describe("what waits for an approval", () => {
  it("is named with its currencies", () => {
    const asked = askedIn(
      "fuse_currency",
      "No sync of this account has met EUR, JPY before. Nothing of it was posted in this run.",
    );
    expect(asked?.currencies).toEqual(["EUR", "JPY"]);
  });

  it("is named with its amounts in minor units, and a record", () => {
    const asked = askedIn(
      "fuse_amount",
      "Amounts above the ceiling that you set: 12000.05 USD, 500000 JPY, 1.234 KWD (for example txn_1Q2w3E4r5T). They were not posted.",
    );
    expect(asked?.amounts).toEqual([
      { minor: "1200005", currency: "USD", exponent: 2 },
      { minor: "500000", currency: "JPY", exponent: 0 },
      { minor: "1234", currency: "KWD", exponent: 3 },
    ]);
    expect(asked?.record).toBe("txn_1Q2w3E4r5T");
    const opening =
      "Amounts above the ceiling that you set: 7.00 USD (for example the opening entry).";
    expect(askedIn("fuse_amount", opening)?.record).toBeUndefined();
  });

  it("is named with its numbers", () => {
    const asked = askedIn(
      "fuse_size",
      "This run would bring over more than 1000 new movements; the usual is 12. Nothing beyond them was posted. To continue allows up to 10000 in this run.",
    );
    expect(asked?.size).toEqual({ limit: 1000, usual: 12, allows: 10000 });
  });

  it("is told in the API's words where they are others", () => {
    expect(askedIn("fuse_size", "Too much.")).toBeUndefined();
    expect(askedIn("fuse_amount", "Too much.")).toBeUndefined();
    expect(askedIn("fuse_currency", "Something new.")).toBeUndefined();
  });
});
