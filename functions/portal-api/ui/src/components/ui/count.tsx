/** A number of things, grouped as the reader groups digits. */

import { formatCount } from "../../texts/count";

export function Count({ value }: { value: number }) {
  return <>{formatCount(value)}</>;
}
