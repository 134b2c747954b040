import { describe, expect, it } from "vitest";
import {
  keyLink,
  permissionIn,
  permissionsFor,
  READ_PERMISSIONS,
  WEBHOOK_PERMISSION,
} from "./key-permissions";

describe("the link to a new key", () => {
  it("fills in a name and every permission, in either mode", () => {
    for (const [mode, path] of [
      ["live", "/apikeys/create"],
      ["test", "/test/apikeys/create"],
    ] as const) {
      const link = new URL(keyLink(mode));
      expect(link.origin + link.pathname).toBe(`https://dashboard.stripe.com${path}`);
      expect(link.searchParams.get("name")).toBe("Stripe Sync for Blnk");
      expect(link.searchParams.getAll("permissions[]")).toEqual([
        ...READ_PERMISSIONS.map(({ permission }) => permission),
        WEBHOOK_PERMISSION,
      ]);
    }
  });

  it("adds what Stripe asked for by its own name, once, and nothing that is no permission", () => {
    const link = keyLink("test", [
      "rak_accounts_kyc_basic_read",
      "rak_charge_read",
      null,
      "rak_x&name=evil",
      "x",
    ]);
    expect(
      new URL(link).searchParams.getAll("permissions[]").slice(READ_PERMISSIONS.length + 1),
    ).toEqual(["rak_accounts_kyc_basic_read"]);
    expect(new URL(link).searchParams.getAll("name")).toHaveLength(1);
  });
});

describe("a missing permission", () => {
  it("has the name of Stripe's page and Stripe's own name for it where it said one", () => {
    expect(
      permissionsFor([
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
    expect(permissionIn("the Stripe key lacks a permission (rak_payout_read). Add it.")).toBe(
      "rak_payout_read",
    );
    expect(permissionIn("nothing of the kind")).toBeNull();
    expect(permissionIn(undefined)).toBeNull();
  });
});
