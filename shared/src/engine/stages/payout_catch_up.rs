//! Stores payouts that earlier versions read without storing them: some each day, newest first.

use crate::engine::context::Context;
use crate::engine::stages::objects::{known_payouts, may_read};
use crate::engine::stages::payout_items::{keep_members, keep_seen};
use crate::engine::stages::payouts::{MemberCount, keep, members_of};
use crate::engine::stages::read::smaller_and_smaller;
use crate::engine::stop::Stop;
use crate::model::payout::CatchUp;
use crate::model::payout::item::Reconciliation;
use crate::model::run::request::Depth;
use crate::platform::clock;
use crate::platform::store::payout_items::{PAYOUTS_PAGE, PayoutFilter, PayoutPlace};
use crate::platform::stripe::StripeError;

/// The number of reads for such payouts in a run that looks back two days or more, of which there
/// is one a day. They count against the day's allowance.
const CATCH_UP_READS_A_RUN: u32 = 20;

/// Stripe's clock may be ahead of ours by this much.
const AHEAD_SECONDS: i64 = 24 * 3600;

/// First stores all payouts of Stripe's list, then the members of each. A failure does not fail the
/// run: a later run continues.
pub(crate) async fn catch_up(ctx: &mut Context<'_>) {
    if ctx.run.depth == Depth::Hour || ctx.connection.watermark.is_none() {
        return;
    }
    if let Err(stop) = go_on(ctx).await {
        tracing::info!(install = %ctx.fence.install, why = ?stop,
            "payouts of earlier versions not stored yet");
    }
}

async fn go_on(ctx: &mut Context<'_>) -> Result<(), Stop> {
    let mut left = CATCH_UP_READS_A_RUN;
    loop {
        let goes_on = match known_payouts(ctx).await?.catch_up {
            CatchUp::Beginning => list(ctx, None, &mut left).await?,
            CatchUp::Listing(after) => list(ctx, Some(&after), &mut left).await?,
            CatchUp::Members(after) => add_up(ctx, after.as_deref(), &mut left).await?,
            CatchUp::Done => false,
        };
        if !goes_on {
            return Ok(());
        }
    }
}

/// Stores a page of Stripe's list of payouts. Returns whether there is more to do in this run.
async fn list(ctx: &mut Context<'_>, after: Option<&str>, left: &mut u32) -> Result<bool, Stop> {
    if !may_read(ctx, left).await? {
        return Ok(false);
    }
    let before = clock::now().seconds() + AHEAD_SECONDS;
    let (stripe, deadline) = (&ctx.stripe, ctx.deadline);
    let page =
        match smaller_and_smaller(|limit| stripe.payouts_before(before, after, limit, deadline))
            .await
        {
            // The payout is gone, as test data may be. The next run starts over.
            Err(StripeError::CursorGone) => {
                note(ctx, CatchUp::Beginning).await?;
                return Ok(false);
            }
            other => other?,
        };
    keep_seen(ctx, page.data.iter()).await?;
    let next = match page.last_id().filter(|_| page.has_more) {
        Some(last) => CatchUp::Listing(last.to_owned()),
        None => CatchUp::Members(None),
    };
    note(ctx, next).await?;
    Ok(true)
}

/// Adds up the members of payouts in a part of the stored list that are not added up yet. Returns
/// whether there is more to do in this run.
async fn add_up(ctx: &mut Context<'_>, after: Option<&str>, left: &mut u32) -> Result<bool, Stop> {
    let (install, connection) = (ctx.fence.install.clone(), ctx.fence.connection);
    let pending =
        PayoutFilter { reconciliation: Some(Reconciliation::Pending), ..PayoutFilter::default() };
    let place = after.and_then(PayoutPlace::parse);
    let items = ctx.services.store.payout_items();
    let page = items.page(&install, connection, &pending, place.as_ref(), PAYOUTS_PAGE).await?;
    for line in page.payouts.iter().filter(|line| line.waits_for_members()) {
        match members_of(ctx, &line.id, left, true).await? {
            MemberCount::All(adding) => {
                keep_members(ctx, &adding).await?;
                let mut payouts = known_payouts(ctx).await?;
                payouts.finish(&line.id);
                payouts.catch_up =
                    CatchUp::Members(Some(PayoutPlace::of(line.created, &line.id)?.to_string()));
                keep(ctx, payouts, None).await?;
            }
            // It stays without members. A person who opens it sees them page by page.
            MemberCount::Unreadable | MemberCount::Unanswered => {}
            MemberCount::Later => return Ok(false),
        }
    }
    let next = page.next.map(|place| CatchUp::Members(Some(place.to_string())));
    note(ctx, next.unwrap_or(CatchUp::Done)).await?;
    Ok(true)
}

async fn note(ctx: &mut Context<'_>, catch_up: CatchUp) -> Result<(), Stop> {
    let mut payouts = known_payouts(ctx).await?;
    payouts.catch_up = catch_up;
    keep(ctx, payouts, None).await
}
