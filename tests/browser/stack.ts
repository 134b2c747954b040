/** The deployed stack as `make up` describes it, and the simulated world's control API. */

import { expect, type Page } from "@playwright/test";

function variable(name: string): string {
  const value = process.env[name];
  if (!value)
    throw new Error(
      `${name} is not set: run these tests by \`make test\`, or on a stack of \`make up\``,
    );
  return value;
}

export const stack = {
  /** The portal's origin as a browser reaches it. */
  get portalOrigin(): string {
    return variable("PORTAL_ORIGIN");
  },
  get dashboardUrl(): string {
    return variable("DASHBOARD_URL");
  },
  get controlUrl(): string {
    return variable("SANDBOX_CONTROL_URL");
  },
};

async function control<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(new URL(path, stack.controlUrl), {
    method,
    headers: { "content-type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

export interface Install {
  installed_app_id: string;
  instance_id: string;
  api_key: string;
  status: string;
}

export interface StripeAccount {
  account: string;
  restricted_key: string;
  secret_key: string;
  publishable_key: string;
  movements: number;
}

export interface Launch {
  callback_status: number;
  portal_url?: string | null;
}

export async function install(permissions?: string[]): Promise<Install> {
  const made = await control<Install>("POST", "/cloud/install", permissions ? { permissions } : {});
  expect(made.status).toBe("active");
  return made;
}

export function launch(made: Install): Promise<Launch> {
  return control("POST", `/cloud/installs/${made.installed_app_id}/launch`, {});
}

export async function uninstall(made: Install): Promise<void> {
  const { status } = await control<{ status: string }>(
    "POST",
    `/cloud/installs/${made.installed_app_id}/uninstall`,
    {},
  );
  expect(status).toBe("uninstalled");
}

/** When made histories end: whatever the date, a seed makes the same. */
const HISTORIES_END = Date.parse("2025-06-18T10:00:00Z") / 1000;

/** The seed decides what an account holds; each test takes its own, so that tests do not meet. */
export function stripeAccount(seed: number, movements: number): Promise<StripeAccount> {
  return control("POST", "/stripe/accounts", {
    seed,
    movements,
    name: `Browser test ${seed}`,
    now: HISTORIES_END,
  });
}

export async function stripeKey(
  account: StripeAccount,
  permissions: Record<string, boolean>,
): Promise<string> {
  const { key } = await control<{ key: string }>(
    "POST",
    `/stripe/accounts/${account.account}/keys`,
    {
      permissions,
    },
  );
  return key;
}

export function ledgerCounts(made: Install): Promise<{ transactions: number; balances: number }> {
  return control("GET", `/cloud/instances/${made.instance_id}`);
}

/** Opens the portal at the address that the launch was answered with. */
export async function openPortal(page: Page, made: Install): Promise<string> {
  const { callback_status, portal_url } = await launch(made);
  expect(callback_status).toBe(200);
  const url = portal_url ?? "";
  expect(new URL(url).origin).toBe(stack.portalOrigin);
  await page.goto(url);
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  return url;
}
