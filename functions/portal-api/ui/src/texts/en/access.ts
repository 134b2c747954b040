/** What this install may do. */

import type { Scope } from "../../api/types";
import { rich, type Wrap } from "../rich";

const scopes = {
  "data:read": {
    name: "Read your ledger",
    allows:
      "Reads balances, transactions and identities: to find what is there already, and to compare both sides.",
    without: "No Stripe account can be connected, and nothing can be synced or compared.",
  },
  "data:write": {
    name: "Post to your ledger",
    allows: "Posts Stripe’s movements, and creates identities and balances for customers.",
    without: "Read-only mode: Stripe is read and compared; nothing is posted.",
  },
  "alerts:read": {
    name: "Read its own alerts",
    allows:
      "Finds an alert again whose creation was not confirmed, so that it is raised only once.",
    without: "After a failed call an alert may be raised a second time.",
  },
  "alerts:write": {
    name: "Raise alerts",
    allows:
      "Raises an alert in Blnk when Stripe and the ledger differ, a payout fails, a dispute is opened or syncing stops, and resolves it afterwards.",
    without: "Nothing is raised in Blnk. You see everything here, under Needs attention.",
  },
} satisfies Record<Scope, { name: string; allows: string; without: string }>;

export const access = {
  scopes,
  list: "Permissions",
  granted: "Granted",
  notGranted: "Not granted",
  without: (strong: Wrap, text: string) => rich`${strong("Without it:")} ${text}`,
  fixed: "Permissions are set when the app is installed. To change them, reinstall the app.",
  install: {
    title: "This install",
    id: "Install",
    instance: "Instance",
    organization: "Organization",
    installed: "Installed",
  },
};
