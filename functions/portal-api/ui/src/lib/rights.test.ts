import { describe, expect, it } from "vitest";
import { keyLink, READ_RIGHTS, rightIn, rightsFor, WEBHOOK_RIGHT } from "./rights";

describe("the link to a new key", () => {
  it("fills in a name and every right, in either mode", () => {
    for (const [mode, path] of [
      ["live", "/apikeys/create"],
      ["test", "/test/apikeys/create"],
    ] as const) {
      const link = new URL(keyLink(mode));
      expect(link.origin + link.pathname).toBe(`https://dashboard.stripe.com${path}`);
      expect(link.searchParams.get("name")).toBe("Stripe Sync for Blnk");
      expect(link.searchParams.getAll("permissions[]")).toEqual([
        ...READ_RIGHTS.map(({ permission }) => permission),
        WEBHOOK_RIGHT,
      ]);
    }
  });

  it("adds what Stripe asked for by its own name, once, and nothing that is no right", () => {
    const link = keyLink("test", [
      "rak_accounts_kyc_basic_read",
      "rak_charge_read",
      null,
      "rak_x&name=evil",
      "x",
    ]);
    expect(
      new URL(link).searchParams.getAll("permissions[]").slice(READ_RIGHTS.length + 1),
    ).toEqual(["rak_accounts_kyc_basic_read"]);
    expect(new URL(link).searchParams.getAll("name")).toHaveLength(1);
  });
});

describe("a missing right", () => {
  it("has the name of Stripe's page and Stripe's own name for it where it said one", () => {
    expect(
      rightsFor([
        { resource: "account", right: "rak_accounts_kyc_basic_read" },
        { resource: "charges", right: null },
        { resource: "refunds", right: "rak_charge_read" },
        { resource: "a_new_one", right: null },
      ]),
    ).toEqual([
      { name: "Accounts (under Connect)", permission: "rak_accounts_kyc_basic_read" },
      { name: "Charges and refunds", permission: "rak_charge_read" },
      { name: "a new one", permission: "a_new_one" },
    ]);
  });

  it("is found in a sentence", () => {
    expect(rightIn("the Stripe key lacks a permission (rak_payout_read). Add it.")).toBe(
      "rak_payout_read",
    );
    expect(rightIn("nothing of the kind")).toBeNull();
    expect(rightIn(undefined)).toBeNull();
  });
});
