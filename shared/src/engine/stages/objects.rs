//! Tracked objects within a run: collected from the pages, and read again when they are due.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::context::Context;
use crate::engine::stages::{payout_items, problems};
use crate::engine::stop::Stop;
use crate::engine::suspects::book::SuspectStatus;
use crate::engine::suspects::trial::{Called, Calls, Tried, each};
use crate::model::payout::{LISTED_LATE_SECONDS, Payouts};
use crate::model::problem::ProblemReport;
use crate::model::problem::item::SubjectKind;
use crate::model::run::step::Step;
use crate::model::stripe::types::Source;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::suspect::record::CallKind;
use crate::model::time::Millis;
use crate::model::tracked_object::{ObjectItem, ObjectKind, source_of};
use crate::platform::clock;
use crate::platform::http::Deadline;
use crate::platform::store::tracked_objects::{KEPT_SECONDS, Objects};
use crate::platform::stripe::{StripeClient, StripeError};

/// Re-reads in one run.
const READS_A_RUN: u32 = 10;

/// Objects that one run reads because of event hints.
const HINTED_A_RUN: u32 = 20;

/// From this many due objects of a kind on, a list is requested first, because it may show many of
/// them in one call.
const WORTH_A_LIST: usize = 2;

pub(crate) async fn objects<'c>(ctx: &'c mut Context<'_>) -> Result<&'c mut Objects, Stop> {
    let objects = match ctx.objects.take() {
        Some(objects) => objects,
        None if ctx.known_empty.objects => Objects::new(),
        None => {
            ctx.services
                .store
                .tracked_objects()
                .all(&ctx.fence.install, ctx.fence.connection)
                .await?
        }
    };
    Ok(ctx.objects.insert(objects))
}

/// Records which objects are open, or no longer open, from the sources of records.
pub(crate) async fn track(
    ctx: &mut Context<'_>,
    records: &[BalanceTransaction],
) -> Result<(), Stop> {
    for record in records {
        let Some((source, transaction)) = source_of(record) else { continue };
        if ObjectKind::of(&source.object).is_some() {
            track_one(ctx, source, Some(transaction)).await?;
        }
    }
    Ok(())
}

async fn track_one(
    ctx: &mut Context<'_>,
    source: &Source,
    transaction: Option<&str>,
) -> Result<(), Stop> {
    let now = clock::now();
    // Most objects are settled and were never open, so the stored ones need not be loaded.
    let Some(fresh) = ObjectItem::of(source, transaction, None, now) else { return Ok(()) };
    let before = objects(ctx).await?.get(&fresh.id).cloned();
    let Some(item) = ObjectItem::of(source, transaction, before.as_ref(), now) else {
        return Ok(());
    };
    let write = match &before {
        None => {
            item.is_news(now)
                || (item.has_members() && item.created >= payouts_since(ctx, now).await?)
        }
        Some(before) => item.differs(before) || before.next_check <= now,
    };
    if write {
        ctx.services
            .store
            .tracked_objects()
            .put(&ctx.fence.install, ctx.fence.connection, &item)
            .await?;
    }
    if write || before.is_some() {
        objects(ctx).await?.insert(item.id.clone(), item);
    }
    Ok(())
}

/// Reads due objects again, within the day's allowance, and those that events hint at. A failure
/// does not fail the run: the money is mirrored without it, and the next run tries again.
pub(crate) async fn reread_open(ctx: &mut Context<'_>) -> Result<(), Stop> {
    ctx.progress.pass(Step::Objects);
    if let Err(stop) = reread_hinted(ctx).await {
        tracing::info!(install = %ctx.fence.install, why = ?stop, "hinted objects not read");
    }
    let now = clock::now();
    let due: Vec<ObjectItem> = {
        let suspects = std::sync::Arc::clone(&ctx.suspects);
        let held = |id: &str| suspects.standing(CallKind::ObjectRead, id) == SuspectStatus::Held;
        let open = objects(ctx)
            .await?
            .values()
            .filter(|object| !object.settled && object.next_check <= now && !held(&object.id));
        open.cloned().collect()
    };
    let mut left = READS_A_RUN;
    for kind in ObjectKind::ALL {
        let mut wanted: Vec<&ObjectItem> =
            due.iter().filter(|object| object.kind == kind).collect();
        wanted.sort_by_key(|object| object.next_check);
        if let Err(stop) = reread_kind(ctx, kind, &wanted, &mut left).await {
            tracing::info!(install = %ctx.fence.install, ?kind, why = ?stop,
                "open objects not read again");
        }
    }
    Ok(())
}

async fn reread_kind(
    ctx: &mut Context<'_>,
    kind: ObjectKind,
    wanted: &[&ObjectItem],
    left: &mut u32,
) -> Result<(), Stop> {
    let mut shown: BTreeSet<String> = BTreeSet::new();
    if wanted.len() >= WORTH_A_LIST && may_read(ctx, left).await? {
        let oldest = wanted.iter().map(|object| object.created).min().unwrap_or_default();
        let list = ctx.stripe.objects(kind.resource(), oldest, ctx.deadline).await?;
        payout_items::keep_seen(ctx, list.data.iter()).await?;
        for source in
            list.data.iter().filter(|source| wanted.iter().any(|object| object.id == source.id))
        {
            track_one(ctx, source, None).await?;
            shown.insert(source.id.clone());
        }
    }
    let mut ids = due_again(ctx, kind, wanted);
    for object in wanted.iter().filter(|object| !shown.contains(&object.id)) {
        if !may_read(ctx, left).await? {
            break;
        }
        ids.push(object.id.clone());
    }
    reread_all(ctx, kind, &ids).await.1
}

/// Reads objects one by one; each may fail on its own. Returns those that were read.
async fn reread_all(
    ctx: &mut Context<'_>,
    kind: ObjectKind,
    ids: &[String],
) -> (BTreeSet<String>, Result<(), Stop>) {
    let (stripe, suspects) = (ctx.stripe.clone(), std::sync::Arc::clone(&ctx.suspects));
    let read = ReadObjects { stripe: &stripe, kind, deadline: ctx.deadline };
    let mut tried = Tried::default();
    let ended = each(&suspects, &read, ids.iter().map(String::as_str).collect(), &mut tried).await;
    let reports: Vec<ProblemReport> =
        tried.aside.iter().map(|(_, facts)| facts.to_report()).collect();
    let mut done = BTreeSet::new();
    let recorded = async {
        ctx.progress.counters.problems += problems::record(ctx, &reports).await?;
        for (id, shown) in tried.done {
            take_in(ctx, id, shown).await?;
            done.insert(id.to_owned());
        }
        Ok(())
    };
    let recorded = recorded.await;
    (done, recorded.and(ended))
}

/// Takes one read from the allowance of this run and this day.
pub(crate) async fn may_read(ctx: &mut Context<'_>, left: &mut u32) -> Result<bool, Stop> {
    if *left == 0 || ctx.out_of_time() {
        return Ok(false);
    }
    let may = ctx
        .services
        .store
        .tracked_objects()
        .take_read(&ctx.fence.install, ctx.fence.connection, clock::now())
        .await?;
    *left = if may { *left - 1 } else { 0 };
    Ok(may)
}

async fn take_in(ctx: &mut Context<'_>, id: &str, shown: ObjectRead) -> Result<(), Stop> {
    if let ObjectRead::Forbidden(permission) = &shown {
        // A permission that only this object needs is no reason to pause the run. It is not
        // requested again in this run.
        let reports = [ProblemReport::not_allowed(SubjectKind::Object, id, permission.as_deref())];
        ctx.progress.counters.problems += problems::record(ctx, &reports).await?;
        return Ok(());
    }
    problems::resolve_known(ctx, &[ProblemReport::not_allowed(SubjectKind::Object, id, None).id])
        .await?;
    match shown {
        ObjectRead::Forbidden(_) => Ok(()),
        ObjectRead::Object(source) => {
            payout_items::keep_seen(ctx, std::iter::once(&*source)).await?;
            track_one(ctx, &source, None).await
        }
        ObjectRead::Gone => {
            let now = clock::now();
            if let Some(object) = objects(ctx).await?.get_mut(id) {
                object.settled = true;
                object.checked_at = now;
                let object = object.clone();
                ctx.services
                    .store
                    .tracked_objects()
                    .put(&ctx.fence.install, ctx.fence.connection, &object)
                    .await?;
            }
            Ok(())
        }
    }
}

/// Reads the objects that events hint at, unless a page has shown them since. What this run does
/// not reach or cannot read waits for the next one.
async fn reread_hinted(ctx: &mut Context<'_>) -> Result<(), Stop> {
    if ctx.known_empty.object_hints {
        return Ok(());
    }
    let hints = ctx
        .services
        .store
        .tracked_objects()
        .hints(&ctx.fence.install, ctx.fence.connection)
        .await?;
    ctx.found_empty.object_hints = hints.is_empty();
    let mut wanted: BTreeMap<ObjectKind, Vec<String>> = BTreeMap::new();
    let mut unread: BTreeSet<String> = BTreeSet::new();
    let mut left = HINTED_A_RUN;
    for hint in &hints {
        let Some(kind) = ObjectKind::of_id(&hint.object_id) else { continue };
        let known = objects(ctx).await?.get(&hint.object_id);
        if known.is_some_and(|object| object.checked_at >= hint.received_at) {
            continue;
        }
        unread.insert(hint.object_id.clone());
        if left > 0
            && !ctx.out_of_time()
            && ctx.suspects.standing(CallKind::ObjectRead, &hint.object_id) != SuspectStatus::Held
        {
            left -= 1;
            wanted.entry(kind).or_default().push(hint.object_id.clone());
        }
    }
    let mut ended = Ok(());
    for (kind, ids) in wanted {
        let (done, stopped) = reread_all(ctx, kind, &ids).await;
        unread.retain(|id| !done.contains(id));
        ended = ended.and(stopped);
    }
    for hint in hints.iter().filter(|hint| {
        ObjectKind::of_id(&hint.object_id).is_some() && !unread.contains(&hint.object_id)
    }) {
        ctx.services
            .store
            .tracked_objects()
            .drop_hint(&ctx.fence.install, ctx.fence.connection, hint)
            .await?;
    }
    ended
}

/// Set-aside objects that may be read again and that nothing else leads to.
fn due_again(ctx: &Context<'_>, kind: ObjectKind, wanted: &[&ObjectItem]) -> Vec<String> {
    let due = ctx
        .suspects
        .due()
        .into_iter()
        .filter(|(of, _)| *of == CallKind::ObjectRead)
        .map(|(_, id)| id);
    due.filter(|id| {
        ObjectKind::of_id(id) == Some(kind) && !wanted.iter().any(|object| object.id == *id)
    })
    .collect()
}

/// An object as Stripe shows it now.
#[derive(Debug)]
enum ObjectRead {
    Object(Box<Source>),
    Gone,
    /// The key lacks the permission. Holds the permission's name at Stripe.
    Forbidden(Option<String>),
}

/// Reads objects of a kind at Stripe one by one.
struct ReadObjects<'s> {
    stripe: &'s StripeClient,
    kind: ObjectKind,
    deadline: Deadline,
}

/// A suffix that no object id ever has.
const NOTHING: &str = "none_000000000000";

impl<'s> Calls for ReadObjects<'s> {
    type Key = &'s str;
    type Output = ObjectRead;
    type Error = StripeError;

    fn kind(&self) -> CallKind {
        CallKind::ObjectRead
    }

    fn subject(&self, id: &'s str) -> String {
        id.to_owned()
    }

    async fn call(&self, id: &'s str) -> Called<ObjectRead, StripeError> {
        let stripe = self.stripe.alone();
        let shown = match stripe.object(self.kind.resource(), id, self.deadline).await {
            Ok(Some(source)) => Ok(ObjectRead::Object(Box::new(source))),
            Ok(None) => Ok(ObjectRead::Gone),
            Err(StripeError::Forbidden { permission }) => Ok(ObjectRead::Forbidden(permission)),
            Err(error) => Err(error),
        };
        (shown, stripe.last_failure())
    }

    async fn answers(&self) -> bool {
        self.stripe.alone().object(self.kind.resource(), NOTHING, self.deadline).await.is_ok()
    }

    fn deadline(&self) -> Deadline {
        self.deadline
    }
}

/// The time, in Unix seconds, from which a payout that is settled when first read counts as unseen:
/// no run has read it, or it is recent enough that it would still be stored. For payouts older than
/// the tracked ones, Stripe's list decides.
pub(crate) async fn payouts_since(ctx: &mut Context<'_>, now: Millis) -> Result<i64, Stop> {
    let unread = ctx.connection.watermark.unwrap_or(now).seconds() - LISTED_LATE_SECONDS;
    let followed_from = known_payouts(ctx).await?.followed_from;
    Ok(unread.min(now.seconds() - KEPT_SECONDS).max(followed_from))
}

pub(crate) async fn known_payouts(ctx: &mut Context<'_>) -> Result<Payouts, Stop> {
    if let Some(payouts) = &ctx.payouts {
        return Ok(payouts.clone());
    }
    let began = ctx.progress.read_began_at.unwrap_or_else(clock::now);
    let stored = ctx.services.store.payouts().get(&ctx.fence.install, ctx.fence.connection).await?;
    Ok(ctx.payouts.insert(stored.unwrap_or_else(|| Payouts::beginning(began))).clone())
}
