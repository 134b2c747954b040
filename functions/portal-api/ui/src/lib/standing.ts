/**
 * How things stand, judged in one place: the state sentence, the badge and "Needs attention" all come from here, so that they
 * never say different things. What needs attention is the API's one list. Nothing is greener than the facts: what is not
 * known yet, or could not be read, is not green.
 */

import type { Attention, AttentionItem, Overview } from "../api/types";
import { missingForSync } from "./permissions";
import { isOver, needsApproval } from "./run";

export type Base =
  | "not_allowed"
  | "not_connected"
  | "approval"
  | "paused"
  | "differs"
  | "stripe_differs"
  | "waiting"
  | "syncing"
  | "previewing"
  | "not_started"
  | "unchecked"
  | "moving"
  | "read_only"
  | "out_of_date"
  | "matches";

export type Tone = "ok" | "warn" | "bad" | "info" | "quiet";

/** Something a person should act on. */
export type Matter = AttentionItem & {
  key: string;
  tone: "bad" | "warn" | "info";
};

/** What is known besides the overview. */
export interface Besides {
  /** Absent while it is not read yet. */
  attention: Attention | undefined;
  /** The list could not be read: what is known of it may be old. */
  unread: boolean;
  /** The overview could not be read again: what is shown may be old. */
  unreachable: boolean;
}

export interface Standing {
  base: Base;
  tone: Tone;
  items: Matter[];
  /** How many things need attention, in all. */
  count: number;
  /** False when what needs attention could not be read. */
  known: boolean;
}

export function standingOf(overview: Overview, besides: Besides): Standing {
  const base = baseOf(overview);
  const items = mattersOf(overview, besides.attention);
  const tone = toneOf(base, overview, items, besides);
  return { base, tone, items, count: items.length, known: !besides.unread };
}

function baseOf(overview: Overview): Base {
  const { stripe, last_proof: proof } = overview;
  if (missingForSync(overview.install.granted_permissions).length > 0) return "not_allowed";
  if (stripe === null) return "not_connected";
  if (stripe.paused) return needsApproval(stripe.paused.code) ? "approval" : "paused";
  if (proof?.verdict === "mismatch") return proof.read_only ? "stripe_differs" : "differs";
  if (stripe.current_run !== null) return ofOpenRun(overview.open_run);
  return ofProof(overview);
}

function ofOpenRun(open: Overview["open_run"]): Base {
  if (open?.waiting) return "waiting";
  return open?.scope === "preview" ? "previewing" : "syncing";
}

function ofProof({ last_proof: proof, last_run: run, fresh }: Overview): Base {
  if (proof === null) return run === null ? "not_started" : "unchecked";
  if (proof.verdict === "inconclusive") return proof.read_only ? "read_only" : "moving";
  return fresh === false ? "out_of_date" : "matches";
}

const TONES: Record<Base, Tone> = {
  not_allowed: "warn",
  not_connected: "info",
  approval: "warn",
  paused: "bad",
  differs: "bad",
  stripe_differs: "bad",
  waiting: "warn",
  syncing: "info",
  previewing: "info",
  not_started: "info",
  unchecked: "warn",
  moving: "warn",
  read_only: "info",
  out_of_date: "warn",
  matches: "ok",
};

function toneOf(base: Base, overview: Overview, items: Matter[], besides: Besides): Tone {
  const tone = base === "paused" && isOver(overview.stripe?.paused) ? "warn" : TONES[base];
  if (tone === "bad" || tone === "warn") return tone;
  if (items.length > 0 || besides.unreachable || besides.unread) return "warn";
  // Whether a payout failed is not known yet.
  return tone === "ok" && besides.attention === undefined ? "quiet" : tone;
}

const SEVERITIES: Record<AttentionItem["severity"], Matter["tone"]> = {
  critical: "bad",
  warning: "warn",
  notice: "info",
};

function mattersOf({ stripe }: Overview, attention: Attention | undefined): Matter[] {
  if (stripe === null) return [];
  return (attention?.items ?? []).map((item) => ({
    ...item,
    key: [item.kind, item.subject, item.currency].join("/"),
    tone: SEVERITIES[item.severity],
  }));
}
