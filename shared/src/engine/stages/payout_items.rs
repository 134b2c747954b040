//! Stores each payout that a run sees.

use std::collections::BTreeMap;

use ulid::Ulid;

use crate::engine::context::Context;
use crate::engine::stop::Stop;
use crate::model::install::id::InstallId;
use crate::model::payout::PayoutSum;
use crate::model::payout::item::PayoutItem;
use crate::model::stripe::types::Source;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::stripe::types::parts::Expandable;
use crate::platform::clock;
use crate::platform::table::Store;

/// How often a payout is read again because another writer changed it meanwhile.
const TRIES: u32 = 2;

/// The type of the record that takes a payout's money from the balance.
const OWN_RECORD: &str = "payout";

/// Stores a run's payouts. It is separate from the context, so that a page's payouts are stored
/// while its entries are posted.
pub(crate) struct PayoutKeeper<'w> {
    store: &'w Store,
    install: InstallId,
    connection: Ulid,
    /// No run of the connection has ended yet, so hardly any payout is stored: payouts are written
    /// without a read, on condition that they are not stored.
    first: bool,
}

impl<'w> PayoutKeeper<'w> {
    pub(crate) fn of(ctx: &Context<'w>) -> Self {
        Self {
            store: &ctx.services.store,
            install: ctx.fence.install.clone(),
            connection: ctx.fence.connection,
            first: ctx.connection.watermark.is_none(),
        }
    }
}

/// Stores the payouts of records as Stripe shows them, each with the amount that left by its own
/// record.
pub(crate) async fn keep_recorded(
    keeper: PayoutKeeper<'_>,
    records: &[BalanceTransaction],
) -> Result<(), Stop> {
    let with_source = records.iter().filter_map(|record| match record.source.as_ref()? {
        Expandable::Object(source) => {
            Some((&**source, (record.type_ == OWN_RECORD).then_some(record)))
        }
        Expandable::Id(_) => None,
    });
    keep(&keeper, with_source).await
}

/// Stores payouts as Stripe shows them. Other objects are ignored.
pub(crate) async fn keep_seen<'s>(
    ctx: &Context<'_>,
    sources: impl Iterator<Item = &'s Source>,
) -> Result<(), Stop> {
    // Pages may have shown them before.
    let keeper = PayoutKeeper { first: false, ..PayoutKeeper::of(ctx) };
    keep(&keeper, sources.map(|source| (source, None))).await
}

/// Only changes are written. The stored payouts are read first, except in a first sync, and once
/// more when another writer changed them meanwhile.
async fn keep<'s>(
    keeper: &PayoutKeeper<'_>,
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
    let PayoutKeeper { store, install, connection, first } = keeper;
    let (now, items, connection) = (clock::now(), store.payout_items(), *connection);
    let fresh = |stored: &BTreeMap<String, PayoutItem>| -> Vec<PayoutItem> {
        let changed = seen.values().filter_map(|(source, record)| {
            let before = stored.get(&source.id);
            let item = PayoutItem::of(source, before, now)?;
            let item = match record {
                Some(record) => item.with_record(record),
                None => item,
            };
            before.is_none_or(|before| item.differs(before)).then_some(item)
        });
        changed.collect()
    };
    if *first && items.put(install, connection, &fresh(&BTreeMap::new())).await? {
        return Ok(());
    }
    for _ in 0..TRIES {
        let stored = items.get_all(install, connection, seen.keys().copied()).await?;
        let changed = fresh(&stored);
        if changed.is_empty() || items.put(install, connection, &changed).await? {
            break;
        }
    }
    Ok(())
}

/// Stores what a payout settled. A payout that is not stored yet is stored later, with its members.
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
