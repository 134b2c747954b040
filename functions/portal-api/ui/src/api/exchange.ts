/** One call to the portal's API and its answer. Every answer but a 2xx of the expected shape, and no answer in time, becomes an `ApiError`. */

import { ApiError, UNEXPECTED_ANSWER } from "./error";
import type { Shape } from "./shape";
import type { ProblemDetails } from "./types";

/**
 * The gateway in front of the API gives up after 9 s, so waiting longer is of no use. Opening the page must show a result
 * within 10 s, so it waits less.
 */
export const OPENING_TIMEOUT_MS = 8_000;
const READING_TIMEOUT_MS = 9_000;
const CHANGING_TIMEOUT_MS = 12_000;

const API = "/portal/api";

export interface ApiResponse<T> {
  body: T;
  /** The server's clock when it answered (ms since 1970), from the `Date` header, if the answer has one. */
  serverTimeMs: number | undefined;
}

export interface Call {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  body?: unknown;
  bearer?: string;
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
}

function isProblem(value: unknown): value is ProblemDetails {
  return typeof value === "object" && value !== null && "code" in value && "title" in value;
}

async function errorFrom(response: Response): Promise<ApiError> {
  const requestId = response.headers.get("x-request-id") ?? response.headers.get("apigw-requestid");
  const body: unknown = await response.json().catch(() => undefined);
  if (isProblem(body)) {
    return new ApiError(response.status, body.code, body, requestId);
  }
  return new ApiError(response.status, UNEXPECTED_ANSWER, undefined, requestId);
}

/** Makes a call and reads its answer, both within the call's time. Uses only what the oldest target browser has. */
export async function exchange<T>(
  path: string,
  call: Call,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const method = call.method ?? "GET";
  const headers: Record<string, string> = { accept: "application/json" };
  if (call.bearer !== undefined) headers.authorization = `Bearer ${call.bearer}`;
  if (call.body !== undefined) headers["content-type"] = "application/json";
  const stop = new AbortController();
  const abort = () => stop.abort();
  call.signal?.addEventListener("abort", abort);
  if (call.signal?.aborted) abort();
  const answer = async () => {
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
  const timeout = new Promise<never>((_, reject) => {
    const limit = call.timeoutMs ?? (method === "GET" ? READING_TIMEOUT_MS : CHANGING_TIMEOUT_MS);
    timer = setTimeout(() => {
      reject(ApiError.local("timed_out"));
      stop.abort();
    }, limit);
  });
  try {
    return await Promise.race([answer(), timeout]);
  } catch (cause) {
    if (call.signal?.aborted || cause instanceof ApiError) throw cause;
    throw ApiError.local("unreachable");
  } finally {
    clearTimeout(timer);
    call.signal?.removeEventListener("abort", abort);
  }
}

export async function send<T>(path: string, shape: Shape, call: Call): Promise<ApiResponse<T>> {
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

/** A success whose body is not what was asked for. */
function unreadable(response: Response): ApiError {
  const requestId = response.headers.get("x-request-id") ?? response.headers.get("apigw-requestid");
  return ApiError.local("unreadable_answer", requestId);
}
