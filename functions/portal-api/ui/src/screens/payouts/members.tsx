/** The movements that a payout settled, page by page, each with its record at Stripe and its entry in the ledger. */

import { withQuery } from "../../api/path";
import type { PayoutMember } from "../../api/types";
import { categoryText } from "../../components/figures/labels";
import { entrySign } from "../../components/signs-later";
import { Amount } from "../../components/ui/amount";
import { Card } from "../../components/ui/card";
import { useDownloads } from "../../components/ui/downloads";
import { ErrorNote } from "../../components/ui/error-note";
import layout from "../../components/ui/layout.module.css";
import { LoadMore } from "../../components/ui/load-more";
import { Outside } from "../../components/ui/outside";
import { SignPill } from "../../components/ui/pill";
import { SkeletonLine } from "../../components/ui/skeleton";
import table from "../../components/ui/table.module.css";
import text from "../../components/ui/text.module.css";
import { useApp } from "../../lib/app";
import { entryLink, stripeLink } from "../../lib/links";
import { formatAmount, negated } from "../../lib/money";
import { href } from "../../lib/router";
import { utcDay } from "../../lib/time";
import { usePages } from "../../lib/use-pages";
import { late } from "../../texts/late";

export function Members({ id }: { id: string }) {
  const { api } = useApp();
  const texts = late.payoutPlace;
  const { query, items, next, more } = usePages(`members/${id}`, async (cursor, signal) => {
    const page = await api.payoutMembers(id, { cursor }, signal);
    return { items: page.members, next: page.next };
  });
  const { buttons, result } = useDownloads([
    {
      label: texts.csv,
      path: withQuery(`/payouts/${encodeURIComponent(id)}/members.csv`, {}),
      continues: "cursor",
      name: `${id}.csv`,
    },
  ]);
  return (
    <Card title={texts.members} aside={<div class={layout.actions}>{buttons}</div>}>
      {result}
      {query.error && <ErrorNote error={query.error} retry={query.reload} />}
      {query.loading && <SkeletonLine />}
      {query.data && items.length === 0 && <p class={text.muted}>{texts.noMembers}</p>}
      {items.length > 0 && <MemberTable members={items} />}
      <LoadMore more={more} next={next} />
    </Card>
  );
}

function MemberTable({ members }: { members: PayoutMember[] }) {
  const { memberColumns: columns, membersCaption } = late.payoutPlace;
  return (
    <div class={table.room}>
      <table class={table.table}>
        <caption class={text.visuallyHidden}>{membersCaption}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.movement}</th>
            <th scope="col" class={table.number}>
              {columns.gross}
            </th>
            <th scope="col" class={table.number}>
              {columns.fees}
            </th>
            <th scope="col" class={table.number}>
              {columns.net}
            </th>
            <th scope="col">{columns.ledger}</th>
          </tr>
        </thead>
        <tbody>
          {members.map((member) => (
            <MemberRow key={member.id} member={member} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function MemberRow({ member }: { member: PayoutMember }) {
  const { overview } = useApp();
  const { memberColumns: columns, deposit, entry: seeEntry, inStripe } = late.payoutPlace;
  const { id, exponent, currency, entry } = member;
  const dashboard = overview.data?.links.dashboard_url ?? null;
  const inLedger = entry.transaction_id && entry.reference && entryLink(entry.reference, dashboard);
  return (
    <tr>
      <th scope="row">
        {member.own ? deposit : categoryText(member.category)}
        <span class={text.sub}>
          <time dateTime={member.created}>{utcDay(member.created)}</time> ·{" "}
          <a href={href("/search", { id: member.source ?? id })}>
            <code>{member.source ?? id}</code>
          </a>
        </span>
      </th>
      <td class={table.number} data-label={columns.gross}>
        {formatAmount(member.gross, exponent)}
      </td>
      <td class={table.number} data-label={columns.fees}>
        {formatAmount(negated(member.fee), exponent)}
      </td>
      <td class={table.number} data-label={columns.net}>
        <Amount minor={member.net} currency={currency} exponent={exponent} />
      </td>
      <td data-label={columns.ledger}>
        <SignPill sign={entrySign(entry.state)} />
        <span class={text.sub}>
          {inLedger && (
            <>
              <Outside href={inLedger}>{seeEntry}</Outside> ·{" "}
            </>
          )}
          <Outside href={stripeLink(member.source ?? id, overview.data?.stripe?.mode)}>
            {inStripe}
          </Outside>
        </span>
      </td>
    </tr>
  );
}
