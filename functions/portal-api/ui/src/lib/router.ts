/**
 * Routes live in the fragment, beside the launch id that must stay there: `#l=<launch id>&p=/runs/<id>&filter=failed`.
 * The fragment never reaches a server, a log or a Referer.
 */

import { useEffect, useState } from "preact/hooks";

export interface Route {
  launchId: string | null;
  path: string;
  params: URLSearchParams;
}

let launchId: string | null = null;

export function parseHash(hash: string): Route {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  const route = { launchId: params.get("l"), path: params.get("p") ?? "/" };
  params.delete("l");
  params.delete("p");
  return { ...route, params };
}

/** A fragment for a place in the app, with the launch id in front. */
export function buildHash(
  launch: string | null,
  path: string,
  params: Record<string, string> = {},
): string {
  const pairs = [
    ...(launch === null ? [] : [["l", launch]]),
    ...(path === "/" ? [] : [["p", path]]),
  ];
  return `#${[...pairs, ...Object.entries(params)]
    .map(([name, value]) => `${name}=${encodeURIComponent(value ?? "").replaceAll("%2F", "/")}`)
    .join("&")}`;
}

/** Names the launch that all links of this page belong to. */
export function setLaunch(id: string): void {
  launchId = id;
}

export function href(path: string, params?: Record<string, string>): string {
  return buildHash(launchId, path, params);
}

export function navigate(path: string, params?: Record<string, string>): void {
  window.location.hash = href(path, params);
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseHash(window.location.hash));
  useEffect(() => {
    const onChange = () => {
      const next = parseHash(window.location.hash);
      // Another launch in the same document is another session: start again.
      if (next.launchId !== null && next.launchId !== launchId) window.location.reload();
      setRoute(next);
    };
    window.addEventListener("hashchange", onChange);
    return () => window.removeEventListener("hashchange", onChange);
  }, []);
  return route;
}
