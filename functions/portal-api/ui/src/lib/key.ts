/** What the prefix of a Stripe key shows before the key is sent anywhere. */

import { t } from "../texts";

export interface KeyHint {
  tone: "ok" | "warn" | "bad";
  text: string;
}

/** A hint about the pasted text; undefined while there is too little of it. */
export function keyHint(text: string): KeyHint | undefined {
  const key = text.trim();
  const hints = t.stripe.keyHints;
  if (key.length < 8) return undefined;
  const [, kind, mode] = /^(rk|sk|pk|whsec)_(?:(test|live)_)?/.exec(key) ?? [];
  switch (kind) {
    case "rk":
      return mode ? { tone: "ok", text: hints.restricted[mode as "live" | "test"] } : undefined;
    case "sk":
      return { tone: "warn", text: hints.secret };
    case "pk":
      return { tone: "bad", text: hints.publishable };
    case "whsec":
      return { tone: "bad", text: hints.signingSecret };
    default:
      return { tone: "bad", text: hints.other };
  }
}
