/**
 * The one place that talks to the portal's API. Every answer but a 2xx of the expected shape, and none in time, becomes an
 * `ApiError`; an answer that ends the session is also told to the session's owner, whichever call it happened to.
 */

import type { Shape } from "./shape";
import * as shapes from "./shapes";
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

/**
 * The gateway in front of the API gives up after 9 s: whoever waits longer waits for nothing. Opening the page must end in
 * words within 10 s, so that it waits less.
 */
const OPENING_TIMEOUT_MS = 8_000;
const READING_TIMEOUT_MS = 9_000;
const CHANGING_TIMEOUT_MS = 12_000;

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

  /** True when the API itself has answered. */
  get own(): boolean {
    return this.status !== 0 && this.code !== FOREIGN;
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
  timeoutMs?: number;
}

/** An answer that is not the API's own: of something that stands between. */
const FOREIGN = "unexpected_answer";

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
  return new ApiError(response.status, FOREIGN, title, undefined, requestId);
}

/** Makes a call and reads its answer, both within the call's time. Nothing is used for it that an older browser lacks. */
async function exchange<T>(path: string, call: Call, read: (response: Response) => Promise<T>): Promise<T> {
  const method = call.method ?? "GET";
  const headers: Record<string, string> = { accept: "application/json" };
  if (call.bearer !== undefined) headers.authorization = `Bearer ${call.bearer}`;
  if (call.body !== undefined) headers["content-type"] = "application/json";
  const stop = new AbortController();
  const left = () => stop.abort();
  call.signal?.addEventListener("abort", left);
  if (call.signal?.aborted) left();
  const working = async () => {
    const response = await fetch(API + path, {
      method,
      headers,
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal: stop.signal,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
    });
    if (!response.ok) throw await errorFrom(response);
    return read(response);
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const longest = call.timeoutMs ?? (method === "GET" ? READING_TIMEOUT_MS : CHANGING_TIMEOUT_MS);
    timer = setTimeout(() => {
      reject(new ApiError(0, "timed_out", "The app did not answer in time"));
      stop.abort();
    }, longest);
  });
  try {
    return await Promise.race([working(), late]);
  } catch (cause) {
    if (call.signal?.aborted || cause instanceof ApiError) throw cause;
    throw new ApiError(0, "unreachable", "The app could not be reached");
  } finally {
    clearTimeout(timer);
    call.signal?.removeEventListener("abort", left);
  }
}

async function send<T>(path: string, shape: Shape, call: Call): Promise<Answer<T>> {
  return exchange(path, call, async (response) => {
    const date = Date.parse(response.headers.get("date") ?? "");
    const body = response.status === 204 ? undefined : parsed(await response.text());
    if (!shape(body)) throw unreadable(response);
    return { body: body as T, serverTimeMs: Number.isNaN(date) ? undefined : date };
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A success that says nothing of what was asked. */
function unreadable(response: Response): ApiError {
  const requestId = response.headers.get("x-request-id") ?? response.headers.get("apigw-requestid");
  return new ApiError(0, "unreadable_answer", "The app’s answer could not be read", undefined, requestId);
}

/** Exchanges a launch token for a bearer. Repeated under the same id, it is the same redemption. */
export function redeem(token: string, redemptionId: string): Promise<Answer<Session>> {
  const body = { token, redemption_id: redemptionId };
  return send<Session>("/session", shapes.SESSION, { method: "POST", body, timeoutMs: OPENING_TIMEOUT_MS });
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
    return this.#told(async () => (await send<T>(path, shape, { ...call, bearer: this.#bearer })).body);
  }

  /** Tells the session's owner when an answer ends the session. */
  async #told<T>(answer: () => Promise<T>): Promise<T> {
    try {
      return await answer();
    } catch (error) {
      if (error instanceof ApiError && error.own && (error.status === 401 || error.status === 410))
        this.#onSessionEnd(error);
      throw error;
    }
  }

  overview = (signal?: AbortSignal) => this.#call<Overview>("/overview", shapes.OVERVIEW, { signal });

  settings = (signal?: AbortSignal) => this.#call<Settings>("/settings", shapes.SETTINGS, { signal });

  changeSettings = (change: SettingsChange) =>
    this.#call<SettingsChanged>("/settings", shapes.SETTINGS_CHANGED, { method: "PUT", body: change });

  /** What a change would make different; nothing is stored. */
  foreseeSettings = (change: SettingsChange) =>
    this.#call<SettingsChanged>("/settings?dry_run=true", shapes.SETTINGS_CHANGED, {
      method: "PUT",
      body: change,
    });

  permissions = (signal?: AbortSignal) =>
    this.#call<Permissions>("/permissions", shapes.PERMISSIONS, { signal });

  /** With `look` Stripe is asked too how the endpoint stands. */
  realtime = (look: boolean, signal?: AbortSignal) =>
    this.#call<Realtime>(`/stripe/webhook?look=${look}`, shapes.REALTIME, { signal });

  renewWebhook = () => this.#call<Realtime>("/stripe/webhook", shapes.REALTIME, { method: "POST" });

  setWebhookSecret = (secret: string) =>
    this.#call<Realtime>("/stripe/webhook-secret", shapes.REALTIME, { method: "POST", body: { secret } });

  /** Without a prefix the ledger's own for this account is used, or the usual one of its mode. */
  connectStripe = (key: string, prefix?: string) =>
    this.#call<Connected>("/stripe", shapes.CONNECTED, {
      method: "POST",
      body: prefix ? { key, prefix } : { key },
    });

  disconnectStripe = () => this.#call<void>("/stripe", shapes.NOTHING, { method: "DELETE" });

  startRun = (scope: RunScope) =>
    this.#call<RunStarted>("/runs", shapes.RUN_STARTED, { method: "POST", body: { scope } });

  runs = (filter: RunFilter, before: string | null, signal?: AbortSignal) => {
    const query = new URLSearchParams({ filter, limit: "20" });
    if (before !== null) query.set("before", before);
    return this.#call<RunPage>(`/runs?${query}`, shapes.RUN_PAGE, { signal });
  };

  run = (id: string, signal?: AbortSignal) =>
    this.#call<RunDetail>(`/runs/${encodeURIComponent(id)}`, shapes.RUN_DETAIL, { signal });

  stopRun = (id: string) =>
    this.#call<RunSummary>(`/runs/${encodeURIComponent(id)}/stop`, shapes.RUN, { method: "POST" });

  certificates = (before: string | null, signal?: AbortSignal) => {
    const query = new URLSearchParams({ limit: "20" });
    if (before !== null) query.set("before", before);
    return this.#call<CertificatePage>(`/certificates?${query}`, shapes.CERTIFICATE_PAGE, { signal });
  };

  certificate = (id: string, signal?: AbortSignal) =>
    this.#call<Proof>(`/certificates/${encodeURIComponent(id)}`, shapes.PROOF, { signal });

  certificateFile = (id: string, kind: "document" | "table") =>
    this.#told(async () => {
      const path = `/certificates/${encodeURIComponent(id)}/${kind}`;
      const blob = await exchange(path, { bearer: this.#bearer }, (response) => response.blob());
      return { name: `certificate-${id}.${kind === "document" ? "json" : "csv"}`, blob };
    });

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
    const query = new URLSearchParams({ limit: "50", state: which.state });
    if (which.code !== null) query.set("code", which.code);
    if (before !== null) query.set("before", before);
    return this.#call<ProblemPage>(`/problems?${query}`, shapes.PROBLEM_PAGE, { signal });
  };

  problemKinds = (signal?: AbortSignal) =>
    this.#call<ProblemKinds>("/problems/kinds", shapes.PROBLEM_KINDS, { signal });

  retryProblems = (which: { ids: string[] } | { code: string }) =>
    this.#call<ProblemsChanged>("/problems/retry", shapes.PROBLEMS_CHANGED, { method: "POST", body: which });

  dismissProblems = (ids: string[], reason: string) =>
    this.#call<ProblemsChanged>("/problems/dismiss", shapes.PROBLEMS_CHANGED, {
      method: "POST",
      body: { ids, reason },
    });

  reopenProblems = (ids: string[]) =>
    this.#call<ProblemsChanged>("/problems/reopen", shapes.PROBLEMS_CHANGED, {
      method: "POST",
      body: { ids },
    });

  objects = (signal?: AbortSignal) => this.#call<OpenObjectsList>("/objects", shapes.OBJECTS, { signal });
}
