import { describe, expect, it } from "vitest";
import type { Attention, AttentionItem, Overview } from "../api/types";
import { standingOf } from "./standing";

const STRIPE = { paused: null, current_run: null, warnings: [], confirmed: true };
const PROOF = { verdict: "match", read_only: false };

function overview(over: object = {}, stripe: object | null = {}): Overview {
  return {
    install: { granted_permissions: ["data:read", "data:write"] },
    stripe: stripe && { ...STRIPE, ...stripe },
    last_run: { state: "completed" },
    last_proof: PROOF,
    open_run: null,
    open_problems: 0,
    fresh: true,
    ...over,
  } as unknown as Overview;
}

function attention(...items: Partial<AttentionItem>[]): Attention {
  return { items, more: false } as unknown as Attention;
}

const NONE = { attention: attention(), unread: false, unreachable: false };
const FAILED: Partial<AttentionItem> = {
  kind: "failed_payout",
  severity: "critical",
  subject: "po_1",
};
const NOTICE: Partial<AttentionItem> = { kind: "dispute", severity: "notice", subject: "du_1" };

describe("what is green", () => {
  it("is a fresh match with nothing to act on, and nothing else", () => {
    expect(standingOf(overview(), NONE)).toMatchObject({
      base: "matches",
      tone: "ok",
      count: 0,
      known: true,
    });
  });

  it.each<[string, Overview, object]>([
    ["a failed payout", overview(), { attention: attention(FAILED) }],
    ["what is only good to know", overview(), { attention: attention(NOTICE) }],
    ["what is not read yet", overview(), { attention: undefined }],
    ["what could not be read", overview(), { attention: undefined, unread: true }],
    ["what could not be read again", overview(), { unread: true }],
    ["an app that cannot be reached", overview(), { unreachable: true }],
    ["an old match", overview({ fresh: false }), {}],
    ["a pause", overview({}, { paused: { code: "stripe_key_refused", reason: "." } }), {}],
    [
      "a pause that ends by itself",
      overview({}, { paused: { code: "x", reason: ".", cause_gone: true } }),
      {},
    ],
    ["a difference", overview({ last_proof: { ...PROOF, verdict: "mismatch" } }), {}],
    ["a sync under way", overview({}, { current_run: "r" }), {}],
    ["no permission", overview({ install: { granted_permissions: [] } }), {}],
    [
      "events that do not come",
      overview(),
      { attention: attention({ kind: "realtime_off", severity: "warning" }) },
    ],
  ])("is not %s", (_, facts, besides) => {
    expect(standingOf(facts, { ...NONE, ...besides }).tone).not.toBe("ok");
  });
});

describe("the state", () => {
  it("names what matters most", () => {
    const base = (facts: Overview) => standingOf(facts, NONE).base;
    const mismatch = { last_proof: { ...PROOF, verdict: "mismatch" } };
    expect(base(overview(mismatch, { paused: { code: "fuse_size" } }))).toBe("approval");
    expect(base(overview(mismatch, { paused: { code: "blnk_key_refused" } }))).toBe("paused");
    expect(base(overview(mismatch, { current_run: "r" }))).toBe("differs");
    expect(base(overview({ open_run: { waiting: {} } }, { current_run: "r" }))).toBe("waiting");
    expect(base(overview({ open_run: { scope: "preview" } }, { current_run: "r" }))).toBe(
      "previewing",
    );
    expect(base(overview({ last_proof: null, last_run: null }))).toBe("not_started");
    expect(base(overview({ last_proof: null }))).toBe("unchecked");
    expect(base(overview({}, null))).toBe("not_connected");
    expect(base(overview({ last_proof: { verdict: "inconclusive", read_only: true } }))).toBe(
      "read_only",
    );
  });

  it("is red while a pause lasts, amber once it ends by itself", () => {
    const paused = (cause_gone: boolean) =>
      overview({}, { paused: { code: "blnk_key_refused", reason: ".", cause_gone } });
    expect(standingOf(paused(false), NONE).tone).toBe("bad");
    expect(standingOf(paused(true), NONE).tone).toBe("warn");
  });
});

it("what needs attention is the API's list, each matter counted once, in its order", () => {
  const suspense = {
    kind: "suspense",
    severity: "warning",
    subject: "unknown_type",
    count: 4,
  } as const;
  const listed = attention(
    FAILED,
    { ...suspense, currency: "USD" },
    { ...suspense, currency: "EUR" },
    NOTICE,
  );
  const { items, count } = standingOf(overview({ open_problems: 8 }), {
    ...NONE,
    attention: listed,
  });
  expect(items.map(({ kind, tone }) => [kind, tone])).toEqual([
    ["failed_payout", "bad"],
    ["suspense", "warn"],
    ["suspense", "warn"],
    ["dispute", "info"],
  ]);
  expect(count).toBe(4);
  expect(new Set(items.map(({ key }) => key)).size).toBe(4);
});

it("nothing needs attention where no account is connected", () => {
  expect(standingOf(overview({}, null), { ...NONE, attention: attention(FAILED) }).items).toEqual(
    [],
  );
});
