/** The permissions of the Stripe key, and Stripe's page of a new restricted key with all of them filled in. */

import { type Texts, t } from "../texts";

const DASHBOARD = "https://dashboard.stripe.com";

/** The permissions that the catalogue names. */
type PermissionName = keyof Texts["stripe"]["permissions"];

export interface KeyPermission {
  name: PermissionName;
  /** Stripe's name for it in links and refusals. */
  permission: string;
  /** The API resources that it opens, by the names the API uses in refusals. */
  opens: readonly string[];
}

export const READ_PERMISSIONS: readonly KeyPermission[] = [
  { name: "balance", permission: "rak_balance_read", opens: ["balance"] },
  {
    name: "movements",
    permission: "rak_balance_transaction_source_read",
    opens: ["balance_transactions"],
  },
  { name: "charges", permission: "rak_charge_read", opens: ["charges", "refunds"] },
  { name: "customers", permission: "rak_customer_read", opens: ["customers"] },
  { name: "disputes", permission: "rak_dispute_read", opens: ["disputes"] },
  { name: "payouts", permission: "rak_payout_read", opens: ["payouts"] },
  { name: "account", permission: "rak_connected_account_read", opens: ["account"] },
];

/** Lets the app make its own webhook endpoint; a person can do that instead. */
export const WEBHOOK_PERMISSION = "rak_webhook_write";

const PERMISSION = /rak_[a-z0-9_]+/;

/** The permission that a text names as Stripe does, if there is one. */
export function permissionIn(text: string | null | undefined): string | null {
  return PERMISSION.exec(text ?? "")?.[0] ?? null;
}

/** Stripe's page of a new key with name and permissions filled in: those of this app, and what Stripe asked for besides. */
export function keyLink(mode: "live" | "test", besides: readonly (string | null)[] = []): string {
  const permissions = new Set([
    ...READ_PERMISSIONS.map(({ permission }) => permission),
    WEBHOOK_PERMISSION,
  ]);
  for (const asked of besides)
    if (asked !== null && permissionIn(asked) === asked) permissions.add(asked);
  const query = [...permissions].map((permission) => `&permissions[]=${permission}`).join("");
  return `${keysPage(mode)}/create?name=${encodeURIComponent(t.stripe.keyName)}${query}`;
}

/** Where keys are looked at and changed. */
export function keysPage(mode: "live" | "test"): string {
  return `${DASHBOARD}${mode === "test" ? "/test" : ""}/apikeys`;
}

/** Where webhook endpoints are looked at, made and deleted; one of them by its id. */
export function endpointsPage(mode: "live" | "test", id?: string): string {
  return `${DASHBOARD}${mode === "test" ? "/test" : ""}/webhooks${id ? `/${encodeURIComponent(id)}` : ""}`;
}

export interface NamedPermission {
  name: string;
  /** Stripe's own name where it said one, else the usual one. */
  permission: string;
}

/** The permissions that open these resources, each once. */
export function permissionsFor(
  missing: readonly { right: string | null; resource: string }[],
): NamedPermission[] {
  const named = new Map<string, NamedPermission>();
  for (const { resource, right } of missing) {
    const known = READ_PERMISSIONS.find(({ opens }) => opens.includes(resource));
    const name = known ? t.stripe.permissions[known.name].name : resource.replaceAll("_", " ");
    const permission = right ?? named.get(name)?.permission ?? known?.permission ?? resource;
    named.set(name, { name, permission });
  }
  return [...named.values()];
}
