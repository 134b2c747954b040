/** What can be said about a Stripe key from its prefix alone, before it is sent anywhere. */

export interface KeyHint {
  tone: "ok" | "warn" | "bad";
  text: string;
}

/** A word on the pasted text; undefined while there is too little of it. */
export function keyHint(text: string): KeyHint | undefined {
  const key = text.trim();
  if (key.length < 8) return undefined;
  const [, kind, mode] = /^(rk|sk|pk|whsec)_(?:(test|live)_)?/.exec(key) ?? [];
  switch (kind) {
    case "rk":
      return mode ? { tone: "ok", text: `A restricted key in ${mode} mode.` } : undefined;
    case "sk":
      return {
        tone: "warn",
        text: "A full secret key can move money. It works, but a restricted key that only reads is safer.",
      };
    case "pk":
      return { tone: "bad", text: "That is a publishable key. It cannot read your account." };
    case "whsec":
      return { tone: "bad", text: "That is a webhook signing secret, not an API key." };
    default:
      return { tone: "bad", text: "A restricted key begins with rk_live_ or rk_test_." };
  }
}
