import { describe, expect, it } from "vitest";
import type { Settings } from "../api/types";
import { changeOf, draftOf, isChanged } from "./settings";

const SHOWN: Settings = {
  revision: 3,
  interval: "hourly",
  interval_minutes: 60,
  minimum_minutes: 15,
  pay_ins: "customers",
  accounts: [
    { account: "fees", purpose: "Stripe’s fees", name: "@costs", default_name: "@stripe_fees" },
  ],
  account_names: { fees: "@costs" },
  start_date: "2026-03-01",
  posted_from: "2026-03-01",
  match_by_email: false,
  personal_data: { name: true, email: true, phone: true, address: true },
  ceilings: { EUR: "12500.00", JPY: "5000000" },
  posted: true,
};

describe("settings while they are edited", () => {
  it("an untouched draft is no change, whatever the order of its members", () => {
    const draft = draftOf(SHOWN);
    expect(isChanged(SHOWN, draft)).toBe(false);
    draft.ceilings.reverse();
    draft.ceilings.push({ currency: " ", amount: "" });
    draft.account_names.payouts = " ";
    expect(isChanged(SHOWN, draft)).toBe(false);
    draft.ceilings[0] = { currency: "jpy", amount: "1" };
    expect(isChanged(SHOWN, draft)).toBe(true);
    expect(changeOf(draft).ceilings).toEqual({ JPY: "1", EUR: "12500.00" });
    expect(changeOf(draft).revision).toBe(3);
  });
});
