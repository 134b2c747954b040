/** What each answer of the API must be at least. */

import { anything, figure, filled, flag, instant, list, maybe, record, type Shape, text } from "./shape";

export const SESSION = record({ bearer: filled, expires_at: instant, launch_id: filled });

const RUN_FIELDS = { id: filled, trigger: text, scope: text, state: text, requested_at: text };
export const RUN = record(RUN_FIELDS);
export const RUN_DETAIL = record({ ...RUN_FIELDS, totals: list(record({})) });

const TALLIES = record({ all: figure, completed: figure, in_progress: figure, failed: figure });
export const PROOF = record({ id: filled, verdict: text, lines: list(record({})), causes: list(record({})) });

const STRIPE = record({ account_id: text, mode: text, key_last4: text, warnings: list(record({ text })) });

export const OVERVIEW = record({
  install: record({ granted_permissions: list(text) }),
  links: record({}),
  stripe: maybe(STRIPE),
  tallies: TALLIES,
  last_run: maybe(RUN),
  last_proof: maybe(PROOF),
  open_problems: figure,
});

export const CONNECTED = record({ stripe: STRIPE, replaced: flag });
export const PERMISSIONS = record({ permissions: list(record({ scope: text, granted: flag })), note: text });
export const REALTIME = record({ status: text, url: text, events: list(text) });
export const SETTINGS = record({ revision: figure });
export const SETTINGS_CHANGED = record({ settings: SETTINGS, differences: list(anything) });
export const RUN_STARTED = record({ run: RUN });
export const RUN_PAGE = record({ runs: list(RUN), tallies: TALLIES });
export const CERTIFICATE_PAGE = record({ certificates: list(record({ id: filled })) });
export const PROBLEM_PAGE = record({ problems: list(record({ id: filled, code: text })) });
export const PROBLEM_KINDS = record({ kinds: list(record({ code: text })) });
export const PROBLEMS_CHANGED = record({ changed: figure });
export const OBJECTS = record({ objects: list(record({ id: filled })) });
export const NOTHING: Shape = anything;
