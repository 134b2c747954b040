//! The offset accounts of entries in the ledger, according to the ledger's own entries. Settings
//! and customers may have changed since an entry was posted.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::context::Context;
use crate::engine::stop::Stop;
use crate::model::ledger::{BalanceKind, Mirrored, Offset, Reference};
use crate::model::money::Currency;
use crate::platform::blnk::MAX_LOOKUP_VALUES;

/// The accounts of entries, by reference. An entry that is missing here is not in the ledger.
pub(crate) type Offsets = BTreeMap<String, Offset>;

/// The roles of the accounts of entries. Accounts are names, or ids of balances; an id that this
/// worker sees for the first time is looked up.
pub(crate) async fn resolve(
    ctx: &mut Context<'_>,
    accounts: BTreeMap<String, String>,
) -> Result<Offsets, Stop> {
    let is_new = |account: &&String| {
        !account.starts_with('@') && !ctx.offsets.contains_key(account.as_str())
    };
    let unknown: BTreeSet<String> = accounts.values().filter(is_new).cloned().collect();
    let unknown: Vec<String> = unknown.into_iter().collect();
    for part in unknown.chunks(MAX_LOOKUP_VALUES) {
        let rows = ctx.blnk.balances(part, ctx.deadline).await.map_err(Stop::of_look)?;
        for row in rows {
            let offset = row
                .indicator
                .map_or(Offset::CUSTOMER_BALANCE, |name| Offset::named(&ctx.chart, &name));
            ctx.offsets.insert(row.balance_id, offset);
        }
    }
    let offset = |account: &str| match ctx.offsets.get(account) {
        Some(offset) => offset.clone(),
        None => Offset::named(&ctx.chart, account),
    };
    Ok(accounts.iter().map(|(reference, account)| (reference.clone(), offset(account))).collect())
}

/// Remembers balances as those of customers, so that they are not looked up.
pub(crate) fn know_customers(ctx: &mut Context<'_>, balances: impl Iterator<Item = String>) {
    ctx.offsets.extend(balances.map(|id| (id, Offset::CUSTOMER_BALANCE)));
}

/// The accounts of these records' entries that are in the ledger as expected.
pub(crate) async fn of_records(
    ctx: &mut Context<'_>,
    records: &[&Mirrored],
) -> Result<Offsets, Stop> {
    let mut legs: BTreeMap<String, (Currency, i128)> = BTreeMap::new();
    for record in records {
        for leg in &record.legs {
            let reference = Reference::new(&ctx.owner, &record.transaction, leg.kind)?;
            legs.insert(reference.to_string(), (record.currency, leg.mirror_delta()));
        }
    }
    of_legs(ctx, &legs, &records.iter().map(|record| record.kind.clone()).collect()).await
}

/// The accounts of entries, by reference, with their currency and their movement of the mirror of
/// one of these balances.
pub(crate) async fn of_legs(
    ctx: &mut Context<'_>,
    legs: &BTreeMap<String, (Currency, i128)>,
    kinds: &BTreeSet<BalanceKind>,
) -> Result<Offsets, Stop> {
    let references: Vec<&str> = legs.keys().map(String::as_str).collect();
    let mut sides: Vec<(String, String, String)> = Vec::new();
    for part in references.chunks(MAX_LOOKUP_VALUES) {
        let rows = ctx.blnk.transactions_by_reference(part, ctx.deadline).await;
        for row in rows.map_err(Stop::of_look)? {
            let Some((currency, moved)) = legs.get(&row.reference) else { continue };
            let same = row.is_applied()
                && row.currency == currency.as_str()
                && row.precise_amount.unsigned_abs() == moved.unsigned_abs();
            if same {
                let (mirror, offset) = if *moved > 0 {
                    (row.source, row.destination)
                } else {
                    (row.destination, row.source)
                };
                sides.push((row.reference, mirror, offset));
            }
        }
    }
    if sides.iter().any(|(_, mirror, _)| !ctx.chart.is_mirror(mirror)) {
        know_mirrors(ctx, kinds.iter().cloned()).await?;
    }
    let accounts = sides
        .into_iter()
        .filter(|(_, mirror, _)| ctx.chart.is_mirror(mirror))
        .map(|(reference, _, offset)| (reference, offset));
    let accounts = accounts.collect();
    resolve(ctx, accounts).await
}

/// Loads the ids of the mirrors that records of these balances can be on, and of the shared
/// accounts, because the ledger's rows refer to balances by id. Once per worker, as long as no
/// other mirror appears.
pub(crate) async fn know_mirrors(
    ctx: &mut Context<'_>,
    kinds: impl Iterator<Item = BalanceKind>,
) -> Result<(), Stop> {
    let mut names: Vec<String> =
        kinds.map(|kind| ctx.chart.mirror(&kind)).chain(ctx.chart.known_mirrors()).collect();
    names.extend(ctx.chart.shared_accounts());
    names.sort_unstable();
    names.dedup();
    let rows = ctx.blnk.balances_by_indicator(&names, ctx.deadline).await.map_err(Stop::of_look)?;
    for row in rows {
        let Some(name) = row.indicator else { continue };
        if ctx.chart.is_mirror(&name) {
            ctx.chart.know_mirrors([row.balance_id]);
        } else {
            ctx.offsets.insert(row.balance_id, Offset::named(&ctx.chart, &name));
        }
    }
    Ok(())
}
