/** The overview. */

import { STRIPE } from "./connection.ts";
import { PROOF } from "./proofs.ts";
import { type Run, run, TALLIES } from "./runs.ts";
import { ago, NOW } from "./time.ts";

export const OVERVIEW = {
  install: {
    installed_app_id: "instapp_6f1c2b7e90",
    instance_id: "inst_sandbox",
    organization_id: "org_41",
    granted_permissions: ["data:read", "data:write", "alerts:read", "alerts:write"],
    installed_at: ago(60 * 24 * 10),
  },
  session: { expires_at: new Date(NOW + 15 * 60_000).toISOString() },
  links: { dashboard_url: "http://localhost:4000" },
  stripe: STRIPE as null | typeof STRIPE,
  tallies: TALLIES,
  open_run: null as null | Run,
  last_run: run() as null | Run,
  last_proof: PROOF as null | typeof PROOF,
  last_preview: null as null | string,
  open_problems: 0,
  proof_age_seconds: 240 as number | null,
  fresh: true as boolean | null,
  next_sync_at: ago(-17) as null | string,
};
