//! Adds up automatic payouts within a run.

use crate::engine::context::Context;
use crate::engine::stages::objects;
use crate::engine::stages::objects::known_payouts;
use crate::engine::stages::payout_items;
use crate::engine::stages::problems;
use crate::engine::stages::read::smaller_and_smaller;
use crate::engine::stop::Stop;
use crate::engine::suspects::trial::{Called, Calls, Tried, each};
use crate::model::payout::{PayoutSum, Payouts, PayoutsProven, is_complete};
use crate::model::problem::ProblemReport;
use crate::model::run::request::Depth;
use crate::model::run::step::Step;
use crate::model::stripe::types::List;
use crate::model::stripe::types::list::MAX_PAGE;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::suspect::record::CallKind;
use crate::model::tracked_object::{ObjectItem, ObjectKind};
use crate::platform::clock;
use crate::platform::http::Deadline;
use crate::platform::stripe::{StripeClient, StripeError};

/// Pages of payout members that one run reads for tracked payouts. Each payout becomes complete
/// only once, so this follows the account's volume.
pub(crate) const FOLLOWED_READS_A_RUN: u32 = 20;

/// Reads for older payouts in a run that looks back two days or more, of which there is one a day.
/// They count against the day's allowance.
pub(crate) const OLDER_READS_A_RUN: u32 = 20;

/// Reads for older payouts in the first run, whose calls should depend on the number of records and
/// little else.
pub(crate) const OLDER_READS_FIRST: u32 = 10;

/// The result of counting a payout's members.
pub(crate) enum MemberCount {
    /// All of them are counted.
    All(PayoutSum),
    /// A member has a form that this version cannot read, or is unreadable. The payout cannot be
    /// reconciled.
    Unreadable,
    /// Stripe does not return them, although it returns those of other payouts.
    Unanswered,
    /// A later run continues.
    Later,
}

/// Adds up the members of payouts that Stripe has completed. A failure does not fail the run: the
/// money is mirrored without it, and a later run tries again.
pub(crate) async fn add_up_payouts(ctx: &mut Context<'_>) -> Result<(), Stop> {
    ctx.progress.pass(Step::Payouts);
    // The number of payouts grows with the account. The first run's calls depend on the number of
    // records alone.
    let pages = ctx.progress.counters.records / u64::from(MAX_PAGE);
    let more = if ctx.connection.watermark.is_some() {
        u32::try_from(pages).unwrap_or(u32::MAX)
    } else {
        0
    };
    let mut left = FOLLOWED_READS_A_RUN.saturating_add(more);
    let set_aside = add_up_set_aside(ctx, &mut left).await;
    if let Err(stop) = set_aside.and(add_up_followed(ctx, &mut left).await) {
        tracing::info!(install = %ctx.fence.install, why = ?stop, "payouts not added up");
        return Ok(());
    }
    if ctx.run.depth != Depth::Hour {
        let mut left =
            if ctx.connection.watermark.is_some() { OLDER_READS_A_RUN } else { OLDER_READS_FIRST };
        if let Err(stop) = add_up_older(ctx, &mut left).await {
            tracing::info!(install = %ctx.fence.install, why = ?stop, "older payouts not added up");
        }
    }
    Ok(())
}

pub(crate) async fn add_up_followed(ctx: &mut Context<'_>, left: &mut u32) -> Result<(), Stop> {
    let payouts = known_payouts(ctx).await?;
    let began = ctx.progress.read_began_at.unwrap_or_default();
    let whole = ctx.run.depth != Depth::Hour;
    let again: Vec<String> = ctx
        .suspects
        .due()
        .into_iter()
        .filter(|(kind, _)| *kind == CallKind::PayoutMembers)
        .map(|(_, id)| id)
        .collect();
    let due = |object: &&ObjectItem| {
        let Some(complete) = object
            .complete_since
            .filter(|_| object.has_members() && object.created >= payouts.followed_from)
        else {
            return false;
        };
        match object.added_up {
            // An ordinary run, of which there are many a day, checks payouts that became complete
            // during it. The daily run checks all of them.
            None => {
                whole
                    || complete >= began
                    || payouts.is_under_way(&object.id)
                    || again.contains(&object.id)
            }
            // A member may be listed late, so the payout is checked again as long as the payout
            // object is.
            Some(added) => !added.zero && whole && object.checked_at > added.at,
        }
    };
    let mut due: Vec<ObjectItem> =
        objects::objects(ctx).await?.values().filter(due).cloned().collect();
    due.sort_by_key(|object| {
        (!payouts.is_under_way(&object.id), std::cmp::Reverse(object.created))
    });
    for object in due {
        let adding = match members_of(ctx, &object.id, left, false).await? {
            MemberCount::All(adding) => adding,
            // The payout keeps waiting, for a version that can read it.
            MemberCount::Unreadable | MemberCount::Unanswered => continue,
            MemberCount::Later => return Ok(()),
        };
        payout_items::keep_members(ctx, &adding).await?;
        let mut payouts = known_payouts(ctx).await?;
        let before = object.added_up;
        let object =
            ObjectItem { added_up: Some(payouts.take_in(&adding, before, clock::now())), ..object };
        keep(ctx, payouts, Some((&object, before))).await?;
        objects::objects(ctx).await?.insert(object.id.clone(), object);
    }
    Ok(())
}

/// Continues through Stripe's list of payouts older than the tracked ones, down to the start of the
/// mirror.
pub(crate) async fn add_up_older(ctx: &mut Context<'_>, left: &mut u32) -> Result<(), Stop> {
    loop {
        let mut payouts = known_payouts(ctx).await?;
        if payouts.older_done || !objects::may_read(ctx, left).await? {
            return Ok(());
        }
        let after = payouts.older_after.as_ref().map(|(id, _)| id.as_str());
        let (stripe, deadline, before) = (&ctx.stripe, ctx.deadline, payouts.older_before);
        let page = match smaller_and_smaller(|limit| {
            stripe.payouts_before(before, after, limit, deadline)
        })
        .await
        {
            Err(StripeError::CursorGone) => {
                // The payout is gone, as test data may be. Continue below the second in which it
                // was created.
                let (_, created) = payouts.older_after.take().unwrap_or_default();
                payouts.older_before = created;
                return keep(ctx, payouts, None).await;
            }
            other => other?,
        };
        payout_items::keep_seen(ctx, page.data.iter()).await?;
        let from = ctx.connection.start.as_ref().map_or(i64::MIN, |start| start.at);
        for payout in &page.data {
            if payout.created.is_some_and(|created| created < from) {
                payouts.older_done = true;
                return keep(ctx, payouts, None).await;
            }
            if is_complete(payout) {
                let members = members_of(ctx, &payout.id, left, true).await?;
                if let MemberCount::All(adding) = &members {
                    payout_items::keep_members(ctx, adding).await?;
                }
                payouts = known_payouts(ctx).await?;
                match members {
                    MemberCount::All(adding) => _ = payouts.take_in(&adding, None, clock::now()),
                    MemberCount::Unreadable | MemberCount::Unanswered => payouts.unreadable += 1,
                    MemberCount::Later => return Ok(()),
                }
            }
            let created =
                payout.created.or(payouts.older_after.as_ref().map(|(_, created)| *created));
            payouts.older_after =
                Some((payout.id.clone(), created.unwrap_or(payouts.older_before)));
            if is_complete(payout) {
                keep(ctx, payouts.clone(), None).await?;
                payouts = known_payouts(ctx).await?;
            }
        }
        payouts.older_done = !page.has_more;
        keep(ctx, payouts, None).await?;
    }
}

/// Counts the members of a payout to the end. If that takes more reads than are left, the progress
/// is stored.
pub(crate) async fn members_of(
    ctx: &mut Context<'_>,
    payout: &str,
    left: &mut u32,
    older: bool,
) -> Result<MemberCount, Stop> {
    let mut adding = known_payouts(ctx).await?.go_on(payout);
    let mut fresh = 0;
    loop {
        let may = if older {
            objects::may_read(ctx, left).await?
        } else {
            *left > 0 && !ctx.out_of_time()
        };
        if !may {
            if fresh > 0 {
                let mut payouts = known_payouts(ctx).await?;
                payouts.put_off(adding);
                keep(ctx, payouts, None).await?;
            }
            return Ok(MemberCount::Later);
        }
        *left = if older { *left } else { left.saturating_sub(1) };
        let page = match page_of_members(ctx, payout, adding.after.as_deref()).await? {
            MembersRead::Read(page) => *page,
            MembersRead::CursorGone => {
                adding = PayoutSum::of(payout);
                continue;
            }
            MembersRead::Unreadable => return Ok(MemberCount::Unreadable),
            MembersRead::Unanswered => return Ok(MemberCount::Unanswered),
        };
        adding.add(&page.data);
        fresh += 1;
        if !page.has_more {
            return Ok(MemberCount::All(adding));
        }
    }
}

pub(crate) async fn page_of_members(
    ctx: &mut Context<'_>,
    payout: &str,
    after: Option<&str>,
) -> Result<MembersRead, Stop> {
    let (stripe, suspects) = (ctx.stripe.clone(), std::sync::Arc::clone(&ctx.suspects));
    let read = ReadMembers { stripe: &stripe, after, deadline: ctx.deadline };
    let mut tried = Tried::default();
    each(&suspects, &read, vec![payout], &mut tried).await?;
    let reports: Vec<ProblemReport> =
        tried.aside.iter().map(|(_, facts)| facts.to_report()).collect();
    ctx.progress.counters.problems += problems::record(ctx, &reports).await?;
    Ok(tried.done.pop().map_or(MembersRead::Unanswered, |(_, page)| page))
}

/// Retries payouts that were set aside, are due, and that nothing else leads to, because the list
/// has moved past them.
pub(crate) async fn add_up_set_aside(ctx: &mut Context<'_>, left: &mut u32) -> Result<(), Stop> {
    let due: Vec<String> = ctx
        .suspects
        .due()
        .into_iter()
        .filter(|(kind, _)| *kind == CallKind::PayoutMembers)
        .map(|(_, id)| id)
        .collect();
    for payout in due {
        // Tracked payouts become due without this.
        if objects::objects(ctx).await?.get(&payout).is_some_and(ObjectItem::has_members) {
            continue;
        }
        if let MemberCount::All(adding) = members_of(ctx, &payout, left, false).await? {
            payout_items::keep_members(ctx, &adding).await?;
            let mut payouts = known_payouts(ctx).await?;
            payouts.take_in(&adding, None, clock::now());
            payouts.unreadable = payouts.unreadable.saturating_sub(1);
            keep(ctx, payouts, None).await?;
        }
    }
    Ok(())
}

pub(crate) async fn keep(
    ctx: &mut Context<'_>,
    mut payouts: Payouts,
    object: Option<(&ObjectItem, Option<crate::model::payout::AddedUp>)>,
) -> Result<(), Stop> {
    let stored = ctx
        .services
        .store
        .payouts()
        .put(&ctx.fence.install, ctx.fence.connection, &mut payouts, object)
        .await?;
    if !stored {
        return Err(Stop::Superseded);
    }
    ctx.payouts = Some(payouts);
    Ok(())
}

/// What the certificate states about payouts.
pub(crate) async fn payouts_proven(ctx: &mut Context<'_>) -> Result<PayoutsProven, Stop> {
    let payouts = known_payouts(ctx).await?;
    let waits = |object: &&ObjectItem| {
        object.kind == ObjectKind::Payout
            && object.has_members()
            && object.created >= payouts.followed_from
            && object.added_up.is_none()
    };
    let waiting = objects::objects(ctx).await?.values().filter(waits).count() as u64;
    Ok(PayoutsProven {
        zero: payouts.zero,
        members: payouts.members,
        waiting,
        older_to_come: !payouts.older_done,
        unreadable: payouts.unreadable,
        remainders: payouts.remainders,
        more_remainders: payouts.more_remainders,
    })
}

/// A page of a payout's members.
#[derive(Debug)]
pub(crate) enum MembersRead {
    Read(Box<List<BalanceTransaction>>),
    CursorGone,
    Unreadable,
    Unanswered,
}

/// Reads one page of a payout's members at Stripe.
pub(crate) struct ReadMembers<'s> {
    stripe: &'s StripeClient,
    after: Option<&'s str>,
    deadline: Deadline,
}

/// An id that no payout ever has.
pub(crate) const NO_PAYOUT: &str = "po_000000000000";

impl<'s> Calls for ReadMembers<'s> {
    type Key = &'s str;
    type Output = MembersRead;
    type Error = StripeError;

    fn kind(&self) -> CallKind {
        CallKind::PayoutMembers
    }

    fn subject(&self, payout: &'s str) -> String {
        payout.to_owned()
    }

    async fn call(&self, payout: &'s str) -> Called<MembersRead, StripeError> {
        let stripe = self.stripe.alone();
        let page = match smaller_and_smaller(|limit| {
            stripe.payout_members(payout, self.after, limit, self.deadline)
        })
        .await
        {
            // A request to slow down is respected.
            Err(StripeError::RateLimited { .. }) => {
                self.stripe.payout_members(payout, self.after, MAX_PAGE, self.deadline).await
            }
            other => other,
        };
        let page = match page {
            Ok(page) => Ok(MembersRead::Read(Box::new(page))),
            Err(StripeError::CursorGone) if self.after.is_some() => Ok(MembersRead::CursorGone),
            Err(StripeError::Malformed { .. }) => Ok(MembersRead::Unreadable),
            Err(error) => Err(error),
        };
        (page, stripe.last_failure())
    }

    async fn answers(&self) -> bool {
        // An answer that there is no such payout is also an answer.
        matches!(
            self.stripe.alone().payout_members(NO_PAYOUT, None, 1, self.deadline).await,
            Ok(_) | Err(StripeError::Invalid { .. })
        )
    }

    fn deadline(&self) -> Deadline {
        self.deadline
    }
}

/// The number of reads of a first run for this many payouts that Stripe has completed, if none has
/// more members than one page holds: the tracked ones, and older ones with the list that contains
/// them.
pub(crate) fn reads_of_first_run(followed: u64, older: u64) -> u64 {
    followed.min(u64::from(FOLLOWED_READS_A_RUN)) + (older + 1).min(u64::from(OLDER_READS_FIRST))
}
