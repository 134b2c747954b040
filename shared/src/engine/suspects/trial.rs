//! Makes several calls about one record each. A success is done, a refusal is reported, and a
//! failure is retried until its cause is known.

use std::time::Duration;

use futures::stream::StreamExt;
use futures::{FutureExt, stream};

use crate::engine::stop::Stop;
use crate::engine::suspects::Suspects;
use crate::engine::suspects::book::SuspectStatus;
use crate::engine::suspects::failing::Failing;
use crate::engine::unknown_refusal;
use crate::model::failed_call::FailedCall;
use crate::model::party::Party;
use crate::model::suspect::record::{CallKind, Suspect};
use crate::platform::blnk::RefusalCode;
use crate::platform::http::Deadline;

/// Concurrent calls.
const AT_ONCE: usize = 4;

/// The waits before retries of a suspect. Including the calls they cost a run less than ten
/// seconds.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(800), Duration::from_millis(1_600), Duration::from_millis(400)];

/// Calls begun before checking whether any succeeds, as a multiple of the concurrent calls.
const CHUNK: usize = 2;

/// The limit of rounds in a trial; more than it takes to determine the cause.
const MAX_ROUNDS: u32 = 12;

/// The result of a call, and the failed call if there is one.
pub(crate) type Called<T, E> = (Result<T, E>, Option<FailedCall>);

/// The results that exist.
type There<K, T> = Vec<(K, T)>;

/// Calls of one kind.
pub(crate) trait Calls {
    /// The subject of a call.
    type Key: Copy;
    /// The result of a successful call.
    type Output;
    /// The error of a failed call.
    type Error: Failing;

    /// The kind of call.
    fn kind(&self) -> CallKind;
    /// The name of a call's subject.
    fn subject(&self, key: Self::Key) -> String;
    /// Makes a call, once.
    fn call(&self, key: Self::Key) -> impl Future<Output = Called<Self::Output, Self::Error>>;
    /// Returns the results that exist although their calls failed. The effect of a write without an
    /// answer is unknown.
    fn look(
        &self,
        keys: &[Self::Key],
    ) -> impl Future<Output = Result<There<Self::Key, Self::Output>, Stop>> {
        let _ = keys;
        async { Ok(Vec::new()) }
    }
    /// Concurrent calls.
    fn at_once(&self) -> usize {
        AT_ONCE
    }
    /// Whether the other side answers calls of this kind at all. Makes a harmless call, for use
    /// when no other call is due.
    fn answers(&self) -> impl Future<Output = bool>;
    /// The deadline for all calls.
    fn deadline(&self) -> Deadline;
}

/// The results of calls.
#[derive(Debug)]
pub(crate) struct Tried<K, T> {
    /// The calls that succeeded.
    pub(crate) done: Vec<(K, T)>,
    /// The calls that were finally refused, with code and reason.
    pub(crate) refused: Vec<(K, RefusalCode, String)>,
    /// Subjects that were set aside just now, or were due and failed again.
    pub(crate) aside: Vec<(K, Suspect)>,
    /// Subjects that were set aside before and are not due.
    pub(crate) held: Vec<(K, Suspect)>,
}

impl<K, T> Default for Tried<K, T> {
    fn default() -> Self {
        Self { done: Vec::new(), refused: Vec::new(), aside: Vec::new(), held: Vec::new() }
    }
}

/// What remains after a round.
struct Left<K> {
    unclear: Vec<K>,
    failed: Vec<K>,
}

/// Makes calls until each has succeeded, was refused or is set aside. `tried` holds the results so
/// far, even after an error.
pub(crate) async fn each<C: Calls>(
    suspects: &Suspects,
    calls: &C,
    wanted: Vec<C::Key>,
    tried: &mut Tried<C::Key, C::Output>,
) -> Result<(), Stop> {
    let kind = calls.kind();
    let mut convicted = Vec::new();
    let mut open = Vec::new();
    for key in wanted {
        let facts = suspects.facts(kind, &calls.subject(key));
        match (suspects.standing(kind, &calls.subject(key)), facts) {
            (SuspectStatus::Held, Some(facts)) => tried.held.push((key, facts)),
            (SuspectStatus::Convicted, _) => convicted.push(key),
            _ => open.push(key),
        }
    }
    let mut round = 1;
    while !open.is_empty() {
        control(suspects, calls, &open).await?;
        let mut left = one_round(suspects, calls, std::mem::take(&mut open), round, tried).await?;
        take_what_is_there(suspects, calls, &mut left, tried).await?;
        let waiting = part(suspects, calls, left.failed, &mut convicted, tried);
        if let Some(first) = waiting.first().or(convicted.first()).filter(|_| suspects.outage(kind))
        {
            return Err(suspects.wait_for(kind, &calls.subject(*first)));
        }
        // Calls that cannot be retried in this delivery, or not yet, wait until all others are
        // done.
        let now_not = |key: &C::Key| {
            matches!(
                suspects.standing(kind, &calls.subject(*key)),
                SuspectStatus::Spent | SuspectStatus::Lasting
            )
        };
        let (later, again): (Vec<C::Key>, Vec<C::Key>) = waiting.into_iter().partition(now_not);
        open = left.unclear;
        if open.is_empty() && again.is_empty() {
            match later.first() {
                Some(key) => {
                    return Err(suspects.later(
                        kind,
                        &calls.subject(*key),
                        "a call may still be in progress",
                    ));
                }
                None => break,
            }
        }
        if let Some(key) = again.first().filter(|_| round >= MAX_ROUNDS) {
            return Err(suspects.later(kind, &calls.subject(*key), "calls fail in different ways"));
        }
        pause(calls.deadline(), round, again.is_empty()).await?;
        open.extend(again);
        open.extend(later);
        round += 1;
    }
    // Records convicted one by one may turn out to be too many to be the cause.
    if let Some(first) = convicted.first().filter(|_| suspects.outage(kind)) {
        return Err(suspects.wait_for(kind, &calls.subject(*first)));
    }
    set_aside(suspects, calls, convicted, tried).await
}

/// Makes each call once. Subjects that were not suspects come first, to show whether the other side
/// works.
async fn one_round<C: Calls>(
    suspects: &Suspects,
    calls: &C,
    open: Vec<C::Key>,
    round: u32,
    tried: &mut Tried<C::Key, C::Output>,
) -> Result<Left<C::Key>, Stop> {
    let kind = calls.kind();
    let standing = |key: &C::Key| suspects.standing(kind, &calls.subject(*key));
    let (spent, open): (Vec<C::Key>, Vec<C::Key>) = open
        .into_iter()
        .partition(|key| matches!(standing(key), SuspectStatus::Spent | SuspectStatus::Lasting));
    let (fresh, mut again): (Vec<C::Key>, Vec<C::Key>) =
        open.into_iter().partition(|key| standing(key) == SuspectStatus::Clear);
    let mut left = Left { unclear: Vec::new(), failed: spent };
    if suspects.outage(kind) && !again.is_empty() {
        // One call goes ahead. While it fails, the others need not be made. Each subject gets its
        // turn, because one of them may always fail.
        let failed_at =
            |key: &C::Key| suspects.facts(kind, &calls.subject(*key)).map(|facts| facts.last_at);
        again.sort_by_key(failed_at);
        let pilot = again.remove(0);
        batch(suspects, calls, vec![pilot], round, tried, &mut left).await?;
        if suspects.outage(kind) && !left.failed.is_empty() {
            return Err(suspects.wait_for(kind, &calls.subject(pilot)));
        }
    }
    for part in fresh.chunks(calls.at_once() * CHUNK) {
        batch(suspects, calls, part.to_vec(), round, tried, &mut left).await?;
        if suspects.outage(kind)
            && let Some(failed) = left.failed.first()
        {
            return Err(suspects.wait_for(kind, &calls.subject(*failed)));
        }
    }
    batch(suspects, calls, again, round, tried, &mut left).await?;
    Ok(left)
}

async fn batch<C: Calls>(
    suspects: &Suspects,
    calls: &C,
    keys: Vec<C::Key>,
    round: u32,
    tried: &mut Tried<C::Key, C::Output>,
    left: &mut Left<C::Key>,
) -> Result<(), Stop> {
    let kind = calls.kind();
    let mut stopped = None;
    let mut answers = stream::iter(keys)
        .map(|key| calls.call(key).map(move |answer| (key, answer)))
        .buffer_unordered(calls.at_once());
    while let Some((key, (answer, call))) = answers.next().await {
        let subject = calls.subject(key);
        let error = match answer {
            Ok(made) => {
                suspects.succeeded(kind, &subject).await?;
                tried.done.push((key, made));
                continue;
            }
            Err(error) => error,
        };
        match (error.refused(), error.failure(call)) {
            // An older Blnk Core reports its own faults in the same way. The refusal counts when it
            // persists.
            (Some((RefusalCode::Unrecognized, _)), _) if round < unknown_refusal::SAME_REFUSALS => {
                left.unclear.push(key);
            }
            (Some((code, message)), _) => {
                tracing::warn!(
                    kind = kind.as_str(),
                    code = code.as_str(),
                    "the ledger refused a call"
                );
                tried.refused.push((key, code, message));
            }
            (None, Some(failure)) => {
                suspects.failed(kind, &subject, failure).await?;
                left.failed.push(key);
            }
            // Calls in progress are still completed.
            (None, None) => stopped = stopped.or_else(|| Some(error.into())),
        }
    }
    stopped.map_or(Ok(()), Err)
}

/// Looks for existing results of calls that failed or were refused with an unknown message. Neither
/// shows that nothing was written.
async fn take_what_is_there<C: Calls>(
    suspects: &Suspects,
    calls: &C,
    left: &mut Left<C::Key>,
    tried: &mut Tried<C::Key, C::Output>,
) -> Result<(), Stop> {
    let asked: Vec<C::Key> = left.failed.iter().chain(&left.unclear).copied().collect();
    if asked.is_empty() {
        return Ok(());
    }
    let kind = calls.kind();
    let mut found: Vec<String> = Vec::new();
    for (key, made) in calls.look(&asked).await? {
        let subject = calls.subject(key);
        suspects.succeeded(kind, &subject).await?;
        found.push(subject);
        tried.done.push((key, made));
    }
    let absent = |key: &C::Key| !found.contains(&calls.subject(*key));
    left.failed.retain(absent);
    left.unclear.retain(absent);
    Ok(())
}

/// Splits failed calls without a result into convicted records and those still to be retried.
fn part<C: Calls>(
    suspects: &Suspects,
    calls: &C,
    failed: Vec<C::Key>,
    convicted: &mut Vec<C::Key>,
    tried: &mut Tried<C::Key, C::Output>,
) -> Vec<C::Key> {
    let kind = calls.kind();
    let mut waiting = Vec::new();
    for key in failed {
        let subject = calls.subject(key);
        match (suspects.standing(kind, &subject), suspects.facts(kind, &subject)) {
            // It was set aside before, was due, and has failed again.
            (SuspectStatus::Held, Some(facts)) => tried.aside.push((key, facts)),
            (SuspectStatus::Convicted, _) => convicted.push(key),
            _ => waiting.push(key),
        }
    }
    waiting
}

/// If no other call of the kind has succeeded, a harmless one shows whether the other side answers
/// at all.
async fn control<C: Calls>(suspects: &Suspects, calls: &C, again: &[C::Key]) -> Result<(), Stop> {
    let kind = calls.kind();
    let open = |key: &&C::Key| {
        suspects.standing(kind, &calls.subject(**key)) == SuspectStatus::Uncontrolled
    };
    let Some(first) = again.iter().find(open) else { return Ok(()) };
    if calls.answers().await {
        suspects.controlled(kind);
        return Ok(());
    }
    Err(suspects.wait_for(kind, &calls.subject(*first)))
}

async fn set_aside<C: Calls>(
    suspects: &Suspects,
    calls: &C,
    convicted: Vec<C::Key>,
    tried: &mut Tried<C::Key, C::Output>,
) -> Result<(), Stop> {
    let kind = calls.kind();
    for key in convicted {
        if let Some(facts) = suspects.set_aside(kind, &calls.subject(key)).await? {
            tried.aside.push((key, facts));
        }
    }
    Ok(())
}

async fn pause(deadline: Deadline, round: u32, only_unclear: bool) -> Result<(), Stop> {
    if only_unclear {
        return unknown_refusal::wait(round, deadline).await;
    }
    let at = usize::try_from(round.saturating_sub(1)).unwrap_or_default().min(PAUSES.len() - 1);
    let wait = PAUSES.get(at).copied().unwrap_or_default();
    if wait >= deadline.remaining() {
        return Err(Stop::later(Party::App, "no time left to retry failed calls"));
    }
    tokio::time::sleep(wait).await;
    Ok(())
}
