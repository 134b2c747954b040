/** Which problems are shown, as the place's address names them. */

import type { ProblemState } from "../../api/types";
import type { Route } from "../../lib/router";

export const STATES: ProblemState[] = ["open", "dismissed", "resolved"];

export interface Filter {
  state: ProblemState;
  /** Only problems of this kind. */
  code: string | null;
}

export function filterOf({ params }: Route): Filter {
  const state = STATES.find((state) => state === params.get("state")) ?? "open";
  return { state, code: params.get("kind") };
}

export function paramsOf({ state, code }: Filter): Record<string, string> {
  return { ...(state === "open" ? {} : { state }), ...(code === null ? {} : { kind: code }) };
}
