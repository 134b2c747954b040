/** Paths of the API with their parameters. */

export type Query = Record<string, string | null>;

/** A path with those parameters that are set. */
export function withQuery(path: string, query: Query): string {
  const set = Object.entries(query).flatMap(([name, value]) => (value ? [[name, value]] : []));
  return set.length === 0 ? path : `${path}?${new URLSearchParams(set)}`;
}
