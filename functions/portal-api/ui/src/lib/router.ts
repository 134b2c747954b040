/**
 * Routes live in the fragment, beside the launch id that must stay there: `#l=<launch id>&p=/runs/<id>&filter=failed`.
 * The fragment never reaches a server, a log or a Referer.
 */

import { useEffect, useMemo, useState } from "preact/hooks";

export interface Route {
  launchId: string | null;
  path: string;
  params: URLSearchParams;
}

let launchId: string | null = null;
/** Told of a change by this page at once: the browser's own event comes a task later, and a person may be faster. */
const listeners = new Set<() => void>();

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

function goTo(hash: string): void {
  window.location.hash = hash;
  for (const listener of listeners) listener();
}

export function navigate(path: string, params?: Record<string, string>): void {
  goTo(href(path, params));
}

/** What narrows a place; null takes a choice back. */
export type Choices = Record<string, string | null>;

/** The fragment with some choices changed. All others stay as they are in it. */
export function withChoices(hash: string, choices: Choices): string {
  const { launchId, path, params } = parseHash(hash);
  for (const [name, value] of Object.entries(choices))
    value === null ? params.delete(name) : params.set(name, value);
  return buildHash(launchId, path, Object.fromEntries(params));
}

/** Narrows the place where the page is, by its address as it is now: what is shown may be older by a click. */
export function choose(choices: Choices): void {
  goTo(withChoices(window.location.hash, choices));
}

export function useRoute(): Route {
  const [hash, setHash] = useState(window.location.hash);
  useEffect(() => {
    const onChange = () => {
      const next = parseHash(window.location.hash);
      // Another launch in the same document is another session: start again.
      if (next.launchId !== null && next.launchId !== launchId) window.location.reload();
      setHash(window.location.hash);
    };
    listeners.add(onChange);
    window.addEventListener("hashchange", onChange);
    return () => {
      listeners.delete(onChange);
      window.removeEventListener("hashchange", onChange);
    };
  }, []);
  return useMemo(() => parseHash(hash), [hash]);
}
