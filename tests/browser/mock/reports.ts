/** What the mock answers about statements, payouts, searches, notices and the activity. */

import * as data from "./data.ts";

interface NoticesChange {
  webhook: { url: string; kinds: string[] } | null;
  email_kinds: string[];
}

export class Reports {
  statements = structuredClone(data.STATEMENTS);
  journal = structuredClone(data.JOURNAL);
  payouts = structuredClone(data.PAYOUTS);
  payout = structuredClone(data.PAYOUT_DETAIL);
  found = structuredClone(data.FOUND);
  activity = structuredClone(data.ACTIVITY);
  notices = structuredClone(data.NOTICES);
  deliveries = structuredClone(data.DELIVERIES);
  /** How many days ago days differ. */
  differing = [9];
  /** As the API has them; fewer where only the form of a row matters. */
  membersPerPage = 100;
  /** What was searched for. */
  readonly searches: unknown[] = [];

  /** Notices are a part of the settings: they have one revision. */
  constructor(private readonly settings: () => { revision: number }) {}

  /** The body of an answer; undefined for what is asked elsewhere. */
  answer(call: string, query: URLSearchParams, body: unknown): unknown {
    const period = { from: query.get("from") ?? "", to: query.get("to") ?? "" };
    if (/^GET \/payouts\/\w+\/members$/.test(call))
      return data.membersOf(query.get("cursor"), this.membersPerPage);
    if (/^GET \/payouts\/\w+$/.test(call)) return this.payout;
    switch (call) {
      case "GET /statements":
        return { ...this.statements, ...period };
      case "GET /reconciling-items":
        return { ...data.RECONCILING_ITEMS, ...period };
      case "GET /journal":
        return query.get("by") === "day" ? data.JOURNAL_BY_DAY : { ...this.journal, ...period };
      case "GET /series":
        return data.seriesOf(period.from, period.to, this.differing);
      case "GET /payouts":
        return { payouts: this.#payouts(query), next: null };
      case "POST /search":
        this.searches.push(body);
        return this.found;
      case "GET /notices":
        return this.#notices();
      case "PUT /notices":
        return this.#changeNotices(body as NoticesChange);
      case "POST /notices/secret":
        return this.#replaceSecret();
      case "POST /notices/test":
        return data.TEST_TAKEN;
      case "GET /notices/deliveries":
        return { deliveries: this.deliveries, next: null };
      case "GET /activity":
        return this.#activity(query);
      default:
        return undefined;
    }
  }

  /** The first webhook gets a secret. */
  #notices() {
    return { ...this.notices, revision: this.settings().revision };
  }

  #replaceSecret() {
    this.settings().revision += 1;
    const { webhook } = this.notices;
    if (webhook) webhook.previous_secret_until = data.ago(-60 * 24);
    return { notices: this.#notices(), secret: data.NOTICE_SECRET };
  }

  #changeNotices({ webhook, email_kinds: kinds }: NoticesChange) {
    const first = webhook !== null && this.notices.webhook === null;
    const before = this.notices.webhook ?? {
      secret_since: data.ago(0),
      previous_secret_until: null,
    };
    this.settings().revision += 1;
    this.notices = {
      webhook: webhook === null ? null : { ...before, ...webhook },
      email: { ...this.notices.email, kinds },
    };
    return { notices: this.#notices(), secret: first ? data.NOTICE_SECRET : null };
  }

  #payouts(query: URLSearchParams) {
    const status = query.get("status");
    return this.payouts.filter((payout) => status === null || payout.status === status);
  }

  #activity(query: URLSearchParams) {
    const kind = query.get("kind");
    const entries = this.activity.entries.filter((entry) => kind === null || entry.kind === kind);
    return { ...this.activity, entries };
  }
}
