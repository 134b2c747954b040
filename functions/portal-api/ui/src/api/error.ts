/** A call that was refused or failed. */

import type { ProblemDetails } from "./types";

/** An error that is not the API's own: a proxy or a gateway sent it. */
export const UNEXPECTED_ANSWER = "unexpected_answer";

/** The codes of failures that this page finds itself; all other codes are the API's. */
export type LocalCode =
  | "timed_out"
  | "unreachable"
  | "unreadable_answer"
  | "page_failed"
  | "unexpected";

/** A refused or failed call, with what a person needs to see or to report. */
export class ApiError extends Error {
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly code: string;
  readonly detail: string | undefined;
  readonly requestId: string | undefined;
  readonly problem: ProblemDetails | undefined;

  constructor(status: number, code: string, problem?: ProblemDetails, requestId?: string | null) {
    super(problem?.title ?? code);
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

  /** True when the API itself has answered, and not a proxy in front of it. */
  get fromApi(): boolean {
    return this.status !== 0 && this.code !== UNEXPECTED_ANSWER;
  }

  /** A failure that this page finds itself. */
  static local(code: LocalCode, requestId?: string | null): ApiError {
    return new ApiError(0, code, undefined, requestId);
  }
}
