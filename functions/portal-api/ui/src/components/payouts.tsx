/** What a certificate says of automatic payouts: what each one settled and its own record add up to zero, or what is left. */

import type { PayoutRemainder, ProofPayouts } from "../api/types";
import { useApp } from "../lib/app";
import { stripeLink } from "../lib/links";
import { plural } from "../lib/words";
import { Amount, Card, Pill } from "./basics";

/** The payouts in a sentence, to be read beside the balances. */
export function payoutsText(payouts: ProofPayouts): string {
  const odd = new Set(payouts.remainders.map((left) => left.payout)).size + payouts.more_remainders;
  const zero = `${plural(payouts.zero, "automatic payout")} add${payouts.zero === 1 ? "s" : ""} up to zero`;
  return odd === 0 ? zero : `${zero}, ${odd} ${odd === 1 ? "does" : "do"} not`;
}

export function Payouts({ payouts }: { payouts: ProofPayouts }) {
  const waiting = [
    payouts.waiting > 0 &&
      `${plural(payouts.waiting, "payout")} not yet: Stripe is not done, or others come first`,
    payouts.older_to_come && "those of before the first sync follow, some each day",
  ].filter(Boolean);
  return (
    <Card title="Automatic payouts">
      <p>
        {payoutsText(payouts)}
        {payouts.members > 0 && ` (${plural(payouts.members, "record")} counted)`}.
      </p>
      {payouts.remainders.length > 0 && (
        <ul class="cause-list">
          {payouts.remainders.map((left) => (
            <RemainderRow key={`${left.payout} ${left.currency}`} left={left} />
          ))}
        </ul>
      )}
      {payouts.more_remainders > 0 && (
        <p class="muted small">{plural(payouts.more_remainders, "older one")} with a remainder not shown.</p>
      )}
      {payouts.unreadable > 0 && (
        <p class="sub">
          {plural(payouts.unreadable, "payout")} with a record that this version cannot read: not told.
        </p>
      )}
      {waiting.length > 0 && <p class="sub">Still to come: {waiting.join("; ")}.</p>}
    </Card>
  );
}

function RemainderRow({ left }: { left: PayoutRemainder }) {
  const { overview } = useApp();
  return (
    <li>
      <p class="cause-head">
        <Pill tone="warn" icon="info">
          Remainder
        </Pill>
        <span>
          <Amount minor={left.net} currency={left.currency} exponent={left.exponent} sign="always" /> left of{" "}
          {plural(left.members, "record")}
        </span>
      </p>
      <p class="sub">
        <a
          href={stripeLink(left.payout, overview.data?.stripe?.mode)}
          target="_blank"
          rel="noopener noreferrer"
        >
          <code>{left.payout}</code>
        </a>{" "}
        · What it settled does not add up to it. The balances above do not rest on this.
      </p>
    </li>
  );
}
