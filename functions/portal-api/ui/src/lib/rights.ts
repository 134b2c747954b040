/** The rights of the Stripe key, and Stripe's page of a new restricted key with all of them filled in. */

const DASHBOARD = "https://dashboard.stripe.com";
const KEY_NAME = "Stripe Sync for Blnk";

export interface Right {
  /** The name on Stripe's own page. */
  name: string;
  /** Stripe's word for it. */
  word: string;
  why: string;
  /** The API resources that it opens, by the names the API uses in refusals. */
  opens: readonly string[];
}

export const READ_RIGHTS: readonly Right[] = [
  {
    name: "Balance",
    word: "rak_balance_read",
    why: "The figure that the ledger is proven against.",
    opens: ["balance"],
  },
  {
    name: "Balance transaction sources",
    word: "rak_balance_transaction_source_read",
    why: "Every movement, its fees and where it came from.",
    opens: ["balance_transactions"],
  },
  {
    name: "Charges and refunds",
    word: "rak_charge_read",
    why: "Which customer a payment or refund belongs to.",
    opens: ["charges", "refunds"],
  },
  {
    name: "Customers",
    word: "rak_customer_read",
    why: "Names for the identities in your ledger.",
    opens: ["customers"],
  },
  {
    name: "Disputes",
    word: "rak_dispute_read",
    why: "Money held back and given back.",
    opens: ["disputes"],
  },
  {
    name: "Payouts",
    word: "rak_payout_read",
    why: "What went to your bank, and what came back.",
    opens: ["payouts"],
  },
  {
    name: "Accounts (under Connect)",
    word: "rak_connected_account_read",
    why: "Which account this is, so that two are never mixed.",
    opens: ["account"],
  },
];

/** Lets the app make its own webhook endpoint; a person can do that instead. */
export const WEBHOOK_RIGHT = "rak_webhook_write";

const WORD = /rak_[a-z0-9_]+/;

/** Stripe's word for a right in a text, if there is one. */
export function rightIn(text: string | null | undefined): string | null {
  return WORD.exec(text ?? "")?.[0] ?? null;
}

/** Stripe's page of a new key with name and rights filled in: those of this app, and what Stripe asked for besides. */
export function keyLink(mode: "live" | "test", besides: readonly (string | null)[] = []): string {
  const words = new Set([...READ_RIGHTS.map(({ word }) => word), WEBHOOK_RIGHT]);
  for (const word of besides) if (word !== null && rightIn(word) === word) words.add(word);
  const rights = [...words].map((word) => `&permissions[]=${word}`).join("");
  return `${DASHBOARD}${mode === "test" ? "/test" : ""}/apikeys/create?name=${encodeURIComponent(KEY_NAME)}${rights}`;
}

/** Where keys are looked at and changed. */
export function keysPage(mode: "live" | "test"): string {
  return `${DASHBOARD}${mode === "test" ? "/test" : ""}/apikeys`;
}

/** Where webhook endpoints are looked at, made and deleted; one of them by its id. */
export function endpointsPage(mode: "live" | "test", id?: string): string {
  return `${DASHBOARD}${mode === "test" ? "/test" : ""}/webhooks${id ? `/${encodeURIComponent(id)}` : ""}`;
}

export interface NamedRight {
  name: string;
  /** Stripe's own word where it said one, else the usual one. */
  word: string;
}

/** The rights that open these resources, each once. */
export function rightsFor(missing: readonly { right: string | null; resource: string }[]): NamedRight[] {
  const named = new Map<string, NamedRight>();
  for (const { resource, right } of missing) {
    const known = READ_RIGHTS.find(({ opens }) => opens.includes(resource));
    const name = known?.name ?? resource.replaceAll("_", " ");
    const before = named.get(name)?.word;
    const word = right ?? before ?? known?.word ?? resource;
    named.set(name, { name, word });
  }
  return [...named.values()];
}
