import { expect, test } from "vitest";
import { accountLink, entriesLink, stripeLink } from "./links";

test("an object is found in the dashboard of its mode", () => {
  expect(stripeLink("po_1", "test")).toBe("https://dashboard.stripe.com/test/search?query=po_1");
  expect(stripeLink("po_1", "live")).toBe("https://dashboard.stripe.com/search?query=po_1");
  expect(accountLink("acct_1", "test")).toBe("https://dashboard.stripe.com/acct_1/test/dashboard");
  expect(accountLink("acct_1", "live")).toBe("https://dashboard.stripe.com/acct_1/dashboard");
});

test("a record's entries are found by the record, another entry by its reference", () => {
  const record = {
    kind: "record",
    subject: "txn_1",
    entry_references: ["stripe:a:test:txn_1:amount"],
  } as const;
  const link = (problem: Parameters<typeof entriesLink>[0]) => {
    const url = entriesLink(problem, "https://cloud.example.com");
    return url === null ? null : new URL(url).searchParams.get("filters");
  };
  expect(link({ ...record, entry_references: [...record.entry_references] })).toBe(
    "metadata.stripe_balance_transaction_id_eq=txn_1",
  );
  expect(link({ kind: "entry", subject: "by hand & more", entry_references: [] })).toBe(
    "reference_eq=by%20hand%20%26%20more",
  );
  expect(link({ kind: "day", subject: "2026-01-01", entry_references: [] })).toBeNull();
  expect(entriesLink({ ...record, entry_references: [] }, null)).toBeNull();
});
