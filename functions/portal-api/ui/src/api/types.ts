/** The shapes of the portal's JSON API. Amounts are strings of minor units; times are RFC 3339 in UTC. */

export type Scope = "data:read" | "data:write" | "alerts:read" | "alerts:write";
export type RunScope = "new" | "everything";
export type RunState =
  | "queued"
  | "running"
  | "completed"
  | "completed_with_problems"
  | "failed"
  | "cancelled"
  | "paused";
export type Verdict = "match" | "mismatch" | "inconclusive";
export type RunFilter = "all" | "completed" | "in_progress" | "failed";

export interface Session {
  bearer: string;
  expires_at: string;
  launch_id: string;
}

export interface Warning {
  code: string;
  text: string;
}

export interface StripeConnection {
  account_id: string;
  display_name: string | null;
  mode: "test" | "live";
  key_kind: "restricted" | "secret";
  key_last4: string;
  key_prefix: string;
  connected_at: string;
  mirror: string;
  paused: { code: string; reason: string } | null;
  warnings: Warning[];
  current_run: string | null;
}

export interface Tallies {
  all: number;
  completed: number;
  in_progress: number;
  failed: number;
}

export interface RunSummary {
  id: string;
  trigger: string;
  scope: RunScope;
  state: RunState;
  phase: "movements" | "proof" | "done";
  requested_at: string;
  started_at: string | null;
  finished_at: string | null;
  records: number;
  entries_posted: number;
  entries_already_there: number;
  problems: number;
  verdict: Verdict | null;
  error: { code: string; text: string } | null;
  stop_requested: boolean;
}

export interface RunTotal {
  balance: string;
  currency: string;
  exponent: number;
  records: number;
  gross: string;
  fees: string;
  net: string;
  pay_ins: string;
  payouts: string;
}

export interface RunDetail extends RunSummary {
  pages: number;
  customers_created: number;
  stripe_calls: number;
  ledger_calls: number;
  oldest_reached: string | null;
  totals: RunTotal[];
  proof: Proof | null;
}

export interface ProofLine {
  balance: string;
  mirror: string;
  currency: string;
  exponent: number;
  stripe: string | null;
  ledger: string;
  expected: string;
  d1: string | null;
  d2: string;
  verdict: Verdict | "not_compared";
  note: string | null;
  records: number;
}

export interface Proof {
  id: string;
  at: string;
  verdict: Verdict;
  lines: ProofLine[];
}

export interface Overview {
  install: {
    installed_app_id: string;
    instance_id: string;
    organization_id?: string | null;
    granted_permissions: string[];
    installed_at: string;
  };
  session: { expires_at: string };
  links: { dashboard_url: string | null };
  stripe: StripeConnection | null;
  tallies: Tallies;
  last_run: RunSummary | null;
  last_proof: Proof | null;
  open_problems: number;
}

export interface Permission {
  scope: string;
  granted: boolean;
  allows: string;
  without_it: string;
}

export interface Permissions {
  permissions: Permission[];
  note: string;
}

export interface RunPage {
  runs: RunSummary[];
  next: string | null;
  tallies: Tallies;
}

export interface Problem {
  id: string;
  stripe_id: string;
  code: string;
  cause: string;
  amount: string | null;
  currency: string | null;
  exponent: number;
  state: string;
  attempts: number;
  first_seen: string;
  last_seen: string;
  run_id: string;
}

export interface ProblemPage {
  problems: Problem[];
  next: string | null;
}

/** An error answer: RFC 9457 problem details, with what some refusals add. */
export interface ProblemDetails {
  type?: string;
  title: string;
  status: number;
  detail?: string | null;
  code: string;
  request_id?: string | null;
  field?: string | null;
  missing?: { right: string; resource: string }[] | null;
  accounts?: { indicator: string; currency: string; entries: number }[] | null;
}
