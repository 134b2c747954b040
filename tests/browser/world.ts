/** An instance of the simulated world, with a ledger of its own: what the dashboard is tried on. */

import { expect } from "@playwright/test";
import { stack } from "./stack.ts";

export interface Entry {
  reference: string;
  precise_amount: number;
  source?: string;
  destination?: string;
  meta_data?: Record<string, unknown>;
}

/** A ledger reached by Core's own API, as another program would. */
export class Ledger {
  private constructor(
    readonly instance: string,
    private readonly core: string,
    private readonly key: string,
  ) {}

  static async open(test: string): Promise<Ledger> {
    const instance = `inst_browser_${test}_${Date.now()}`;
    const made = await fetch(new URL("/cloud/instances", stack.controlUrl), {
      method: "POST",
      body: JSON.stringify({ instance_id: instance }),
    });
    expect(made.status).toBe(200);
    const { core_key, core_url } = (await made.json()) as { core_key: string; core_url: string };
    return new Ledger(instance, core_url, core_key);
  }

  call(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(this.core + path, {
      method,
      headers: { "content-type": "application/json", "x-blnk-key": this.key },
      body: body === undefined ? null : JSON.stringify(body),
    });
  }

  /** Makes something and gives the field that names it. */
  async create(path: string, body: unknown, id: string): Promise<string> {
    const response = await this.call("POST", path, body);
    const made = (await response.json()) as Record<string, string>;
    expect(response.status, JSON.stringify(made)).toBe(201);
    return made[id] ?? "";
  }

  /** Posts to the ledger at once, and gives the transaction's id. */
  post(entry: Entry): Promise<string> {
    const rest = {
      precision: 100,
      currency: "USD",
      description: "d",
      allow_overdraft: true,
      skip_queue: true,
    };
    return this.create(
      "/transactions",
      { source: "@bank", destination: "@shop", ...rest, ...entry },
      "transaction_id",
    );
  }

  /** A place in the dashboard, of this instance. */
  at(path: string, query: Record<string, string> = {}): string {
    const url = new URL(path, stack.dashboardUrl);
    for (const [name, value] of Object.entries({ ...query, instance_id: this.instance }))
      url.searchParams.set(name, value);
    return url.href;
  }
}
