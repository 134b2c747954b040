//! Calls about one record each, several of them: what succeeds is done, what is refused is told, and what fails is tried until it is known
//! whose fault it is.

use std::time::Duration;

use futures::stream::StreamExt;
use futures::{FutureExt, stream};

use crate::engine::doubt;
use crate::engine::stop::Stop;
use crate::engine::suspects::Suspects;
use crate::engine::suspects::book::SuspectStatus;
use crate::engine::suspects::failing::Failing;
use crate::model::failed_call::FailedCall;
use crate::model::party::Party;
use crate::model::suspect::record::{CallKind, Suspect};
use crate::platform::blnk::RefusalCode;
use crate::platform::http::Deadline;

/// Calls under way at once.
const AT_ONCE: usize = 4;

/// The waits before a suspect is tried again: with the calls themselves they cost a run less than ten seconds.
const PAUSES: [Duration; 3] = [Duration::from_millis(800), Duration::from_millis(1_600), Duration::from_millis(400)];

/// So many times the calls under way at once are begun before it is looked whether anything succeeds.
const CHUNK: usize = 2;

/// Rounds of a trial: more than it takes to tell.
const MAX_ROUNDS: u32 = 12;

/// What a call came to, and what is known of it if it failed.
pub(crate) type Called<T, E> = (Result<T, E>, Option<FailedCall>);

/// What is there of what was asked for.
type There<K, T> = Vec<(K, T)>;

/// Calls of one kind.
pub(crate) trait Calls {
    /// What a call is about.
    type Key: Copy;
    /// What it brings.
    type Made;
    /// How it fails.
    type Error: Failing;

    /// The kind.
    fn kind(&self) -> CallKind;
    /// Names what a call is about.
    fn subject(&self, key: Self::Key) -> String;
    /// Makes a call, once.
    fn call(&self, key: Self::Key) -> impl Future<Output = Called<Self::Made, Self::Error>>;
    /// What is there although the calls failed: of a write that is not answered nobody knows what it did.
    fn look(&self, keys: &[Self::Key]) -> impl Future<Output = Result<There<Self::Key, Self::Made>, Stop>> {
        let _ = keys;
        async { Ok(Vec::new()) }
    }
    /// Calls under way at once.
    fn at_once(&self) -> usize {
        AT_ONCE
    }
    /// Whether the other side answers calls of this kind at all: a harmless one, for where no other is to be made.
    fn answers(&self) -> impl Future<Output = bool>;
    /// When to give up for want of time.
    fn deadline(&self) -> Deadline;
}

/// What became of calls.
#[derive(Debug)]
pub(crate) struct Tried<K, T> {
    /// What succeeded.
    pub(crate) done: Vec<(K, T)>,
    /// What was refused for good, with the reason.
    pub(crate) refused: Vec<(K, RefusalCode, String)>,
    /// What was set aside just now, or was due and failed once more.
    pub(crate) aside: Vec<(K, Suspect)>,
    /// What was set aside before and is not due.
    pub(crate) held: Vec<(K, Suspect)>,
}

impl<K, T> Default for Tried<K, T> {
    fn default() -> Self {
        Self { done: Vec::new(), refused: Vec::new(), aside: Vec::new(), held: Vec::new() }
    }
}

/// What is left of a round.
struct Left<K> {
    doubted: Vec<K>,
    failed: Vec<K>,
}

/// Makes calls until each of them has succeeded, was refused or is set aside. What was reached stands in `tried`, whatever is answered.
pub(crate) async fn each<C: Calls>(
    suspects: &Suspects,
    calls: &C,
    wanted: Vec<C::Key>,
    tried: &mut Tried<C::Key, C::Made>,
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
        if let Some(first) = waiting.first().or(convicted.first()).filter(|_| suspects.outage(kind)) {
            return Err(suspects.wait_for(kind, &calls.subject(*first)));
        }
        // What cannot be tried again in this receive, or not yet, waits until all others are through.
        let now_not = |key: &C::Key| matches!(suspects.standing(kind, &calls.subject(*key)), SuspectStatus::Spent | SuspectStatus::Lasting);
        let (later, again): (Vec<C::Key>, Vec<C::Key>) = waiting.into_iter().partition(now_not);
        open = left.doubted;
        if open.is_empty() && again.is_empty() {
            match later.first() {
                Some(key) => return Err(suspects.later(kind, &calls.subject(*key), "a call may still be under way")),
                None => break,
            }
        }
        if let Some(key) = again.first().filter(|_| round >= MAX_ROUNDS) {
            return Err(suspects.later(kind, &calls.subject(*key), "calls fail, each in another way"));
        }
        pause(calls.deadline(), round, again.is_empty()).await?;
        open.extend(again);
        open.extend(later);
        round += 1;
    }
    // Those that were told one after the other may be too many to be at fault.
    if let Some(first) = convicted.first().filter(|_| suspects.outage(kind)) {
        return Err(suspects.wait_for(kind, &calls.subject(*first)));
    }
    set_aside(suspects, calls, convicted, tried).await
}

/// Makes each call once: those of records that were not suspected before come first, so that they show what the other side can do.
async fn one_round<C: Calls>(
    suspects: &Suspects,
    calls: &C,
    open: Vec<C::Key>,
    round: u32,
    tried: &mut Tried<C::Key, C::Made>,
) -> Result<Left<C::Key>, Stop> {
    let kind = calls.kind();
    let standing = |key: &C::Key| suspects.standing(kind, &calls.subject(*key));
    let (spent, open): (Vec<C::Key>, Vec<C::Key>) =
        open.into_iter().partition(|key| matches!(standing(key), SuspectStatus::Spent | SuspectStatus::Lasting));
    let (fresh, mut again): (Vec<C::Key>, Vec<C::Key>) = open.into_iter().partition(|key| standing(key) == SuspectStatus::Clear);
    let mut left = Left { doubted: Vec::new(), failed: spent };
    if suspects.outage(kind) && !again.is_empty() {
        // One goes ahead: while it fails, the others need not be asked for. Each goes in its turn, since one of them may always fail.
        let failed_at = |key: &C::Key| suspects.facts(kind, &calls.subject(*key)).map(|facts| facts.last_at);
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
    tried: &mut Tried<C::Key, C::Made>,
    left: &mut Left<C::Key>,
) -> Result<(), Stop> {
    let kind = calls.kind();
    let mut halted = None;
    let mut answers = stream::iter(keys).map(|key| calls.call(key).map(move |answer| (key, answer))).buffer_unordered(calls.at_once());
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
            // An older Core tells faults of its own in the same way: it is believed when it stands.
            (Some((RefusalCode::Unrecognized, _)), _) if round < doubt::SAME_REFUSALS => left.doubted.push(key),
            (Some((code, message)), _) => {
                tracing::warn!(kind = kind.as_str(), code = code.as_str(), "the ledger would not do it");
                tried.refused.push((key, code, message));
            }
            (None, Some(failure)) => {
                suspects.failed(kind, &subject, failure).await?;
                left.failed.push(key);
            }
            // What was begun comes to its end all the same.
            (None, None) => halted = halted.or_else(|| Some(error.into())),
        }
    }
    halted.map_or(Ok(()), Err)
}

/// Looks what is there of what failed or was refused in words that nobody knows: neither tells that nothing was written.
async fn take_what_is_there<C: Calls>(
    suspects: &Suspects,
    calls: &C,
    left: &mut Left<C::Key>,
    tried: &mut Tried<C::Key, C::Made>,
) -> Result<(), Stop> {
    let asked: Vec<C::Key> = left.failed.iter().chain(&left.doubted).copied().collect();
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
    left.doubted.retain(absent);
    Ok(())
}

/// Parts what failed and is not there: whose fault it is, and what is still to be tried.
fn part<C: Calls>(
    suspects: &Suspects,
    calls: &C,
    failed: Vec<C::Key>,
    convicted: &mut Vec<C::Key>,
    tried: &mut Tried<C::Key, C::Made>,
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

/// Where no other call of the kind has succeeded, a harmless one shows whether the other side answers it at all.
async fn control<C: Calls>(suspects: &Suspects, calls: &C, again: &[C::Key]) -> Result<(), Stop> {
    let kind = calls.kind();
    let open = |key: &&C::Key| suspects.standing(kind, &calls.subject(**key)) == SuspectStatus::Uncontrolled;
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
    tried: &mut Tried<C::Key, C::Made>,
) -> Result<(), Stop> {
    let kind = calls.kind();
    for key in convicted {
        if let Some(facts) = suspects.set_aside(kind, &calls.subject(key)).await? {
            tried.aside.push((key, facts));
        }
    }
    Ok(())
}

async fn pause(deadline: Deadline, round: u32, only_doubts: bool) -> Result<(), Stop> {
    if only_doubts {
        return doubt::wait(round, deadline).await;
    }
    let at = usize::try_from(round.saturating_sub(1)).unwrap_or_default().min(PAUSES.len() - 1);
    let wait = PAUSES.get(at).copied().unwrap_or_default();
    if wait >= deadline.remaining() {
        return Err(Stop::later(Party::App, "no time is left to try again what failed"));
    }
    tokio::time::sleep(wait).await;
    Ok(())
}
