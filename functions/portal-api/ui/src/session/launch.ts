/**
 * Launch tokens as the page sees them: `l1.<base64url(payload)>.<base64url(mac)>`, the payload being
 * `<installed_app_id>|<launch id>`. It is signed, not encrypted, so the launch id can be read here; only the server can
 * tell whether it is genuine.
 */

/** The launch id inside a token, or undefined when the text does not look like a token. */
export function launchIdOf(token: string): string | undefined {
  const [version, payload, mac, ...rest] = token.split(".");
  if (version !== "l1" || !payload || !mac || rest.length > 0) return undefined;
  const text = decodeBase64Url(payload);
  const bar = text?.lastIndexOf("|") ?? -1;
  const id = text?.slice(bar + 1);
  return bar > 0 && id ? id : undefined;
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
