//! Mirrors, posts and counts one page of Stripe's list.

pub mod advance;
pub mod suspense;

use std::collections::HashSet;

use crate::engine::context::Context;
use crate::engine::stages::customers::follow;
use crate::engine::stages::customers::needed::{Ensured, Needed, balance_of};
use crate::engine::stages::mirror::advance::{advance, count_totals};
use crate::engine::stages::offsets::Offsets;
use crate::engine::stages::openings::start;
use crate::engine::stages::openings::{before_start, settle};
use crate::engine::stages::payout_items::{self, PayoutKeeper};
use crate::engine::stages::post::post;
use crate::engine::stages::post::work::Posted;
use crate::engine::stages::problems;
use crate::engine::stages::read::{PageRead, walk};
use crate::engine::stages::{charges, guard, objects, offsets, tally};
use crate::engine::stop::Stop;
use crate::model::ledger::error::LedgerError;
use crate::model::ledger::{
    BalanceKind, ChargeAccount, ChargeAccounts, Entry, LegKind, Mirrored, OffsetAccount, Posting,
    Reference, charge_entry, customer_of, mirror,
};
use crate::model::party::Party;
use crate::model::problem::ProblemReport;
use crate::model::run::list_place::IncompleteRecords;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::platform::blnk::MAX_LOOKUP_VALUES;
use crate::platform::table::units::Unit;

/// Handles a page except for its checkpoint. Updates `ctx.progress` and returns the operations that
/// go with the checkpoint; the caller writes both in one transaction.
pub(crate) async fn page(
    ctx: &mut Context<'_>,
    read: &PageRead,
    look_first: bool,
) -> Result<PageDone, Stop> {
    let page = &read.list;
    let unread = page.unread_after(ctx.progress.walk.cursor.as_deref());
    tally::in_order(&ctx.progress.walk, &page.data)?;
    Box::pin(walk::stand_for_records(ctx, read)).await?;
    let MirroredRecords { mirrored, before, offsets, posted, already_there, customers, problems } =
        Box::pin(records(ctx, &page.data, &read.bare, look_first)).await?;
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
    before_start::expect_pending(ctx, &before);
    let mut with = Box::pin(advance(ctx, page, &mirrored, &offsets)).await?;
    settle::note_gap(ctx, read);
    with.extend(Unit::each(before_start::set_aside(ctx, &before).await?));
    Ok(PageDone { with, found_existing: already_there > 0 })
}

/// Mirrors records: posts their missing entries, and records or resolves their problems.
///
/// Records in `bare` are counted and not posted, because the accounts to post to are unknown.
pub(crate) async fn records<'r>(
    ctx: &mut Context<'_>,
    records: &'r [BalanceTransaction],
    bare: &IncompleteRecords,
    look_first: bool,
) -> Result<MirroredRecords<'r>, Stop> {
    let SplitRecords { before, mut mirrored, waiting, mut problems } =
        Box::pin(split(ctx, records, bare)).await?;
    let payouts = Box::pin(payout_items::keep_recorded(PayoutKeeper::of(ctx), records));
    if ctx.progress.read_only {
        // A run that may not post resolves no problem about what could not be posted.
        let problems = problems::record(ctx, &problems).await?;
        payouts.await?;
        objects::track(ctx, records).await?;
        mirrored.extend(waiting);
        let offsets = entries_there(ctx, &mirrored).await?;
        return Ok(MirroredRecords {
            mirrored,
            before,
            offsets,
            posted: 0,
            already_there: 0,
            customers: 0,
            problems,
        });
    }
    // The payouts are stored as Stripe shows them, whether or not the entries are posted.
    let (written, kept) =
        tokio::join!(Box::pin(write(ctx, &mirrored, look_first, &mut problems)), payouts);
    let Written { posted, customers, identities, settled } = written?;
    ctx.progress.counters.identities_updated += identities;
    problems.extend(posted.problems);
    problems.extend(walk::unrendered(ctx, &waiting, bare).await?);
    let mut offsets = Box::pin(offsets::resolve(ctx, posted.accounts)).await?;
    offsets.extend(Box::pin(entries_there(ctx, &waiting)).await?);
    suspense::by_entries(ctx, &mirrored, &offsets, &mut problems);
    mirrored.extend(waiting);
    let fresh = problems::record(ctx, &problems).await?;
    resolve_over(ctx, records, bare, &problems).await?;
    problems::resolve_known(ctx, &settled).await?;
    kept?;
    objects::track(ctx, records).await?;
    Ok(MirroredRecords {
        mirrored,
        before,
        offsets,
        posted: posted.posted,
        already_there: posted.already_there,
        customers,
        problems: fresh,
    })
}

/// Splits records into those to post, those without their accounts, and those before the start.
async fn split<'r>(
    ctx: &mut Context<'_>,
    records: &'r [BalanceTransaction],
    bare: &IncompleteRecords,
) -> Result<SplitRecords<'r>, Stop> {
    let ids_before_start = start::before_start(ctx, records).await?;
    let (before, records_posted): (Vec<_>, Vec<_>) =
        records.iter().partition(|record| ids_before_start.contains(record.id.as_str()));
    let charges = if ctx.progress.read_only {
        ChargeAccounts::none()
    } else {
        Box::pin(charge_accounts(ctx, &records_posted)).await?
    };
    let mut split = SplitRecords { before, ..SplitRecords::default() };
    for transaction in records_posted {
        match mirror(transaction, &ctx.chart, &charges) {
            Ok(record) if bare.contains_key(&transaction.id) => {
                split.waiting.push((transaction, record));
            }
            Ok(record) => split.mirrored.push((transaction, record)),
            Err(error) => split.problems.push(ProblemReport::unreadable(transaction, &error)),
        }
    }
    Ok(split)
}

/// Resolves the problems of records that these reports do not repeat.
async fn resolve_over(
    ctx: &mut Context<'_>,
    records: &[BalanceTransaction],
    bare: &IncompleteRecords,
    reports: &[ProblemReport],
) -> Result<(), Stop> {
    // A record without its expanded objects shows nothing about its other problems.
    let whole: HashSet<&str> = records
        .iter()
        .map(|record| record.id.as_str())
        .filter(|id| !bare.contains_key(*id))
        .collect();
    problems::resolve_unreported(ctx, &whole, reports).await?;
    let complete = bare
        .keys()
        .flat_map(|id| ProblemReport::ids_of_lacks(id))
        .filter(|id| reports.iter().all(|report| report.id != *id));
    problems::resolve_known(ctx, &complete.collect::<Vec<_>>()).await
}

/// The accounts of entries that this run does not post: another run may have posted them.
async fn entries_there(
    ctx: &mut Context<'_>,
    records: &[(&BalanceTransaction, Mirrored)],
) -> Result<Offsets, Stop> {
    let records: Vec<&Mirrored> = records.iter().map(|(_, record)| record).collect();
    Box::pin(offsets::of_records(ctx, &records)).await
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
        problems.extend(
            record
                .findings
                .iter()
                .map(|finding| ProblemReport::finding(record, transaction.amount, finding)),
        );
    }
    let mut customers = Box::pin(customers(ctx, mirrored)).await?;
    offsets::know_customers(ctx, customers.balances.values().cloned());
    let of_customers = std::mem::take(&mut customers.problems);
    let entries = entries(ctx, mirrored, &customers, problems);
    let posted = Box::pin(post(ctx, entries, look_first)).await?;
    // Money first. Customer updates from the page follow.
    let followed = Box::pin(follow::customers_of(ctx).follow(&customers, None)).await?;
    problems.extend(followed.problems);
    problems.extend(of_customers);
    Ok(Written {
        posted,
        customers: customers.made,
        identities: followed.changed,
        settled: followed.settled,
    })
}

/// The accounts on the entries of the charges that this page's refunds and reversals undo, with one
/// look-up per page.
pub(crate) async fn charge_accounts(
    ctx: &mut Context<'_>,
    records: &[&BalanceTransaction],
) -> Result<ChargeAccounts, Stop> {
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
        if rows
            .iter()
            .any(|row| !ctx.chart.is_mirror(&row.source) && !ctx.chart.is_mirror(&row.destination))
        {
            let kinds = records
                .iter()
                .map(|record| BalanceKind::of(record.balance_type.as_deref(), &record.type_));
            offsets::know_mirrors(ctx, kinds).await?;
        }
        for row in rows {
            let Some((_, id)) = part.iter().find(|(reference, _)| *reference == row.reference)
            else {
                continue;
            };
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

/// The balances of a page's customers, found or created, and the customers' other data from the
/// page.
pub(crate) async fn customers(
    ctx: &Context<'_>,
    mirrored: &[(&BalanceTransaction, Mirrored)],
) -> Result<Ensured, Stop> {
    let mut needed = Needed::default();
    for (transaction, record) in mirrored {
        let object = customer_of(transaction).and_then(|customer| customer.object());
        if let Some(customer) = object {
            needed.see(customer);
        }
        for leg in &record.legs {
            if let OffsetAccount::Customer(id) = &leg.offset {
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
        let unresolved =
            charge_entry(transaction).and_then(|charge| ctx.unresolved_charges.get(charge));
        if let Some(facts) = unresolved.or_else(|| ctx.unconfirmed_records.get(&transaction.id)) {
            problems.push(facts.record_report(transaction, record));
            continue;
        }
        match posting.entries(
            transaction,
            record,
            balance_of(&customers.balances, record.currency.as_str()),
        ) {
            Ok(made) => entries.extend(made),
            Err(LedgerError::UnresolvedCustomer(id)) => {
                let why = customers.refused.get(&id).cloned();
                problems.push(ProblemReport::customer(
                    transaction,
                    record,
                    &LedgerError::UnresolvedCustomer(id),
                    why,
                ));
            }
            Err(error) => problems.push(ProblemReport::unpostable(transaction, record, &error)),
        }
    }
    entries
}

/// Records, split by what becomes of them.
#[derive(Default)]
struct SplitRecords<'r> {
    /// Not posted, because they are before the start.
    before: Vec<&'r BalanceTransaction>,
    /// To be posted.
    mirrored: Vec<(&'r BalanceTransaction, Mirrored)>,
    /// Counted and not posted, because the accounts to post to are unknown.
    waiting: Vec<(&'r BalanceTransaction, Mirrored)>,
    /// Problems of records that cannot be split into legs.
    problems: Vec<ProblemReport>,
}

/// The result of mirroring records.
#[derive(Debug)]
pub(crate) struct MirroredRecords<'r> {
    pub(crate) mirrored: Vec<(&'r BalanceTransaction, Mirrored)>,
    /// Records that are not posted because they are before the start.
    pub(crate) before: Vec<&'r BalanceTransaction>,
    /// Where the entries of these records are in the ledger.
    pub(crate) offsets: Offsets,
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
    pub(crate) with: Vec<Unit>,
    pub(crate) found_existing: bool,
}
