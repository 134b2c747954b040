/** What each answer of the API must be at least. */

import {
  anything,
  figure,
  filled,
  flag,
  instant,
  list,
  maybe,
  record,
  type Shape,
  text,
} from "./shape";

export const SESSION = record({
  bearer: filled,
  expires_at: instant,
  launch_id: filled,
  renewable_until: maybe(instant),
});

const RUN_FIELDS = { id: filled, trigger: text, scope: text, state: text, requested_at: text };
export const RUN = record(RUN_FIELDS);
export const RUN_DETAIL = record({ ...RUN_FIELDS, totals: list(record({})) });

const TALLIES = record({
  all: figure,
  completed: figure,
  in_progress: figure,
  needs_attention: figure,
  failed: figure,
});
export const PROOF = record({
  id: filled,
  verdict: text,
  lines: list(record({})),
  causes: list(record({})),
});

const STRIPE = record({
  account_id: text,
  mode: text,
  key_last4: text,
  warnings: list(record({ text })),
});

export const OVERVIEW = record({
  install: record({ granted_permissions: list(text) }),
  links: record({}),
  stripe: maybe(STRIPE),
  tallies: TALLIES,
  last_run: maybe(RUN),
  last_proof: maybe(PROOF),
  open_problems: figure,
  next_sync_at: maybe(instant),
});

const MATTER = record({
  kind: text,
  severity: text,
  count: figure,
  text,
  action: record({ kind: text }),
});
export const ATTENTION = record({ items: list(MATTER), more: flag });
export const CONNECTED = record({ stripe: STRIPE, replaced: flag });
export const PERMISSIONS = record({
  permissions: list(record({ scope: text, granted: flag })),
  note: text,
});
export const REALTIME = record({ status: text, url: text, events: list(text) });
export const SETTINGS = record({ revision: figure });
export const SETTINGS_CHANGED = record({ settings: SETTINGS, differences: list(anything) });
export const NOTICES = record({
  revision: figure,
  email: record({ available: flag, kinds: list(text) }),
});
export const NOTICES_SAVED = record({ notices: NOTICES });
export const NOTICE_DELIVERY = record({ id: filled, type: text, channel: text, state: text });
export const NOTICE_DELIVERIES = record({ deliveries: list(NOTICE_DELIVERY) });
const RULE = record({ id: filled, account: filled, state: text, starts_at: instant });
const UNRECOGNISED = record({
  reporting_category: text,
  type: text,
  amounts: list(record({ amount: text })),
});
export const ACCOUNT_RULES = record({
  revision: figure,
  rules: list(RULE),
  unrecognised: list(UNRECOGNISED),
});
export const ACCOUNT_RULE_PREVIEW = record({
  starts_at: instant,
  refusals: list(record({ code: text })),
});
export const ACCOUNT_RULE_CHANGED = record({ rule: RULE, revision: figure });
export const RUN_STARTED = record({ run: RUN });
export const RUN_PAGE = record({ runs: list(RUN), tallies: TALLIES });
export const CERTIFICATE_PAGE = record({ certificates: list(record({ id: filled })) });
export const PROBLEM = record({ id: filled, code: text, state: text });
export const PROBLEM_PAGE = record({ problems: list(record({ id: filled, code: text })) });
export const REVERSING_ENTRY = record({
  source: text,
  destination: text,
  amount: text,
  body: filled,
});
export const PROBLEM_KINDS = record({ kinds: list(record({ code: text })) });
export const PROBLEMS_CHANGED = record({ changed: figure });
export const OBJECTS = record({ objects: list(record({ id: filled })) });
const STANDING = { from: text, to: text, state: text };
const ROW = { category: text, count: figure, gross: text, fee: text, net: text };
const STATEMENT = record({ currency: text, activity: list(record(ROW)), payouts: record(ROW) });
export const STATEMENTS = record({ ...STANDING, statements: list(STATEMENT) });
const ITEM = record({ count: figure, amount: text });
const RECONCILING = {
  currency: text,
  payouts_in_transit_at_start: ITEM,
  payouts_in_transit_at_end: ITEM,
  unsettled_disputes: ITEM,
};
export const RECONCILING_ITEMS = record({ currencies: list(record(RECONCILING)), more: flag });
export const JOURNAL = record({
  ...STANDING,
  lines: list(record({ date: text, debit: text, credit: text })),
});
const POINTS = record({ currency: text, points: list(record({ at: text, net: text })) });
export const SERIES = record({
  ...STANDING,
  currencies: list(POINTS),
  days: list(record({ date: text })),
});
const PAYOUT = { id: filled, status: text, reconciliation: text };
export const PAYOUT_PAGE = record({ payouts: list(record(PAYOUT)) });
export const PAYOUT_DETAIL = record({
  ...PAYOUT,
  changes: list(record({ status: text, at: text })),
});
const MEMBER = record({ id: filled, net: text, entry: record({ state: text }) });
export const PAYOUT_MEMBERS = record({ members: list(MEMBER) });
const ENTRY = record({ reference: text, amount: text });
const MOVEMENT = record({
  id: filled,
  net: text,
  entries: list(ENTRY),
  problems: list(record({ id: filled })),
});
export const FOUND = record({ outcome: text, movements: list(MOVEMENT), entries: list(ENTRY) });
export const ACTIVITY = record({
  entries: list(record({ id: filled, at: text, kind: text })),
  kept_days: figure,
});
export const NOTHING: Shape = anything;
