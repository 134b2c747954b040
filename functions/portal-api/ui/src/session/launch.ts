/**
 * Launch tokens as the page sees them: `l1.<base64url(payload)>.<base64url(mac)>`, the payload being
 * `<installed_app_id>|<launch id>`. It is signed, not encrypted, so the launch id can be read here; only the server can
 * tell whether it is genuine.
 */

/** The launch id inside a token, or undefined when the text does not look like a token. */
export function launchIdOf(token: string): string | undefined {
  return payloadOf(token)?.launchId;
}

/** The install that a token opens. */
export function installOf(token: string): string | undefined {
  return payloadOf(token)?.install;
}

function payloadOf(token: string): { install: string; launchId: string } | undefined {
  const [version, payload, mac, ...rest] = token.split(".");
  if (version !== "l1" || !payload || !mac || rest.length > 0) return undefined;
  const text = decodeBase64Url(payload);
  const bar = text?.lastIndexOf("|") ?? -1;
  const launchId = text?.slice(bar + 1);
  return text && bar > 0 && launchId ? { install: text.slice(0, bar), launchId } : undefined;
}

function decodeBase64Url(text: string): string | undefined {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
