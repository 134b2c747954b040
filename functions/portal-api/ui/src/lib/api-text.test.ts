import { expect, it } from "vitest";
import { cleaned, unrecognisedType } from "./api-text";

it("a sentence of the API is shown without codes, and begins with a capital", () => {
  expect(cleaned("Stripe does not accept the key (api_key_expired). Connect a new key.")).toBe(
    "Stripe does not accept the key. Connect a new key.",
  );
  expect(cleaned("the ledger is not available (status 503)")).toBe("The ledger is not available");
  expect(cleaned("it lacks a permission (rak_payout_read)")).toBe(
    "It lacks a permission (rak_payout_read)",
  );
});

it("the type of a movement that no rule covers is found in its cause", () => {
  expect(unrecognisedType("No rule knows this movement (category “x”, type “some_fee”).")).toBe(
    "some fee",
  );
  expect(unrecognisedType("No rule knows this movement.")).toBeUndefined();
});
