/**
 * The calls to the portal's API. An answer that ends the session is also reported to the session's owner, whichever call it
 * came to.
 */

import { ApiError } from "./error";
import { type ApiResponse, type Call, exchange, OPENING_TIMEOUT_MS, send } from "./exchange";
import { type Query, withQuery } from "./path";
import type { Shape } from "./shape";
import * as shapes from "./shapes";
import type {
  AccountRuleChanged,
  AccountRulePreview,
  AccountRulePreviewRequest,
  AccountRuleRequest,
  AccountRules,
  ActivityPage,
  Attention,
  CertificatePage,
  Connected,
  Journal,
  MovementNames,
  NoticeChannel,
  NoticeDeliveries,
  NoticeDelivery,
  Notices,
  NoticesChange,
  NoticesSaved,
  OpenObjectsList,
  Overview,
  PayoutDetail,
  PayoutMembers,
  PayoutPage,
  Period,
  Permissions,
  Problem,
  ProblemKinds,
  ProblemPage,
  ProblemState,
  ProblemsChanged,
  Proof,
  Realtime,
  ReconcilingItemsOfPeriod,
  ReversingEntry,
  RunDetail,
  RunPage,
  RunScope,
  RunStarted,
  RunSummary,
  SearchAnswer,
  Series,
  Session,
  Settings,
  SettingsChange,
  SettingsChanged,
  Statements,
} from "./types";

/** Exchanges a launch token for a bearer. Repeated under the same id, it is the same redemption. */
export function redeem(token: string, redemptionId: string): Promise<ApiResponse<Session>> {
  const body = { token, redemption_id: redemptionId };
  return send<Session>("/session", shapes.SESSION, {
    method: "POST",
    body,
    timeoutMs: OPENING_TIMEOUT_MS,
  });
}

/** Exchanges a bearer for one that lives longer. */
export function renew(bearer: string): Promise<ApiResponse<Session>> {
  return send<Session>("/session/renew", shapes.SESSION, { method: "POST", bearer });
}

/** The calls a live session can make. */
export class Api {
  readonly #bearer: string;
  readonly #onSessionEnd: (error: ApiError) => void;

  constructor(bearer: string, onSessionEnd: (error: ApiError) => void) {
    this.#bearer = bearer;
    this.#onSessionEnd = onSessionEnd;
  }

  async #call<T>(path: string, shape: Shape, call: Call = {}): Promise<T> {
    return this.#reportingEnd(
      async () => (await send<T>(path, shape, { ...call, bearer: this.#bearer })).body,
    );
  }

  /** Reports to the session's owner when an answer ends the session. */
  async #reportingEnd<T>(answer: () => Promise<T>): Promise<T> {
    try {
      return await answer();
    } catch (error) {
      if (
        error instanceof ApiError &&
        error.fromApi &&
        (error.status === 401 || error.status === 410)
      )
        this.#onSessionEnd(error);
      throw error;
    }
  }

  overview = (signal?: AbortSignal) =>
    this.#call<Overview>("/overview", shapes.OVERVIEW, { signal });

  /** What needs a person's attention: the one list behind the badge, the tile and the overview. */
  attention = (signal?: AbortSignal) =>
    this.#call<Attention>("/attention", shapes.ATTENTION, { signal });

  settings = (signal?: AbortSignal) =>
    this.#call<Settings>("/settings", shapes.SETTINGS, { signal });

  changeSettings = (change: SettingsChange) =>
    this.#call<SettingsChanged>("/settings", shapes.SETTINGS_CHANGED, {
      method: "PUT",
      body: change,
    });

  /** What a change would alter; nothing is stored. */
  previewSettings = (change: SettingsChange) =>
    this.#call<SettingsChanged>("/settings?dry_run=true", shapes.SETTINGS_CHANGED, {
      method: "PUT",
      body: change,
    });

  notices = (signal?: AbortSignal) => this.#call<Notices>("/notices", shapes.NOTICES, { signal });

  changeNotices = (change: NoticesChange) =>
    this.#call<NoticesSaved>("/notices", shapes.NOTICES_SAVED, { method: "PUT", body: change });

  replaceNoticeSecret = (revision: number) =>
    this.#call<NoticesSaved>("/notices/secret", shapes.NOTICES_SAVED, {
      method: "POST",
      body: { revision },
    });

  testNotice = (channel: NoticeChannel) =>
    this.#call<NoticeDelivery>("/notices/test", shapes.NOTICE_DELIVERY, {
      method: "POST",
      body: { channel },
    });

  noticeDeliveries = (before: string | null, signal?: AbortSignal) =>
    this.#call<NoticeDeliveries>(
      withQuery("/notices/deliveries", { before }),
      shapes.NOTICE_DELIVERIES,
      {
        signal,
      },
    );

  accountRules = (signal?: AbortSignal) =>
    this.#call<AccountRules>("/account-rules", shapes.ACCOUNT_RULES, { signal });

  /** What a rule would do; nothing is stored. */
  previewAccountRule = (rule: AccountRulePreviewRequest) =>
    this.#call<AccountRulePreview>("/account-rules/preview", shapes.ACCOUNT_RULE_PREVIEW, {
      method: "POST",
      body: rule,
    });

  addAccountRule = (rule: AccountRuleRequest) =>
    this.#call<AccountRuleChanged>("/account-rules", shapes.ACCOUNT_RULE_CHANGED, {
      method: "POST",
      body: rule,
    });

  endAccountRule = (id: string, revision: number) =>
    this.#call<AccountRuleChanged>(
      `/account-rules/${encodeURIComponent(id)}/end`,
      shapes.ACCOUNT_RULE_CHANGED,
      { method: "POST", body: { revision } },
    );

  permissions = (signal?: AbortSignal) =>
    this.#call<Permissions>("/permissions", shapes.PERMISSIONS, { signal });

  /** With `look` Stripe is also asked for the endpoint's state. */
  realtime = (look: boolean, signal?: AbortSignal) =>
    this.#call<Realtime>(`/stripe/webhook?look=${look}`, shapes.REALTIME, { signal });

  renewWebhook = () => this.#call<Realtime>("/stripe/webhook", shapes.REALTIME, { method: "POST" });

  setWebhookSecret = (secret: string) =>
    this.#call<Realtime>("/stripe/webhook-secret", shapes.REALTIME, {
      method: "POST",
      body: { secret },
    });

  /** Without a prefix, the one the ledger has for this account is used, or the default of its mode. */
  connectStripe = (key: string, prefix?: string) =>
    this.#call<Connected>("/stripe", shapes.CONNECTED, {
      method: "POST",
      body: prefix ? { key, prefix } : { key },
    });

  disconnectStripe = () => this.#call<void>("/stripe", shapes.NOTHING, { method: "DELETE" });

  startRun = (scope: RunScope) =>
    this.#call<RunStarted>("/runs", shapes.RUN_STARTED, { method: "POST", body: { scope } });

  runs = (which: Query, before: string | null, signal?: AbortSignal) =>
    this.#call<RunPage>(withQuery("/runs", { ...which, limit: "20", before }), shapes.RUN_PAGE, {
      signal,
    });

  run = (id: string, signal?: AbortSignal) =>
    this.#call<RunDetail>(`/runs/${encodeURIComponent(id)}`, shapes.RUN_DETAIL, { signal });

  stopRun = (id: string) =>
    this.#call<RunSummary>(`/runs/${encodeURIComponent(id)}/stop`, shapes.RUN, { method: "POST" });

  certificates = (before: string | null, signal?: AbortSignal) => {
    const path = withQuery("/certificates", { limit: "20", before });
    return this.#call<CertificatePage>(path, shapes.CERTIFICATE_PAGE, { signal });
  };

  certificate = (id: string, signal?: AbortSignal) =>
    this.#call<Proof>(`/certificates/${encodeURIComponent(id)}`, shapes.PROOF, { signal });

  /** A file as the API sends it; `next` is where the following one begins, when one does not hold everything. */
  file = (path: string) =>
    this.#reportingEnd(() =>
      exchange(path, { bearer: this.#bearer }, async (response) => ({
        blob: await response.blob(),
        next: response.headers.get("next-cursor"),
      })),
    );

  startPreview = () => this.#call<RunStarted>("/preview", shapes.RUN_STARTED, { method: "POST" });

  approveRun = (id: string, code: string) =>
    this.#call<RunSummary>(`/runs/${encodeURIComponent(id)}/approve`, shapes.RUN, {
      method: "POST",
      body: { code },
    });

  problems = (
    which: { state: ProblemState; code: string | null },
    before: string | null,
    signal?: AbortSignal,
  ) => {
    const path = withQuery("/problems", { limit: "50", ...which, before });
    return this.#call<ProblemPage>(path, shapes.PROBLEM_PAGE, { signal });
  };

  problem = (id: string, signal?: AbortSignal) =>
    this.#call<Problem>(`/problems/${encodeURIComponent(id)}`, shapes.PROBLEM, { signal });

  /** What undoes an entry that somebody else posted; nothing is posted. */
  reversingEntry = (id: string) =>
    this.#call<ReversingEntry>(
      `/problems/${encodeURIComponent(id)}/reversing-entry`,
      shapes.REVERSING_ENTRY,
    );

  problemKinds = (signal?: AbortSignal) =>
    this.#call<ProblemKinds>("/problems/kinds", shapes.PROBLEM_KINDS, { signal });

  retryProblems = (which: { ids: string[] } | { code: string }) =>
    this.#call<ProblemsChanged>("/problems/retry", shapes.PROBLEMS_CHANGED, {
      method: "POST",
      body: which,
    });

  dismissProblems = (ids: string[], reason: string) =>
    this.#call<ProblemsChanged>("/problems/dismiss", shapes.PROBLEMS_CHANGED, {
      method: "POST",
      body: { ids, reason },
    });

  /** All open ones about movements in suspense with these names, in bounded steps: `more` says whether some are left. */
  dismissUnrecognised = (unrecognised: MovementNames, reason: string) =>
    this.#call<ProblemsChanged>("/problems/dismiss", shapes.PROBLEMS_CHANGED, {
      method: "POST",
      body: { unrecognised, reason },
    });

  reopenProblems = (ids: string[]) =>
    this.#call<ProblemsChanged>("/problems/reopen", shapes.PROBLEMS_CHANGED, {
      method: "POST",
      body: { ids },
    });

  objects = (signal?: AbortSignal) =>
    this.#call<OpenObjectsList>("/objects", shapes.OBJECTS, { signal });

  statements = (period: Period, signal?: AbortSignal) =>
    this.#call<Statements>(withQuery("/statements", { ...period }), shapes.STATEMENTS, { signal });

  reconcilingItems = (period: Period, signal?: AbortSignal) =>
    this.#call<ReconcilingItemsOfPeriod>(
      withQuery("/reconciling-items", { ...period }),
      shapes.RECONCILING_ITEMS,
      { signal },
    );

  journal = (period: Period, by: "period" | "day", signal?: AbortSignal) =>
    this.#call<Journal>(withQuery("/journal", { ...period, by }), shapes.JOURNAL, { signal });

  series = (period: Period, signal?: AbortSignal) =>
    this.#call<Series>(withQuery("/series", { ...period }), shapes.SERIES, { signal });

  payouts = (query: Query, signal?: AbortSignal) =>
    this.#call<PayoutPage>(withQuery("/payouts", query), shapes.PAYOUT_PAGE, { signal });

  payout = (id: string, signal?: AbortSignal) =>
    this.#call<PayoutDetail>(`/payouts/${encodeURIComponent(id)}`, shapes.PAYOUT_DETAIL, {
      signal,
    });

  payoutMembers = (id: string, query: Query, signal?: AbortSignal) =>
    this.#call<PayoutMembers>(
      withQuery(`/payouts/${encodeURIComponent(id)}/members`, query),
      shapes.PAYOUT_MEMBERS,
      { signal },
    );

  /** Nothing of what is searched for stands in an address: it may be personal. */
  search = (query: string, signal?: AbortSignal) =>
    this.#call<SearchAnswer>("/search", shapes.FOUND, { method: "POST", body: { query }, signal });

  activity = (query: Query, signal?: AbortSignal) =>
    this.#call<ActivityPage>(withQuery("/activity", query), shapes.ACTIVITY, { signal });
}
