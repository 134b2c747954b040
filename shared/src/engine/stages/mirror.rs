//! Mirrors, posts and counts one page of Stripe's list.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::engine::context::Context;
use crate::engine::stages::customers::follow;
use crate::engine::stages::customers::needed::{Ensured, Needed, balance_of};
use crate::engine::stages::openings::start;
use crate::engine::stages::openings::{later, settle};
use crate::engine::stages::post::post;
use crate::engine::stages::post::work::Posted;
use crate::engine::stages::problems;
use crate::engine::stages::read::{PageRead, walk};
use crate::engine::stages::{charges, guard, objects};
use crate::engine::stop::Stop;
use crate::model::ledger::error::LedgerError;
use crate::model::ledger::{
    BalanceKind, ChargeAccount, ChargeAccounts, Entry, LegKind, Mirrored, OffsetAccount, Posting, Reference, Slice, charge_entry,
    customer_of, hour_of, mirror,
};
use crate::model::list_place::IncompleteRecords;
use crate::model::money::Sum;
use crate::model::party::Party;
use crate::model::problem::ProblemReport;
use crate::model::progress::{Maturing, Walk};
use crate::model::resuming::OUT_OF_ORDER;
use crate::model::stripe::types::List;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::platform::blnk::MAX_LOOKUP_VALUES;
use crate::platform::clock;
use crate::platform::store::days::day_operations;

/// Consecutive empty pages with more to follow, before a walk is left for later.
pub(crate) const MAX_EMPTY_PAGES: u32 = 3;

pub(crate) const SECONDS_PER_HOUR: i64 = 3600;

/// Handles a page except for its checkpoint. Updates `ctx.progress` and returns the operations that
/// go with the checkpoint; the caller writes both in one transaction.
pub(crate) async fn page(ctx: &mut Context<'_>, read: &PageRead, look_first: bool) -> Result<PageDone, Stop> {
    let page = &read.list;
    let unread = page.unread_after(ctx.progress.walk.cursor.as_deref());
    in_order(&ctx.progress.walk, &page.data)?;
    Box::pin(walk::stand_for_records(ctx, read)).await?;
    let MirroredRecords { mirrored, before, posted, already_there, customers, problems } =
        Box::pin(absorb(ctx, &page.data, &read.bare, look_first)).await?;
    let first_walk = ctx.progress.walks <= 1;
    let counters = &mut ctx.progress.counters;
    counters.entries_posted += posted;
    counters.customers_created += customers;
    counters.problems += problems;
    if first_walk {
        counters.pages += 1;
        counters.records += page.data.len() as u64;
        counters.entries_already_there += already_there;
        count_totals(ctx, &mirrored);
    }
    ctx.progress.walk.unsummed |= start::may_lie_before(ctx, page, unread);
    let unread: Vec<ProblemReport> = unread.iter().map(ProblemReport::unread).collect();
    ctx.progress.counters.problems += problems::record(ctx, &unread).await?;
    ctx.progress.counters.problems += Box::pin(walk::note_holes(ctx, read)).await?;
    ctx.progress.walk.posted |= posted > 0;
    later::expect_pending(ctx, &before);
    let mut with = advance(ctx, page, &mirrored)?;
    settle::note_gap(ctx, read);
    with.extend(later::set_aside(ctx, &before).await?);
    Ok(PageDone { with, found_existing: already_there > 0 })
}

/// Mirrors records: posts their missing entries, and records or resolves their problems.
///
/// Records in `bare` are counted and not posted, because the accounts to post to are unknown.
pub(crate) async fn absorb<'r>(
    ctx: &mut Context<'_>,
    records: &'r [BalanceTransaction],
    bare: &IncompleteRecords,
    look_first: bool,
) -> Result<MirroredRecords<'r>, Stop> {
    let unposted = start::before_start(ctx, records).await?;
    let (before, records_posted): (Vec<_>, Vec<_>) = records.iter().partition(|record| unposted.contains(record.id.as_str()));
    let charges = if ctx.progress.read_only { ChargeAccounts::none() } else { Box::pin(charge_accounts(ctx, &records_posted)).await? };
    let mut problems = Vec::new();
    let mut mirrored: Vec<(&BalanceTransaction, Mirrored)> = Vec::new();
    let mut waiting: Vec<(&BalanceTransaction, Mirrored)> = Vec::new();
    for transaction in records_posted {
        match mirror(transaction, &ctx.chart, &charges) {
            Ok(record) if bare.contains_key(&transaction.id) => waiting.push((transaction, record)),
            Ok(record) => mirrored.push((transaction, record)),
            Err(error) => problems.push(ProblemReport::unreadable(transaction, &error)),
        }
    }
    if ctx.progress.read_only {
        // A run that may not post learns nothing about what could not be posted.
        let problems = problems::record(ctx, &problems).await?;
        objects::learn(ctx, records).await?;
        mirrored.extend(waiting);
        return Ok(MirroredRecords { mirrored, before, posted: 0, already_there: 0, customers: 0, problems });
    }
    let Written { posted, customers, identities, settled } = Box::pin(write(ctx, &mirrored, look_first, &mut problems)).await?;
    ctx.progress.counters.identities_updated += identities;
    problems.extend(posted.problems);
    problems.extend(walk::unrendered(ctx, &waiting, bare).await?);
    mirrored.extend(waiting);
    let fresh = problems::record(ctx, &problems).await?;
    // A record without its expanded objects shows nothing about its other problems.
    let whole: HashSet<&str> = records.iter().map(|record| record.id.as_str()).filter(|id| !bare.contains_key(*id)).collect();
    problems::resolve_met(ctx, &whole, &problems).await?;
    let complete = bare.keys().flat_map(|id| ProblemReport::ids_of_lacks(id)).filter(|id| problems.iter().all(|met| met.id != *id));
    problems::resolve_known(ctx, &complete.chain(settled).collect::<Vec<_>>()).await?;
    objects::learn(ctx, records).await?;
    Ok(MirroredRecords { mirrored, before, posted: posted.posted, already_there: posted.already_there, customers, problems: fresh })
}

/// Posts a page to the ledger.
pub(crate) async fn write(
    ctx: &mut Context<'_>,
    mirrored: &[(&BalanceTransaction, Mirrored)],
    look_first: bool,
    problems: &mut Vec<ProblemReport>,
) -> Result<Written, Stop> {
    Box::pin(guard::guard(ctx, mirrored)).await?;
    for (transaction, record) in mirrored {
        problems.extend(record.findings.iter().map(|finding| ProblemReport::finding(record, transaction.amount, finding)));
    }
    let mut customers = Box::pin(customers(ctx, mirrored)).await?;
    let told = std::mem::take(&mut customers.problems);
    let entries = entries(ctx, mirrored, &customers, problems);
    let posted = Box::pin(post(ctx, entries, look_first)).await?;
    // The money first. Customer updates from the page come after it.
    let followed = Box::pin(follow::customers_of(ctx).follow(&customers, None)).await?;
    problems.extend(followed.problems);
    problems.extend(told);
    Ok(Written { posted, customers: customers.made, identities: followed.changed, settled: followed.settled })
}

/// The accounts on the entries of the charges that this page's refunds and reversals undo, with one
/// look-up per page.
pub(crate) async fn charge_accounts(ctx: &mut Context<'_>, records: &[&BalanceTransaction]) -> Result<ChargeAccounts, Stop> {
    let mut accounts = ChargeAccounts::none();
    let mut wanted: Vec<(String, &str)> = Vec::new();
    for id in records.iter().filter_map(|record| charge_entry(record)) {
        if let Ok(reference) = Reference::new(&ctx.owner, id, LegKind::Amount) {
            wanted.push((reference.to_string(), id));
        }
    }
    wanted.sort_unstable();
    wanted.dedup();
    for part in wanted.chunks(MAX_LOOKUP_VALUES) {
        let rows = charges::charge_rows(ctx, part).await?;
        if rows.iter().any(|row| !ctx.chart.is_mirror(&row.source) && !ctx.chart.is_mirror(&row.destination)) {
            know_mirrors(ctx, records).await?;
        }
        for row in rows {
            let Some((_, id)) = part.iter().find(|(reference, _)| *reference == row.reference) else { continue };
            // A charge's gross debits the mirror, so the other side is the credited account. Any
            // other row is not our entry, and an entry from the mirror to itself would always be
            // refused.
            let ours = ctx.chart.is_mirror(&row.source) && !ctx.chart.is_mirror(&row.destination);
            if let Some(currency) = row.currency.parse().ok().filter(|_| ours) {
                accounts.insert(*id, ChargeAccount { account: row.destination, currency });
            }
        }
    }
    Ok(accounts)
}

/// Loads the ids of the mirrors that these records can be on, because the ledger's rows refer to
/// balances by id. Once per worker, as long as no other mirror appears.
pub(crate) async fn know_mirrors(ctx: &mut Context<'_>, records: &[&BalanceTransaction]) -> Result<(), Stop> {
    let kinds = records.iter().map(|record| BalanceKind::of(record.balance_type.as_deref(), &record.type_));
    let mut names: Vec<String> = kinds.map(|kind| ctx.chart.mirror(&kind)).chain(ctx.chart.known_mirrors()).collect();
    names.sort_unstable();
    names.dedup();
    let mirrors = ctx.blnk.balances_by_indicator(&names, ctx.deadline).await.map_err(Stop::of_look)?;
    ctx.chart.know_mirrors(mirrors.into_iter().map(|mirror| mirror.balance_id));
    Ok(())
}

/// The balances of a page's customers, found or created, and the customers' other data from the
/// page.
pub(crate) async fn customers(ctx: &Context<'_>, mirrored: &[(&BalanceTransaction, Mirrored)]) -> Result<Ensured, Stop> {
    let mut needed = Needed::default();
    for (transaction, record) in mirrored {
        let object = customer_of(transaction).and_then(|customer| customer.object());
        if let Some(customer) = object {
            needed.see(customer);
        }
        for leg in &record.legs {
            if let OffsetAccount::Customer(id) = &leg.counter {
                needed.add(id, object, record.currency.as_str());
            }
        }
    }
    if ctx.ledger_id.is_none() {
        return Err(Stop::later(Party::App, "the app's ledger is not known yet"));
    }
    Box::pin(follow::customers_of(ctx).ensure(needed)).await
}

pub(crate) fn entries(
    ctx: &Context<'_>,
    mirrored: &[(&BalanceTransaction, Mirrored)],
    customers: &Ensured,
    problems: &mut Vec<ProblemReport>,
) -> Vec<Entry> {
    let run = ctx.fence.run.to_string();
    let posting = Posting { owner: &ctx.owner, run: &run, personal: ctx.settings.personal_data };
    let mut entries = Vec::new();
    for (transaction, record) in mirrored {
        let untold = charge_entry(transaction).and_then(|charge| ctx.untold.get(charge));
        if let Some(facts) = untold.or_else(|| ctx.unsure.get(&transaction.id)) {
            problems.push(facts.met_record(transaction, record));
            continue;
        }
        match posting.entries(transaction, record, balance_of(&customers.balances, record.currency.as_str())) {
            Ok(made) => entries.extend(made),
            Err(LedgerError::UnresolvedCustomer(id)) => {
                let why = customers.refused.get(&id).cloned();
                problems.push(ProblemReport::customer(transaction, record, &LedgerError::UnresolvedCustomer(id), why));
            }
            Err(error) => problems.push(ProblemReport::unpostable(transaction, record, &error)),
        }
    }
    entries
}

pub(crate) fn count_totals(ctx: &mut Context<'_>, mirrored: &[(&BalanceTransaction, Mirrored)]) {
    for (transaction, record) in mirrored {
        let totals = ctx.progress.totals.entry(format!("{}#{}", record.kind, record.currency)).or_default();
        totals.records += 1;
        totals.gross.add(transaction.amount);
        totals.fees.add(transaction.fee);
        totals.net.add(transaction.net);
        if transaction.reporting_category == "charge" {
            totals.pay_ins.add(transaction.amount);
        } else if transaction.reporting_category.starts_with("payout") && !transaction.reporting_category.starts_with("payout_minimum") {
            totals.payouts.add(transaction.amount);
        }
    }
}

/// Moves the walk past the page. Completed hours become operations that replace their slices as a
/// whole.
pub(crate) fn advance(
    ctx: &mut Context<'_>,
    page: &List<BalanceTransaction>,
    mirrored: &[(&BalanceTransaction, Mirrored)],
) -> Result<Vec<TransactWriteItem>, Stop> {
    let walk = &mut ctx.progress.walk;
    let mut slices = walk.slices();
    let mut maturing = std::mem::take(&mut walk.maturing);
    let now = clock::now().seconds();
    for (transaction, record) in mirrored {
        slices.add(&ctx.owner, record)?;
        // Not by `created`: a test clock dates records in the future, and they are pending until
        // then.
        if record.kind == BalanceKind::Issuing && transaction.available_on > now && !record.legs.is_empty() {
            let slice = Slice { kind: record.kind.clone(), currency: record.currency, hour: hour_of(record.created) };
            maturing.push(Maturing { slice, available_on: transaction.available_on, net: Sum(i128::from(transaction.net)) });
        }
    }
    for record in page.data.iter().filter(|record| record.created >= walk.bound) {
        walk.seen.add(&record.id);
    }
    if let Some(last) = page.last_id() {
        walk.cursor = Some(last.to_owned());
        walk.empty_pages = 0;
    } else {
        walk.empty_pages += 1;
    }
    if let Some(last) = page.data.last() {
        walk.last_created = Some(last.created);
        if ctx.progress.oldest_reached.is_none_or(|oldest| last.created < oldest) {
            ctx.progress.oldest_reached = Some(last.created);
        }
    }
    walk.done = !page.has_more;
    if !walk.done && walk.empty_pages >= MAX_EMPTY_PAGES {
        return Err(Stop::later(Party::Stripe, "Stripe returns empty pages and reports that more follow"));
    }
    // An hour is complete once an older record was read, or nothing older is left.
    let from = if walk.done { i64::MIN } else { walk.last_created.map_or(i64::MAX, |last| hour_of(last) + SECONDS_PER_HOUR) };
    let complete = slices.take_from(from);
    walk.open = slices.iter().map(|(slice, figures)| (slice.clone(), *figures)).collect();
    let (mature, still_open): (Vec<_>, Vec<_>) = maturing.into_iter().partition(|item| item.slice.hour >= from);
    walk.maturing = still_open;
    Ok(day_operations(&ctx.services.store, &ctx.fence.install, ctx.fence.connection, &complete, &mature)?)
}

/// The result of mirroring records.
#[derive(Debug)]
pub(crate) struct MirroredRecords<'r> {
    pub(crate) mirrored: Vec<(&'r BalanceTransaction, Mirrored)>,
    /// Records that are not posted because they are before the start.
    pub(crate) before: Vec<&'r BalanceTransaction>,
    /// Number of entries posted.
    pub(crate) posted: u64,
    /// Number of entries that existed before.
    pub(crate) already_there: u64,
    /// Number of customer balances created.
    pub(crate) customers: u64,
    /// Number of open problems that this run reports for the first time.
    pub(crate) problems: u64,
}

/// The result of posting a page.
#[derive(Debug, Default)]
pub(crate) struct Written {
    posted: Posted,
    /// Number of customer balances created for it.
    customers: u64,
    /// Number of identities updated.
    identities: u64,
    /// Problems about identities that are over.
    settled: Vec<String>,
}

/// What remains to be written for a page.
#[derive(Debug)]
pub(crate) struct PageDone {
    pub(crate) with: Vec<TransactWriteItem>,
    pub(crate) found_existing: bool,
}

/// Checks the order: Stripe always lists newest first. In any other order, part of an hour that was
/// already counted could be counted again, so the run stops.
pub(crate) fn in_order(walk: &Walk, records: &[BalanceTransaction]) -> Result<(), Stop> {
    let mut last = walk.last_created;
    for record in records {
        if last.is_some_and(|last| hour_of(record.created) > hour_of(last)) {
            return Err(Stop::Fail {
                code: OUT_OF_ORDER,
                text: "Stripe's list is not in chronological order. Nothing after this place was counted.".to_owned(),
            });
        }
        last = Some(record.created);
    }
    Ok(())
}
