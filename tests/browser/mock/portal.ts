/**
 * The portal without its functions: the built page, served under the headers of the real one, over answers that a test
 * chooses. Nothing listens; the browser's requests are answered where they leave it.
 */

import { readdirSync, readFileSync } from "node:fs";
import type { Page, Route } from "@playwright/test";
import { attentionOf } from "./attention.ts";
import * as data from "./data.ts";
import { Reports } from "./reports.ts";

const DIST = new URL("../../../functions/portal-api/ui/dist/", import.meta.url);

export const ORIGIN = "http://portal.test";
export const LAUNCH_ID = "01JD0000000000000000LAUNCH";
export const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/** A launch token in the real form; its seal is of no interest to the page. */
export function launchToken(launchId = LAUNCH_ID): string {
  const payload = Buffer.from(`instapp_6f1c2b7e90|${launchId}`, "utf8").toString("base64url");
  return `l1.${payload}.${Buffer.from("seal").toString("base64url")}`;
}

export interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
  /** Held back for this long. */
  delayMs?: number;
  /** The connection is closed instead. */
  drop?: boolean;
  /** Sent as it is, in place of `body`. */
  raw?: string;
}

type Handler = (request: {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
}) => Reply;

export function problem(status: number, code: string, title: string, more: object = {}): Reply {
  return {
    status,
    headers: { "content-type": "application/problem+json" },
    body: { type: "about:blank", title, status, code, request_id: "req_0123456789", ...more },
  };
}

export class MockPortal {
  overview = structuredClone(data.OVERVIEW);
  runs = structuredClone(data.RUNS);
  detail: data.Run = structuredClone(data.detail());
  problems = structuredClone(data.PROBLEMS);
  objects = structuredClone(data.OBJECTS);
  permissions = structuredClone(data.PERMISSIONS);
  certificates: object[] = structuredClone(data.CERTIFICATES);
  certificate: object = structuredClone(data.PROOF);
  realtime = structuredClone(data.REALTIME);
  settings = structuredClone(data.SETTINGS);
  accountRules = structuredClone(data.ACCOUNT_RULES);
  accountRulePreview = structuredClone(data.ACCOUNT_RULE_PREVIEW);
  readonly reports = new Reports(() => this.settings);
  /** What a change of the settings makes different. */
  differences: object[] = [];
  /** The site whose frames may show the page besides its own, as the deployment names it. */
  framedBy: string | undefined;
  /** How long a session lives from its redemption. */
  sessionMs = 15 * 60_000;
  /** How long it can be renewed; null in a deployment that renews no sessions. */
  renewableMs: number | null = null;
  /** Answers that take precedence, by "METHOD /path". */
  readonly replies = new Map<string, Reply | Handler>();
  /** Every API call that was made, as "METHOD /path". */
  readonly calls: string[] = [];
  #bearers = 0;

  constructor(private readonly nowMs: () => number = () => data.NOW) {}

  /** A connected account whose first sync nobody has started yet. */
  beforeFirstSync(): void {
    const stripe = { ...data.STRIPE, confirmed: false };
    this.overview = { ...this.overview, stripe, last_run: null, last_proof: null };
  }

  async attach(page: Page): Promise<void> {
    await page.route(`${ORIGIN}/**`, (route) => this.#answer(route));
  }

  /** Opens the portal as Blnk Cloud does, with a fresh token. */
  async launch(page: Page, path = "/"): Promise<void> {
    await this.attach(page);
    await page.clock.install({ time: data.NOW });
    const hash = path === "/" ? "" : `#p=${path}`;
    await page.goto(`${ORIGIN}/portal?token=${launchToken()}${hash}`);
  }

  async #answer(route: Route): Promise<void> {
    const url = new URL(route.request().url());
    if (url.pathname.startsWith("/portal/api/")) return this.#api(route, url);
    const name =
      url.pathname === "/portal" ? "index.html" : url.pathname.replace("/portal/assets/", "");
    if (!readdirSync(DIST).includes(name)) return route.fulfill({ status: 404, body: "" });
    const type = { html: "text/html", js: "text/javascript", css: "text/css" }[
      name.split(".").pop() ?? ""
    ];
    return route.fulfill({
      body: readFileSync(new URL(name, DIST)),
      contentType: `${type}; charset=utf-8`,
      headers: {
        "content-security-policy": this.framedBy ? `${CSP} ${this.framedBy}` : CSP,
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
      },
    });
  }

  async #api(route: Route, url: URL): Promise<void> {
    const method = route.request().method();
    const path = url.pathname.replace("/portal/api", "");
    this.calls.push(`${method} ${path}`);
    const chosen = this.replies.get(`${method} ${path}`);
    const request = { method, path, query: url.searchParams, body: route.request().postDataJSON() };
    const reply = typeof chosen === "function" ? chosen(request) : (chosen ?? this.#usual(request));
    if (reply.delayMs) await new Promise((resolve) => setTimeout(resolve, reply.delayMs));
    if (reply.drop) return route.abort("connectionreset");
    return route.fulfill({
      status: reply.status,
      contentType: "application/json",
      headers: { date: new Date(this.nowMs()).toUTCString(), ...reply.headers },
      body: reply.raw ?? (reply.body === undefined ? "" : JSON.stringify(reply.body)),
    });
  }

  #usual({ method, path, query, body }: Parameters<Handler>[0]): Reply {
    const ok = (body: unknown, status = 200): Reply => ({ status, body });
    const run = /^\/runs\/([^/]+)(\/stop|\/approve)?$/.exec(path);
    if (run?.[2] === "/approve") return ok({ ...this.detail, state: "queued", error: null }, 202);
    if (run)
      return run[2]
        ? ok({ ...this.detail, stop_requested: true }, 202)
        : ok({ ...this.detail, id: run[1] });
    const rule = /^\/account-rules\/([^/]+)\/end$/.exec(path);
    if (rule) return ok(this.#endRule(rule[1] ?? ""));
    if (/^\/certificates\/[^/]+$/.test(path)) return ok(this.certificate);
    const item = /^GET \/problems\/(?!kinds$)([^/]+)(\/reversing-entry)?$/.exec(
      `${method} ${path}`,
    );
    if (item?.[2]) return ok(data.REVERSING_ENTRY);
    if (item) return this.#problem(decodeURIComponent(item[1] ?? ""));
    const report = this.reports.answer(`${method} ${path}`, query, body);
    if (report !== undefined) return ok(report);
    switch (`${method} ${path}`) {
      case "GET /certificates":
        return ok({ certificates: this.certificates, next: null });
      case "POST /session":
      case "POST /session/renew":
        this.#bearers += 1;
        return ok({
          bearer: `bearer-${this.#bearers}`,
          expires_at: new Date(this.nowMs() + this.sessionMs).toISOString(),
          launch_id: LAUNCH_ID,
          ...(this.renewableMs === null
            ? {}
            : { renewable_until: new Date(this.nowMs() + this.renewableMs).toISOString() }),
        });
      case "GET /overview":
        return ok(this.#overview());
      case "GET /attention":
        return ok(attentionOf(this, this.nowMs()));
      case "GET /permissions":
        return ok(this.permissions);
      case "GET /settings":
        return ok(this.settings);
      case "PUT /settings":
        return ok(this.#change(body as object, query.get("dry_run") === "true"));
      case "GET /account-rules":
        return ok({ ...this.accountRules, revision: this.settings.revision });
      case "POST /account-rules/preview":
        return ok(this.accountRulePreview);
      case "POST /account-rules":
        return ok(this.#addRule(body as typeof data.PRIZE_RULE));
      case "GET /runs":
        return ok(this.#page(query));
      case "POST /preview":
      case "POST /runs":
        return ok({ run: this.detail, created: true }, 202);
      case "GET /problems":
        return ok({ problems: this.#problems(query), next: null });
      case "GET /problems/kinds":
        return ok(data.kindsOf(this.problems));
      case "POST /problems/retry":
        return ok({
          changed: 1,
          left_alone: 0,
          more: false,
          open: 3,
          run: this.detail,
          created: true,
        });
      case "POST /problems/dismiss":
      case "POST /problems/reopen":
        return ok({ changed: 1, left_alone: 0, more: false, open: 2, run: null, created: false });
      case "GET /objects":
        return ok({ objects: this.objects, more: false });
      case "POST /stripe":
        return ok({ stripe: data.STRIPE, replaced: this.overview.stripe !== null });
      case "GET /stripe/webhook":
        return ok(this.realtime);
      case "POST /stripe/webhook":
      case "POST /stripe/webhook-secret":
        this.realtime = data.REALTIME;
        return ok(this.realtime);
      case "DELETE /stripe":
        return { status: 204 };
      default:
        return problem(404, "not_found", "No such route");
    }
  }

  /** The schedule starts no sync while it is off or paused, and before the first one that a person starts. */
  #overview() {
    const { stripe } = this.overview;
    const starts = stripe?.confirmed && !stripe.paused && this.settings.interval !== "off";
    return starts ? this.overview : { ...this.overview, next_sync_at: null };
  }

  /** The open run counts by its own state, as in the API. */
  #tallies() {
    const paused = this.runs.some(({ state }) => state === "paused");
    return paused ? { ...data.TALLIES, in_progress: 0, needs_attention: 1 } : data.TALLIES;
  }

  #change(change: object, dryRun: boolean) {
    const settings = { ...this.settings, ...change, revision: this.settings.revision + 1 };
    if (!dryRun) this.settings = settings;
    return { saved: !dryRun, settings, differences: this.differences, schedule_applied: !dryRun };
  }

  #addRule({ reporting_category = null, type = null, account }: typeof data.PRIZE_RULE) {
    const id = `01JD0000000000000000RULE0${this.accountRules.rules.length + 1}`;
    const names = { reporting_category, type, account };
    const rule = { ...data.PRIZE_RULE, ...names, id, state: "upcoming", starts_at: data.ago(-20) };
    this.accountRules.rules.push(rule);
    return this.#ruleChanged(rule);
  }

  #endRule(id: string) {
    const rule = this.accountRules.rules.find((rule) => rule.id === id) ?? data.PRIZE_RULE;
    Object.assign(rule, { state: "ending", ends_at: data.ago(-20) });
    return this.#ruleChanged(rule);
  }

  #ruleChanged(rule: object) {
    this.settings.revision += 1;
    return { rule, changed: true, revision: this.settings.revision };
  }

  #problem(id: string): Reply {
    const body = this.problems.find((problem) => problem.id === id);
    return body ? { status: 200, body } : problem(404, "not_found", "Not found");
  }

  #problems(query: URLSearchParams) {
    const fits = (name: string, value: string) => (query.get(name) ?? value) === value;
    return this.problems.filter(({ state, code }) => fits("state", state) && fits("code", code));
  }

  #page(query: URLSearchParams) {
    const groups: Record<string, string[]> = {
      completed: ["completed", "completed_with_problems"],
      in_progress: ["queued", "running"],
      needs_attention: ["paused"],
      failed: ["failed", "cancelled"],
    };
    const group = groups[query.get("filter") ?? "all"];
    const [trigger, verdict, from, to] = ["trigger", "verdict", "from", "to"].map((name) =>
      query.get(name),
    );
    const runs = this.runs.filter((run) => {
      const day = String(run.requested_at).slice(0, 10);
      const fits = (!group || group.includes(run.state)) && (!trigger || run.trigger === trigger);
      if (verdict && run.verdict !== verdict) return false;
      return fits && (!from || day >= from) && (!to || day <= to);
    });
    const before = query.get("before");
    const start = before === null ? 0 : runs.findIndex((run) => run.id === before) + 1;
    const page = runs.slice(start, start + 3);
    const last = page.at(-1);
    return {
      runs: page,
      next: start + 3 < runs.length ? last?.id : null,
      tallies: this.#tallies(),
    };
  }
}
