/**
 * The one place that talks to the portal's API. Every answer but a 2xx becomes an `ApiError`; an answer that ends the
 * session is also told to the session's owner, whichever call it happened to.
 */

import type {
  CertificatePage,
  Connected,
  OpenObjectsList,
  Overview,
  Permissions,
  ProblemDetails,
  ProblemKinds,
  ProblemPage,
  ProblemState,
  ProblemsChanged,
  Proof,
  Realtime,
  RunDetail,
  RunFilter,
  RunPage,
  RunScope,
  RunStarted,
  RunSummary,
  Session,
  Settings,
  SettingsChange,
  SettingsChanged,
} from "./types";

/** Longer than any answer of the API (its own deadline is 8 s; connecting a key asks Stripe several times). */
const TIMEOUT_MS = 28_000;

const API = "/portal/api";

/** A refused or failed call, with what a person needs to see or to report. */
export class ApiError extends Error {
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly code: string;
  readonly detail: string | undefined;
  readonly requestId: string | undefined;
  readonly problem: ProblemDetails | undefined;

  constructor(
    status: number,
    code: string,
    title: string,
    problem?: ProblemDetails,
    requestId?: string | null,
  ) {
    super(title);
    this.status = status;
    this.code = code;
    this.detail = problem?.detail ?? undefined;
    this.requestId = problem?.request_id ?? requestId ?? undefined;
    this.problem = problem;
  }

  /** True when the same call may well succeed in a moment. */
  get transient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export interface Answer<T> {
  body: T;
  /** The server's clock when it answered (ms since 1970), from the `Date` header, if the answer has one. */
  serverTimeMs: number | undefined;
}

interface Call {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  body?: unknown;
  bearer?: string;
  signal?: AbortSignal | undefined;
}

function isProblem(value: unknown): value is ProblemDetails {
  return typeof value === "object" && value !== null && "code" in value && "title" in value;
}

async function errorFrom(response: Response): Promise<ApiError> {
  const requestId = response.headers.get("x-request-id") ?? response.headers.get("apigw-requestid");
  const body: unknown = await response.json().catch(() => undefined);
  if (isProblem(body)) {
    return new ApiError(response.status, body.code, body.title, body, requestId);
  }
  const title =
    response.status === 429 ? "Too many requests just now" : `The service answered ${response.status}`;
  return new ApiError(response.status, "unexpected_answer", title, undefined, requestId);
}

async function request(path: string, call: Call): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (call.bearer !== undefined) headers.authorization = `Bearer ${call.bearer}`;
  if (call.body !== undefined) headers["content-type"] = "application/json";
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  let response: Response;
  try {
    response = await fetch(API + path, {
      method: call.method ?? "GET",
      headers,
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal: call.signal ? AbortSignal.any([call.signal, timeout]) : timeout,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
    });
  } catch (cause) {
    if (call.signal?.aborted) throw cause;
    throw new ApiError(0, "unreachable", "The app could not be reached");
  }
  if (!response.ok) throw await errorFrom(response);
  return response;
}

async function send<T>(path: string, call: Call): Promise<Answer<T>> {
  const response = await request(path, call);
  const date = Date.parse(response.headers.get("date") ?? "");
  const body = response.status === 204 ? undefined : await response.json();
  return { body: body as T, serverTimeMs: Number.isNaN(date) ? undefined : date };
}

/** Exchanges a launch token for a bearer. */
export function redeem(token: string): Promise<Answer<Session>> {
  return send<Session>("/session", { method: "POST", body: { token } });
}

/** The calls a live session can make. */
export class Api {
  readonly #bearer: string;
  readonly #onSessionEnd: (error: ApiError) => void;

  constructor(bearer: string, onSessionEnd: (error: ApiError) => void) {
    this.#bearer = bearer;
    this.#onSessionEnd = onSessionEnd;
  }

  async #call<T>(path: string, call: Call = {}): Promise<T> {
    return this.#told(async () => (await send<T>(path, { ...call, bearer: this.#bearer })).body);
  }

  /** Tells the session's owner when an answer ends the session. */
  async #told<T>(answer: () => Promise<T>): Promise<T> {
    try {
      return await answer();
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 410))
        this.#onSessionEnd(error);
      throw error;
    }
  }

  overview = (signal?: AbortSignal) => this.#call<Overview>("/overview", { signal });

  settings = (signal?: AbortSignal) => this.#call<Settings>("/settings", { signal });

  changeSettings = (change: SettingsChange) =>
    this.#call<SettingsChanged>("/settings", { method: "PUT", body: change });

  /** What a change would make different; nothing is stored. */
  foreseeSettings = (change: SettingsChange) =>
    this.#call<SettingsChanged>("/settings?dry_run=true", { method: "PUT", body: change });

  permissions = (signal?: AbortSignal) => this.#call<Permissions>("/permissions", { signal });

  realtime = (signal?: AbortSignal) => this.#call<Realtime>("/stripe/webhook", { signal });

  renewWebhook = () => this.#call<Realtime>("/stripe/webhook", { method: "POST" });

  setWebhookSecret = (secret: string) =>
    this.#call<Realtime>("/stripe/webhook-secret", { method: "POST", body: { secret } });

  /** Without a prefix the ledger's own for this account is used, or the usual one of its mode. */
  connectStripe = (key: string, prefix?: string) =>
    this.#call<Connected>("/stripe", { method: "POST", body: prefix ? { key, prefix } : { key } });

  disconnectStripe = () => this.#call<void>("/stripe", { method: "DELETE" });

  startRun = (scope: RunScope) => this.#call<RunStarted>("/runs", { method: "POST", body: { scope } });

  runs = (filter: RunFilter, before: string | null, signal?: AbortSignal) => {
    const query = new URLSearchParams({ filter, limit: "20" });
    if (before !== null) query.set("before", before);
    return this.#call<RunPage>(`/runs?${query}`, { signal });
  };

  run = (id: string, signal?: AbortSignal) =>
    this.#call<RunDetail>(`/runs/${encodeURIComponent(id)}`, { signal });

  stopRun = (id: string) =>
    this.#call<RunSummary>(`/runs/${encodeURIComponent(id)}/stop`, { method: "POST" });

  certificates = (before: string | null, signal?: AbortSignal) => {
    const query = new URLSearchParams({ limit: "20" });
    if (before !== null) query.set("before", before);
    return this.#call<CertificatePage>(`/certificates?${query}`, { signal });
  };

  certificate = (id: string, signal?: AbortSignal) =>
    this.#call<Proof>(`/certificates/${encodeURIComponent(id)}`, { signal });

  certificateFile = (id: string, kind: "document" | "table") =>
    this.#told(async () => {
      const response = await request(`/certificates/${encodeURIComponent(id)}/${kind}`, {
        bearer: this.#bearer,
      });
      const name = `certificate-${id}.${kind === "document" ? "json" : "csv"}`;
      return { name, blob: await response.blob() };
    });

  startPreview = () => this.#call<RunStarted>("/preview", { method: "POST" });

  approveRun = (id: string, code: string) =>
    this.#call<RunSummary>(`/runs/${encodeURIComponent(id)}/approve`, { method: "POST", body: { code } });

  problems = (
    which: { state: ProblemState; code: string | null },
    before: string | null,
    signal?: AbortSignal,
  ) => {
    const query = new URLSearchParams({ limit: "50", state: which.state });
    if (which.code !== null) query.set("code", which.code);
    if (before !== null) query.set("before", before);
    return this.#call<ProblemPage>(`/problems?${query}`, { signal });
  };

  problemKinds = (signal?: AbortSignal) => this.#call<ProblemKinds>("/problems/kinds", { signal });

  retryProblems = (which: { ids: string[] } | { code: string }) =>
    this.#call<ProblemsChanged>("/problems/retry", { method: "POST", body: which });

  dismissProblems = (ids: string[], reason: string) =>
    this.#call<ProblemsChanged>("/problems/dismiss", { method: "POST", body: { ids, reason } });

  reopenProblems = (ids: string[]) =>
    this.#call<ProblemsChanged>("/problems/reopen", { method: "POST", body: { ids } });

  objects = (signal?: AbortSignal) => this.#call<OpenObjectsList>("/objects", { signal });
}
