/** What the mock lists as needing attention: judged from its overview, objects and problems as the API does. */

import type { MockPortal } from "./portal.ts";

const DAY_MS = 24 * 60 * 60_000;
const SEVERITIES = ["critical", "warning", "notice"] as const;
const OF_THE_STRIPE_KEY = ["stripe_key_refused", "stripe_right_missing"];
const OF_BLNK = ["blnk_key_refused", "blnk_permission_missing", "key_unreadable"];
/** Kinds of problems that mean wrong money. */
const CRITICAL = [
  "foreign_entry",
  "entry_unlisted",
  "entry_changed",
  "entry_differs",
  "entry_missing",
];

type Portal = Pick<MockPortal, "overview" | "objects" | "problems">;

export interface Item {
  [field: string]: unknown;
  kind: string;
  severity: (typeof SEVERITIES)[number];
  due_at: string | null;
}

function item(
  kind: string,
  severity: Item["severity"],
  text: string,
  action: object,
  more: object = {},
): Item {
  return {
    kind,
    severity,
    subject: null,
    count: 1,
    amount: null,
    currency: null,
    exponent: 2,
    due_at: null,
    days_left: null,
    since: null,
    reason: null,
    text,
    action: { id: null, code: null, url: null, ...action },
    ...more,
  };
}

export function attentionOf(portal: Portal, now: number) {
  const { overview } = portal;
  const items =
    overview.stripe === null
      ? []
      : [...ofTheAccount(portal), ...objects(portal, now), ...problems(portal)];
  const rank = ({ severity, due_at }: Item) => `${SEVERITIES.indexOf(severity)}${due_at ?? "~"}`;
  items.sort((one, other) => (rank(one) < rank(other) ? -1 : Number(rank(one) > rank(other))));
  const count = (severity: string) => items.filter((one) => one.severity === severity).length;
  return {
    items,
    counts: {
      critical: count("critical"),
      warning: count("warning"),
      notice: count("notice"),
      total: items.length,
    },
    open_problems: overview.open_problems,
    more: false,
    at: new Date(now).toISOString(),
  };
}

/** A pause, an old proof, a failed sync, differences. */
function ofTheAccount({ overview }: Portal): Item[] {
  const paused = overview.stripe?.paused;
  const over = paused?.cause_gone === true;
  const halted = paused && !over ? [pause(paused, overview)] : [];
  // What a pause explains is no matter of its own.
  const running = paused ? [] : [...stale(overview), ...failedSync(overview)];
  return [...halted, ...running, ...differences(overview), ...realtimeOff(overview)];
}

function realtimeOff({ stripe }: Portal["overview"]): Item[] {
  const off = stripe?.warnings.find(({ code }) => code === "endpoint_off");
  return off ? [item("realtime_off", "warning", off.text, { kind: "set_up_realtime" })] : [];
}

function stale({ fresh, stripe, last_proof: proof }: Portal["overview"]): Item[] {
  if (fresh !== false) return [];
  const current = stripe?.current_run ?? null;
  const action = current === null ? { kind: "sync_now" } : { kind: "open_run", id: current };
  const text = "The last comparison of Stripe and your ledger is out of date.";
  return [item("stale_proof", "warning", text, action, { since: proof?.at ?? null })];
}

function failedSync({ last_run: run }: Portal["overview"]): Item[] {
  if (run?.state !== "failed") return [];
  const why = run.error as null | { text: string };
  const text = `The last sync failed. ${why?.text ?? ""}`;
  return [
    item("failed_sync", "warning", text, { kind: "open_run", id: run.id }, { subject: run.id }),
  ];
}

function differences({ last_proof: proof }: Portal["overview"]): Item[] {
  const wrong = proof?.lines.filter(({ verdict }) => verdict === "mismatch") ?? [];
  return wrong.map((line) => {
    const [kind, amount] = differenceOf(line);
    const { balance: subject, currency, exponent } = line;
    const action = { kind: "open_certificate", id: proof?.id };
    const severity = kind === "ledger_difference" ? "critical" : "warning";
    const more = { subject, amount, currency, exponent, since: proof?.at };
    return item(
      kind,
      severity,
      `${amount} ${currency} of the ${subject} balance differ.`,
      action,
      more,
    );
  });
}

function differenceOf(line: { ledger_difference: string; stripe_difference: string | null }) {
  const { ledger_difference: ledger, stripe_difference: stripe } = line;
  return ledger === "0" && stripe !== null && stripe !== "0"
    ? (["stripe_difference", stripe] as const)
    : (["ledger_difference", ledger] as const);
}

function pause(
  { code, reason }: { code: string; reason: string },
  overview: Portal["overview"],
): Item {
  const run = overview.stripe?.current_run ?? null;
  const subject = { subject: code };
  if (code.startsWith("fuse_"))
    return item("approval", "warning", reason, { kind: "approve", id: run, code }, subject);
  const { dashboard_url: url } = overview.links;
  const action = OF_THE_STRIPE_KEY.includes(code)
    ? { kind: "reconnect_stripe" }
    : OF_BLNK.includes(code)
      ? { kind: "reinstall", url }
      : { kind: "open_run", id: run };
  return item("paused", "critical", `Syncing is paused. ${reason}`, action, subject);
}

function objects({ objects, overview }: Portal, now: number): Item[] {
  return objects
    .filter(({ urgent }) => urgent)
    .map((object) => {
      const { id, amount, currency, exponent, kind, status } = object;
      const more = {
        subject: id,
        amount,
        currency,
        exponent,
        since: object.created,
        reason: object.reason,
      };
      if (kind === "payout")
        return item(
          "failed_payout",
          "critical",
          `A payout failed (${object.reason}).`,
          { kind: "open_payout", id },
          more,
        );
      const left = Date.parse(object.due_by ?? "") - now;
      const answer = status.endsWith("needs_response") && left > 0;
      const days = Math.floor(left / DAY_MS);
      const test = overview.stripe?.mode === "test" ? "test/" : "";
      const url = `https://dashboard.stripe.com/${test}search?query=${id}`;
      const action = {
        kind: answer ? "answer_dispute_at_stripe" : "open_dispute_at_stripe",
        id,
        url,
      };
      const due = answer ? { due_at: object.due_by, days_left: days } : {};
      const severity = answer ? (days <= 3 ? "critical" : "warning") : "notice";
      return item("dispute", severity, "A payment is disputed.", action, { ...more, ...due });
    });
}

/** Those in suspense by currency, the others by kind. */
function problems({ problems, overview }: Portal): Item[] {
  if (overview.open_problems === 0) return [];
  const open = problems.filter(({ state }) => state === "open");
  const groups = new Map<string, typeof open>();
  for (const one of open) {
    const key = one.code === "unknown_type" ? `${one.code}/${one.currency}` : one.code;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((group) => {
    const [{ code, exponent } = { code: "", exponent: 2 }] = group;
    const currencies = new Set(group.map(({ currency }) => currency));
    const [currency = null] = currencies.size === 1 ? currencies : [null];
    const sum = group.reduce((sum, { amount }) => sum + BigInt(amount ?? 0), 0n);
    const amount = currency === null ? null : String(sum);
    const kind = code === "unknown_type" ? "suspense" : "problems";
    const severity = CRITICAL.includes(code) ? "critical" : "warning";
    const more = { subject: code, count: group.length, amount, currency, exponent };
    return item(
      kind,
      severity,
      `Problems (${group.length}).`,
      { kind: "review_problems", id: code },
      more,
    );
  });
}
