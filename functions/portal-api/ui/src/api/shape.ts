/**
 * Checks that an answer is what a screen can show. A proxy's page, an empty body or half an answer must become an error on
 * the page, never a screen that waits or breaks: the fields that screens need are checked once, where answers arrive.
 */

export type Shape = (value: unknown) => boolean;

export const text: Shape = (value) => typeof value === "string";
export const filled: Shape = (value) => typeof value === "string" && value !== "";
export const figure: Shape = (value) => typeof value === "number";
export const flag: Shape = (value) => typeof value === "boolean";
export const instant: Shape = (value) =>
  typeof value === "string" && !Number.isNaN(Date.parse(value));
export const anything: Shape = () => true;

export function record(fields: Record<string, Shape>): Shape {
  const wanted = Object.entries(fields);
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    return wanted.every(([name, shape]) => shape((value as Record<string, unknown>)[name]));
  };
}

export function list(of: Shape): Shape {
  return (value) => Array.isArray(value) && value.every(of);
}

/** Absent, `null`, or this. */
export function maybe(of: Shape): Shape {
  return (value) => value === undefined || value === null || of(value);
}
