/** What a certificate says of payouts: each one is what its charges, refunds and fees add up to, or what is left. */

import type { PayoutRemainder, ProofPayouts } from "../../api/types";
import { href } from "../../lib/router";
import { t } from "../../texts";
import { Amount } from "../ui/amount";
import { Card } from "../ui/card";
import { Pill } from "../ui/pill";
import text from "../ui/text.module.css";
import styles from "./payouts.module.css";

/** The payouts in a sentence without its full stop, to be read beside the balances. */
export function payoutsText(payouts: ProofPayouts): string {
  const others =
    new Set(payouts.remainders.map(({ payout }) => payout)).size + payouts.more_remainders;
  const settled = t.payouts.settled(payouts.zero);
  return others === 0 ? settled : t.payouts.settledButNot(settled, others);
}

export function Payouts({ payouts }: { payouts: ProofPayouts }) {
  const settled = payoutsText(payouts);
  return (
    <Card title={t.payouts.title}>
      <p>
        {payouts.members > 0
          ? t.payouts.sentenceWithMembers(settled, payouts.members)
          : t.payouts.sentence(settled)}
      </p>
      {payouts.remainders.length > 0 && (
        <ul class={styles.list}>
          {payouts.remainders.map((remainder) => (
            <RemainderRow key={`${remainder.payout}/${remainder.currency}`} remainder={remainder} />
          ))}
        </ul>
      )}
      {payouts.more_remainders > 0 && (
        <p class={text.mutedSmall}>{t.payouts.olderRemainders(payouts.more_remainders)}</p>
      )}
      {payouts.unreadable > 0 && <p class={text.sub}>{t.payouts.unreadable(payouts.unreadable)}</p>}
      <p class={text.sub}>
        {payouts.waiting > 0 && `${t.payouts.waiting(payouts.waiting)} `}
        {payouts.older_to_come && t.payouts.olderToCome}
      </p>
    </Card>
  );
}

function RemainderRow({ remainder }: { remainder: PayoutRemainder }) {
  const { net, currency, exponent, members, payout } = remainder;
  const amount = <Amount minor={net} currency={currency} exponent={exponent} sign="always" />;
  return (
    <li>
      <p class={styles.head}>
        <Pill tone="warn" icon="info">
          {t.payouts.remainder}
        </Pill>
        <span>{t.payouts.left(amount, members)}</span>
      </p>
      <p class={text.sub}>
        <a href={href(`/payouts/${payout}`)}>
          <code>{payout}</code>
        </a>
        {t.payouts.remainderMeaning}
      </p>
    </li>
  );
}
