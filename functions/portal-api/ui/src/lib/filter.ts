/** What narrows a list, as a place's address names it. */

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** A UTC day that an address names, if it is one. */
export function dayIn(params: URLSearchParams, name: "from" | "to"): string | null {
  const day = params.get(name);
  return day !== null && DAY.test(day) ? day : null;
}

/** What of a filter stands in the address: only what is chosen. */
export function chosen(filter: Record<string, string | null>): Record<string, string> {
  const set = Object.entries(filter).flatMap(([name, value]) =>
    value ? [[name, value] as const] : [],
  );
  return Object.fromEntries(set);
}
