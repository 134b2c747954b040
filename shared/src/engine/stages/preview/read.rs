//! The walk of a dry run, page by page. Reads only.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::context::Context;
use crate::engine::stages::customers::follow;
use crate::engine::stages::customers::needed::Needed;
use crate::engine::stages::guard::precision;
use crate::engine::stages::mirror::PageDone;
use crate::engine::stages::mirror::advance::{advance, count_totals};
use crate::engine::stages::offsets::Offsets;
use crate::engine::stages::openings::start;
use crate::engine::stages::preview::offset_balances;
use crate::engine::stages::read::PageRead;
use crate::engine::stages::tally::in_order;
use crate::engine::stop::Stop;
use crate::model::ledger::{
    BalanceKind, ChargeAccounts, Mirrored, OffsetAccount, customer_of, mirror,
};
use crate::model::money::Currency;
use crate::model::preview::Preview;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::platform::clock;

/// The key that distinguishes customers' balances.
fn balance_name(customer: &str, currency: &str) -> String {
    format!("{customer}#{currency}")
}

/// Handles a page of a preview: counts its records, and those that Stripe did not return.
pub(crate) async fn page(ctx: &mut Context<'_>, read: &PageRead) -> Result<PageDone, Stop> {
    let unread = read.list.unread_after(ctx.progress.walk.cursor.as_deref()).len() as u64;
    let done = Box::pin(count(ctx, read)).await?;
    if let Some(preview) = &mut ctx.progress.preview {
        preview.unreadable += unread + u64::from(read.hole.is_some());
    }
    Ok(done)
}

/// Counts a page. Earlier counts come from the checkpoint, so a page that is read twice is counted
/// once.
async fn count(ctx: &mut Context<'_>, read: &PageRead) -> Result<PageDone, Stop> {
    let page = &read.list;
    in_order(&ctx.progress.walk, &page.data)?;
    let mut preview = *ctx.progress.preview.take().unwrap_or_default();
    preview.start = start::start(ctx);
    let before = start::before_start(ctx, &page.data).await?;
    let records: Vec<&BalanceTransaction> = page.data.iter().collect();
    // A refund follows its charge's account, whatever the current settings.
    let charges = if ctx.ledger_id.is_some() {
        crate::engine::stages::mirror::charge_accounts(ctx, &records).await?
    } else {
        ChargeAccounts::none()
    };
    let mut mirrored = Vec::new();
    for transaction in records {
        match mirror(transaction, &ctx.chart, &charges) {
            Ok(record) if before.contains(transaction.id.as_str()) => preview.add_before(&record),
            // A sync would not post it either, as long as its customer is unreadable.
            Ok(_) if read.bare.contains_key(&transaction.id) => preview.unreadable += 1,
            Ok(record) => mirrored.push((transaction, record)),
            Err(_) => preview.unreadable += 1,
        }
    }
    let began = ctx.progress.read_began_at.unwrap_or_else(clock::now);
    let offsets = offset_balances::find(ctx, &mirrored).await?;
    for (transaction, record) in &mirrored {
        preview.add(transaction, record, &offsets);
        preview.add_payout(transaction, began);
    }
    preview.entries_there += offsets.there();
    customers_to_make(ctx, &mirrored, &mut preview).await?;
    conflicts(ctx, &mirrored, &mut preview).await?;
    ctx.progress.preview = Some(Box::new(preview));
    ctx.progress.counters.pages += 1;
    ctx.progress.counters.records += page.data.len() as u64;
    count_totals(ctx, &mirrored);
    // No records are passed on, because a preview leaves no daily figures.
    let with = advance(ctx, page, &[], &Offsets::new()).await?;
    Ok(PageDone { with, found_existing: false })
}

/// Counts what a sync would do for a page's customers.
async fn customers_to_make(
    ctx: &Context<'_>,
    mirrored: &[(&BalanceTransaction, Mirrored)],
    preview: &mut Preview,
) -> Result<(), Stop> {
    let mut needed = Needed::default();
    for (transaction, record) in mirrored {
        let object = customer_of(transaction).and_then(|customer| customer.object());
        for leg in &record.legs {
            if let OffsetAccount::Customer(id) = &leg.offset
                && !preview.customer_balances.holds(&balance_name(id, record.currency.as_str()))
            {
                needed.add(id, object, record.currency.as_str());
            }
        }
    }
    let forecast =
        Box::pin(follow::customers_of(ctx).forecast(&needed, &mut preview.looked_for)).await?;
    for (customer, expected) in forecast.identities {
        preview.add_customer(&customer, expected);
    }
    for (customer, currency) in forecast.balances {
        preview.customer_balances.add(&balance_name(&customer, &currency));
    }
    Ok(())
}

/// Checks whether the ledger keeps the page's currencies in another precision. A preview reports
/// what a sync would refuse to write.
async fn conflicts(
    ctx: &Context<'_>,
    mirrored: &[(&BalanceTransaction, Mirrored)],
    preview: &mut Preview,
) -> Result<(), Stop> {
    let currencies: BTreeSet<Currency> = mirrored
        .iter()
        .filter(|(_, record)| !record.legs.is_empty())
        .map(|(_, record)| record.currency)
        .collect();
    let fresh: Vec<Currency> =
        currencies.into_iter().filter(|currency| preview.checked.insert(*currency)).collect();
    preview.conflicts.extend(
        precision::conflicts(&ctx.blnk, &ctx.chart, fresh, ctx.deadline)
            .await
            .map_err(Stop::of_look)?,
    );
    Ok(())
}

/// The opening entries: the existing ones, and those that a sync would add.
async fn preview_openings(ctx: &Context<'_>, preview: &mut Preview) -> Result<(), Stop> {
    let there = start::openings_there(ctx).await?;
    let named = |name: &String| {
        let (kind, currency) = name.split_once('#')?;
        Some((BalanceKind::from_stored(kind)?, currency.parse::<Currency>().ok()?))
    };
    let sums: BTreeMap<_, _> =
        preview.openings.iter().filter_map(|(name, sum)| Some((named(name)?, sum.0))).collect();
    let subjects: BTreeSet<_> = sums.keys().chain(there.keys()).cloned().collect();
    for subject in subjects {
        let entries = there.get(&subject).map(Vec::as_slice).unwrap_or_default();
        for entry in entries {
            preview.add_opening(&ctx.chart, &subject.0, subject.1, entry.moves);
            preview.entries_there += 1;
        }
        let missing = sums.get(&subject).copied().unwrap_or_default()
            - entries.iter().map(|entry| entry.moves).sum::<i128>();
        if missing != 0 && !start::opened(ctx) {
            preview.add_opening(&ctx.chart, &subject.0, subject.1, missing);
        }
    }
    Ok(())
}

/// Completes a preview with what is known only at the end.
pub(crate) async fn end_preview(ctx: &mut Context<'_>) -> Result<(), Stop> {
    let summary =
        ctx.services.store.summaries().get(&ctx.fence.install, ctx.fence.connection).await?;
    let mut preview = ctx.progress.preview.take().unwrap_or_default();
    preview_openings(ctx, &mut preview).await?;
    preview.estimate(
        ctx.progress.counters.pages,
        ctx.connection.watermark.is_none(),
        summary.last_run.as_ref(),
    );
    ctx.progress.preview = Some(preview);
    Ok(())
}
