/** A state of a screen, and how the mock gets there. */

import type { Page } from "@playwright/test";
import * as data from "../../../mock/data.ts";
import type { MockPortal } from "../../../mock/portal.ts";

export interface State {
  name: string;
  path: string;
  /** A text that only this state shows. */
  shows: string | RegExp;
  arrange?: (portal: MockPortal) => void;
  act?: (page: Page) => Promise<void>;
}

export function stripeOf(portal: MockPortal) {
  if (!portal.overview.stripe) throw new Error("the mock has a connection");
  return portal.overview.stripe;
}

/** A sync that waits for an approval. */
export function waitsFor(portal: MockPortal, approval: keyof typeof data.APPROVALS): void {
  const run = data.paused(data.APPROVALS[approval]);
  const { code, text: reason } = run.error;
  const paused = data.pause(code, reason);
  Object.assign(stripeOf(portal), { current_run: data.RUN_ID, paused });
  portal.detail = data.detail(run);
  portal.overview.open_run = portal.detail;
}
