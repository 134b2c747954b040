//! Keeps an item of each payout that a run meets.

use std::collections::BTreeMap;

use crate::engine::context::Context;
use crate::engine::stop::Stop;
use crate::model::payout::PayoutSum;
use crate::model::payout::item::PayoutItem;
use crate::model::stripe::types::Source;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::stripe::types::parts::Expandable;
use crate::platform::clock;

/// How often a payout that somebody else wrote meanwhile is read again.
const TRIES: u32 = 2;

/// The type of the record that takes a payout's money from the balance.
const OWN_RECORD: &str = "payout";

/// Keeps the payouts of records as Stripe shows them, each with what left by its own record.
pub(crate) async fn keep_recorded(
    ctx: &Context<'_>,
    records: &[BalanceTransaction],
) -> Result<(), Stop> {
    let with_source = records.iter().filter_map(|record| match record.source.as_ref()? {
        Expandable::Object(source) => {
            Some((&**source, (record.type_ == OWN_RECORD).then_some(record)))
        }
        Expandable::Id(_) => None,
    });
    keep(ctx, with_source).await
}

/// Keeps payouts as Stripe shows them. Other objects are passed over.
pub(crate) async fn keep_seen<'s>(
    ctx: &Context<'_>,
    sources: impl Iterator<Item = &'s Source>,
) -> Result<(), Stop> {
    keep(ctx, sources.map(|source| (source, None))).await
}

/// One read of the table, and only what changed is written.
async fn keep<'s>(
    ctx: &Context<'_>,
    sources: impl Iterator<Item = (&'s Source, Option<&'s BalanceTransaction>)>,
) -> Result<(), Stop> {
    let mut seen: BTreeMap<&str, (&Source, Option<&BalanceTransaction>)> = BTreeMap::new();
    for (source, record) in sources.filter(|(source, _)| source.object == "payout") {
        let known = seen.entry(source.id.as_str()).or_insert((source, None));
        *known = (source, record.or(known.1));
    }
    if seen.is_empty() {
        return Ok(());
    }
    let (now, items) = (clock::now(), ctx.services.store.payout_items());
    let (install, connection) = (&ctx.fence.install, ctx.fence.connection);
    for _ in 0..TRIES {
        let stored = items.get_all(install, connection, seen.keys().copied()).await?;
        let fresh = |(source, record): &(&Source, Option<&BalanceTransaction>)| {
            let before = stored.get(&source.id);
            let item = PayoutItem::of(source, before, now)?;
            let item = match record {
                Some(record) => item.with_record(record),
                None => item,
            };
            before.is_none_or(|before| item.differs(before)).then_some(item)
        };
        let changed: Vec<PayoutItem> = seen.values().filter_map(fresh).collect();
        if changed.is_empty() || items.put(install, connection, &changed).await? {
            break;
        }
    }
    Ok(())
}

/// Keeps what a payout settled. A payout without an item gets one later, and its members with it.
pub(crate) async fn keep_members(ctx: &Context<'_>, adding: &PayoutSum) -> Result<(), Stop> {
    let Some(members) = adding.by_category(clock::now()) else { return Ok(()) };
    let (install, connection) = (&ctx.fence.install, ctx.fence.connection);
    let items = ctx.services.store.payout_items();
    for _ in 0..TRIES {
        let Some(item) = items.get(install, connection, adding.payout()).await? else { break };
        if item.members.as_ref().is_some_and(|known| known.totals == members.totals) {
            break;
        }
        let item = item.with_members(members.clone());
        if items.put(install, connection, std::slice::from_ref(&item)).await? {
            break;
        }
    }
    Ok(())
}
