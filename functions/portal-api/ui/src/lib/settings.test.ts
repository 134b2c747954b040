import { describe, expect, it } from "vitest";
import type { Settings } from "../api/types";
import { changeOf, differences, draftOf, isChanged } from "./settings";

const SHOWN: Settings = {
  revision: 3,
  interval: "hourly",
  interval_minutes: 60,
  minimum_minutes: 15,
  pay_ins: "customers",
  accounts: [
    { account: "fees", name: "@costs", default_name: "@stripe_fees" },
    { account: "payouts", name: "@stripe_payouts", default_name: "@stripe_payouts" },
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
    expect(differences(SHOWN, draft)).toEqual([]);
    draft.ceilings[0] = { currency: "jpy", amount: "1" };
    expect(isChanged(SHOWN, draft)).toBe(true);
    expect(changeOf(draft).ceilings).toEqual({ JPY: "1", EUR: "12500.00" });
    expect(changeOf(draft).revision).toBe(3);
  });

  it("each change of what is posted is said, and none while nothing is", () => {
    const draft = draftOf(SHOWN);
    draft.account_names = { payouts: "@bank" };
    draft.pay_ins = "one_account";
    draft.start_date = "2026-01-01";
    draft.personal_data.phone = false;
    draft.match_by_email = true;
    draft.interval = "off";
    const texts = differences(SHOWN, draft);
    expect(texts.length).toBe(6);
    expect(texts[0]).toContain("@stripe_fees");
    expect(texts[0]).toContain("@costs keeps");
    expect(texts[1]).toContain("@bank");
    expect(texts.join(" ")).toContain("2026-01-01");
    expect(differences({ ...SHOWN, posted: false }, draft)).toEqual([]);
  });
});
