/** What a search found. */

import type { FoundAccount, FoundEntry, FoundMovement, SearchAnswer } from "../../api/types";
import { categoryText } from "../../components/figures/labels";
import { movementSign } from "../../components/signs-later";
import { AtStripe } from "../../components/stripe/at-stripe";
import { Amount } from "../../components/ui/amount";
import { Card } from "../../components/ui/card";
import { type Fact, Facts } from "../../components/ui/facts";
import layout from "../../components/ui/layout.module.css";
import { Outside } from "../../components/ui/outside";
import { Pill, SignPill } from "../../components/ui/pill";
import text from "../../components/ui/text.module.css";
import { lookUp, problemKindText } from "../../lib/labels";
import { negated } from "../../lib/money";
import { href } from "../../lib/router";
import { utc, utcDay } from "../../lib/time";
import { late } from "../../texts/late";
import styles from "./search.module.css";

export function Movement({ movement }: { movement: FoundMovement }) {
  const texts = late.search;
  const { stripe_url: atStripe, ledger_url: inBlnk } = movement;
  return (
    <Card
      title={categoryText(movement.reporting_category)}
      aside={<SignPill sign={movementSign(movement.state)} />}
      testId="movement"
    >
      <Facts items={factsOf(movement)} />
      <h3>{texts.entries}</h3>
      {movement.entries.length > 0 ? (
        <Entries entries={movement.entries} />
      ) : (
        <p class={text.muted}>{texts.noEntries}</p>
      )}
      <p class={layout.actions}>
        <Outside href={atStripe}>{texts.atStripe}</Outside>
        {inBlnk && <Outside href={inBlnk}>{texts.inBlnk}</Outside>}
      </p>
    </Card>
  );
}

function factsOf(movement: FoundMovement): Fact[] {
  const names = late.search.facts;
  const { currency, exponent, problems, source, customer } = movement;
  const amount = (minor: string) => (
    <Amount minor={minor} currency={currency} exponent={exponent} />
  );
  const time = (at: string) => <time dateTime={at}>{utc(at)}</time>;
  const facts: Fact[] = [
    [names.gross, amount(movement.gross)],
    [names.fees, amount(negated(movement.fee))],
    [names.net, amount(movement.net)],
    [names.created, time(movement.created_at)],
    [names.available, time(movement.available_at)],
    [names.movement, <AtStripe key="id" id={movement.id} />],
  ];
  if (source) facts.push([names.source, <AtStripe key="source" id={source} />]);
  if (customer)
    facts.push([
      names.customer,
      <span key="customer">
        <AtStripe id={customer} /> ·{" "}
        <a href={href("/search", { id: customer })}>{late.search.ofCustomer}</a>
      </span>,
    ]);
  facts.push([names.payout, <PayoutOf key="payout" movement={movement} />]);
  for (const { id, code } of problems)
    facts.push([
      names.problem,
      <a key={id} href={href(`/problems/${id}`)}>
        {problemKindText(code)}
      </a>,
    ]);
  return facts;
}

/** Which payout brought its money to the bank, or why none is named. */
function PayoutOf({ movement }: { movement: FoundMovement }) {
  const { payout, payout_state: state, available_at: available } = movement;
  const words = lookUp(late.search.payoutStates, state) ?? state;
  return (
    <>
      {payout && (
        <a href={href(`/payouts/${payout}`)}>
          <code>{payout}</code>
        </a>
      )}
      <span class={text.sub}>
        {state === "not_available" ? late.search.notAvailable(utcDay(available)) : words}
      </span>
    </>
  );
}

export function Entries({ entries }: { entries: FoundEntry[] }) {
  return (
    <ul class={styles.entries}>
      {entries.map((entry) => (
        <Entry key={entry.reference} entry={entry} />
      ))}
    </ul>
  );
}

function Entry({ entry }: { entry: FoundEntry }) {
  const texts = late.search;
  const { source, destination, posted, ledger_url: inBlnk } = entry;
  return (
    <li>
      <div class={styles.head}>
        <Amount minor={entry.amount} currency={entry.currency} exponent={entry.exponent} />
        <Pill tone={posted ? "ok" : "warn"} icon={posted ? "check" : "clock"}>
          {posted ? texts.posted : texts.notPosted}
        </Pill>
      </div>
      {source && destination && (
        <p>{texts.fromTo(<Account account={source} />, <Account account={destination} />)}</p>
      )}
      <p class={text.sub}>
        <code>{entry.reference}</code>
        {inBlnk && (
          <>
            {" "}
            <Outside href={inBlnk}>{texts.inBlnk}</Outside>
          </>
        )}
      </p>
    </li>
  );
}

function Account({ account }: { account: FoundAccount }) {
  if (account.indicator) return <code>{account.indicator}</code>;
  if (account.customer)
    return (
      <>
        {late.search.customerBalance} <AtStripe id={account.customer} />
      </>
    );
  return <code>{account.id}</code>;
}

interface StripeObjectProps {
  object: NonNullable<SearchAnswer["object"]>;
  /** Movements of it are shown as well. */
  moved: boolean;
}

export function StripeObject({ object, moved }: StripeObjectProps) {
  const texts = late.search;
  const { amount, currency, exponent, status } = object;
  const facts: Fact[] = [[texts.facts.source, <AtStripe key="id" id={object.id} />]];
  if (status) facts.push([texts.facts.status, <code key="status">{status}</code>]);
  if (amount && currency)
    facts.push([
      texts.facts.amount,
      <Amount key="amount" minor={amount} currency={currency} exponent={exponent} />,
    ]);
  return (
    <Card title={texts.object}>
      <Facts items={facts} />
      {!moved && <p class={text.muted}>{texts.noMovement}</p>}
      <p>
        <Outside href={object.stripe_url}>{texts.atStripe}</Outside>
      </p>
    </Card>
  );
}
