/** The dashboard's own API. Errors are thrown with a text for people. */

/** The instance this page shows: the one its address names, else the sandbox's own. */
export const instance = new URLSearchParams(location.search).get("instance_id") || "inst_sandbox";

/** JSON whose integers beyond 2^53 come as texts, where the browser can tell. */
function parse(text) {
  return JSON.parse(text, (_, value, context) =>
    typeof value === "number" && !Number.isSafeInteger(value) && context?.source ? context.source : value,
  );
}

async function call(method, path, body) {
  let response;
  try {
    response = await fetch(`/api${path}`, {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Error("The sandbox does not answer. Is it still running?");
  }
  const text = await response.text();
  let answer;
  try {
    answer = text === "" ? null : parse(text);
  } catch {
    answer = null;
  }
  if (!response.ok) throw new Error(answer?.error ?? (text || `Status ${response.status}`));
  return answer;
}

/** A query string; what is empty is left out of it. */
export function search(params) {
  return new URLSearchParams(Object.entries(params).filter(([, value]) => value !== "" && value !== null && value !== undefined)).toString();
}

const query = (params) => search({ instance_id: instance, ...params });

/** A part of a Stripe account. */
const of = ({ account, mode }, part) => `/stripe/accounts/${encodeURIComponent(account)}${part}?mode=${mode}`;

export const api = {
  workspace: () => call("GET", `/workspace?${query({})}`),
  install: (app_id, permissions) => call("POST", "/install", { app_id, permissions, instance_id: instance }),
  launch: (id) => call("POST", `/installs/${encodeURIComponent(id)}/launch`, {}),
  uninstall: (id) => call("POST", `/installs/${encodeURIComponent(id)}/uninstall`, {}),
  ledger: (table, params) => call("GET", `/ledger/${table}?${query(params)}`),
  /** Somebody's entry on the balance that an account is mirrored into. */
  postByHand: ({ account, mode }) => call("POST", "/ledger/by-hand", { instance_id: instance, account, mode }),
  faults: () => call("GET", "/faults"),
  addFault: (fault) => call("POST", "/faults", fault),
  removeFault: (id) => call("DELETE", `/faults/${id}`),
  clearFaults: () => call("DELETE", "/faults"),
  calls: () => call("GET", "/calls"),
  forgetCalls: (given) => call("DELETE", `/calls?${search(given)}`),
  accounts: () => call("GET", "/stripe/accounts"),
  newAccount: (spec) => call("POST", "/stripe/accounts", spec),
  truth: (account) => call("GET", of(account, "/truth")),
  addMovements: (account, count) => call("POST", of(account, "/records"), { count }),
  addRecord: (account, record) => call("POST", of(account, "/records"), record),
  /** A key as the app's own link to Stripe makes it: it reads, and sets up webhooks. */
  newKey: (account) => call("POST", of(account, "/keys"), { webhooks: true }),
  expireKey: (account, key) => call("DELETE", of(account, `/keys/${encodeURIComponent(key)}`)),
};

/** Why an app did not accept, in one sentence. */
export function failure(name, { callback_status, reason, elapsed_ms }) {
  const after = elapsed_ms === undefined ? "" : ` after ${elapsed_ms < 1000 ? `${elapsed_ms} ms` : `${(elapsed_ms / 1000).toFixed(1)} s`}`;
  if (callback_status === null) return `${name} did not answer: ${reason ?? "no connection"}${after && `,${after}`}.`;
  if (callback_status >= 200 && callback_status < 300) return `${name} answered ${callback_status}, but without a portal_url.`;
  return `${name} answered ${callback_status}${after}${reason ? `: “${reason}”` : "."}`;
}
