//! Whenever runs fail, and however often, the figures kept in the end are those of Stripe's list.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use ulid::Ulid;

use crate::model::connection::tests::connection;
use crate::model::run::plan;
use crate::model::run::request::Trigger;
use crate::model::run::resuming::*;
use crate::model::run::{RunError, RunState};
use crate::platform::store::runs::{Request, new_run};

const HOUR: i64 = SECONDS_PER_HOUR;

const DAY: i64 = SECONDS_PER_DAY;

/// When the first run begins to read: in the middle of an hour.
const BEGAN: i64 = 1_760_000_000;

/// Records of a page.
const PAGE: usize = 4;

/// What is stored of Stripe's list: hours from the start on, and days before it, each with the
/// records counted in it.
#[derive(Debug, Default, PartialEq, Eq, Clone)]
struct Books {
    hours: BTreeMap<i64, BTreeSet<u32>>,
    days: BTreeMap<i64, BTreeSet<u32>>,
}

type Record = (i64, u32);

fn books(list: &[Record], start: i64) -> Books {
    let mut books = Books::default();
    for (created, id) in list {
        let place = if *created < start {
            books.days.entry(day_of(*created))
        } else {
            books.hours.entry(hour_of(*created))
        };
        place.or_default().insert(*id);
    }
    books
}

/// A page of the walk, as the walk processes it. Returns how many records it read.
fn page(
    progress: &mut Progress,
    list: &[Record],
    start: i64,
    kept: &mut Books,
) -> Result<usize, TestCaseError> {
    let walk = &mut progress.walk;
    let after: Option<Record> =
        walk.cursor.as_ref().map(|cursor| (walk.last_created.unwrap(), cursor.parse().unwrap()));
    let in_range = |created: i64| {
        walk.lower.is_none_or(|lower| created >= lower)
            && walk.upper.is_none_or(|upper| created < upper)
    };
    let mut left: Vec<Record> =
        list.iter().copied().filter(|(created, _)| in_range(*created)).collect();
    left.sort_unstable_by(|one, other| other.cmp(one));
    left.retain(|record| after.is_none_or(|after| *record < after));
    let data: Vec<Record> = left.iter().copied().take(PAGE).collect();
    if let Some((created, id)) = data.last() {
        (walk.last_created, walk.cursor) = (Some(*created), Some(id.to_string()));
    }
    walk.done = left.len() <= PAGE;
    // Everything that this walk has read so far and that is now complete replaces the stored part.
    let last = walk.last_created.unwrap_or(i64::MAX);
    let lower = walk.lower.unwrap_or(i64::MIN);
    let upper = walk.upper.unwrap_or(i64::MAX);
    let read = |created: i64| created >= last.max(lower) && created < upper;
    let seen: Vec<Record> = list.iter().copied().filter(|(created, _)| read(*created)).collect();
    let counted = books(&seen, start);
    let truth = books(list, start);
    for (hour, ids) in counted.hours {
        if walk.done || hour > hour_of(last) {
            kept.hours.insert(hour, ids);
        }
    }
    for (day, ids) in counted.days {
        let is_whole = day >= lower && (walk.done || day > day_of(last));
        if is_whole {
            // A day that was not read completely would look as if Stripe had changed its list.
            prop_assert_eq!(Some(&ids), truth.days.get(&day), "day {}", day);
            kept.days.insert(day, ids);
        }
    }
    progress.go_below();
    Ok(data.len())
}

fn request(now: i64) -> Request {
    Request {
        id: Ulid::from_parts(u64::try_from(now).unwrap() * 1000, 1),
        trigger: Trigger::Manual,
        scope: Scope::New,
        now: Millis::from_seconds(now),
        launch: None,
        retention_seconds: 0,
    }
}

/// Begins a run as the driver does.
fn begin(connection: &Connection, now: i64) -> Run {
    let mut run = new_run(connection, &request(now));
    run.progress.read_began_at = Some(Millis::from_seconds(now));
    run.progress.walk = Walk::new(run.lower, hour_of(now - HOUR));
    run.progress.walks = 1;
    if let Some(depth) = run.progress.go_on(connection, Millis::from_seconds(now)) {
        run.depth = depth;
    }
    run
}

fn fail(run: &mut Run, connection: &mut Connection) {
    run.state = RunState::Failed;
    let lower = run.progress.resume.as_ref().map_or(run.lower, |resume| resume.lower);
    connection.resume = Resume::left(run, connection).map(Box::new);
    connection.reread_from = Some(plan::reread_from(lower, connection.reread_from));
}

fn started(at: i64) -> Option<Start> {
    Some(Start { at, chosen: None, opened: true, later: None })
}

proptest! {
    /// However often and wherever runs fail, the stored result is Stripe's list, with each hour and
    /// each day complete.
    #[test]
    fn what_is_kept_in_the_end_is_stripes_list(
        ages in prop::collection::vec(0_i64..5 * DAY, 1..60),
        news in prop::collection::vec((0_i64..HOUR, 0_usize..4), 0..20),
        fails in prop::collection::vec((1_usize..6, 1_i64..3 * HOUR), 0..4),
        start_days in prop::option::of(1_i64..5),
        bounded in prop::option::of(1_i64..90),
    ) {
        let start = start_days.map_or(0, |days| day_of(BEGAN) - days * DAY);
        let mut connection = connection();
        connection.start = started(start);
        if let Some(hours) = bounded {
            connection.watermark = Some(Millis::from_seconds(BEGAN - hours * HOUR));
            connection.daily_reread_at = connection.watermark;
            connection.weekly_reread_at = connection.watermark;
        }
        let aged = ages.iter().zip(0..);
        let mut list: Vec<Record> = aged.map(|(age, id)| (BEGAN - age, id)).collect();
        // What earlier runs have stored.
        let mut kept = if bounded.is_some() { books(&list, start) } else { Books::default() };
        let (mut now, mut first) = (BEGAN, None);
        for round in 0..=fails.len() {
            // Records arrive meanwhile, and some of them are listed up to an hour late.
            let fresh = news.iter().filter(|(_, when)| *when == round && round > 0);
            list.extend(fresh.zip(1000 * u32::try_from(round).unwrap()..).map(|((late, _),
                id)| (now - late, id)));
            let mut run = begin(&connection, now);
            let resumed = run.progress.resume.is_some();
            prop_assert!(resumed || connection.resume.is_none() || run.progress.walk.lower == run.lower);
            let (ranges, mut read) = (run.progress.clone(), 0);
            let mut pages = fails.get(round).map_or(usize::MAX, |(pages, _)| *pages);
            while !run.progress.walk.done && pages > 0 {
                read += page(&mut run.progress, &list, start, &mut kept)?;
                pages -= 1;
            }
            if let Some(resume) = &ranges.resume {
                let saved = |created: i64| created < resume.newer_from() && resume.upper().is_none_or(|upper| created >= upper);
                let most = list.iter().filter(|(created, _)| !saved(*created)).count();
                prop_assert!(read <= most, "{} read, {} to be read", read, most);
                prop_assert_eq!(run.depth, resume.depth);
                prop_assert!(resume.began_at.seconds() <= first.unwrap_or(now));
            }
            // A run that resumes nothing reads from the newest record down: from there on it is the
            // first.
            first = first.filter(|_| resumed).or(Some(now));
            if run.progress.walk.done {
                prop_assert_eq!(&kept, &books(&list, start));
                return Ok(());
            }
            fail(&mut run, &mut connection);
            now += fails.get(round).map_or(0, |(_, later)| *later);
        }
    }
}

/// A run that stopped at this point.
fn stopped(connection: &Connection, stopped_at: i64) -> Run {
    let mut run = begin(connection, BEGAN);
    (run.progress.walk.last_created, run.progress.walk.cursor) =
        (Some(stopped_at), Some("1".to_owned()));
    run
}

#[test]
fn a_resumed_run_reads_newer_and_remaining_records_and_keeps_the_time_of_the_first_read() {
    let mut connection = connection();
    connection.start = started(0);
    let mut failed = stopped(&connection, BEGAN - 40 * DAY);
    failed.approvals.grant(&crate::model::approval::ApprovalNeeded::Size {
        limit: 1,
        usual: 0,
        allows: 77,
    });
    failed.progress.guard = Some(CircuitBreaker::default());
    fail(&mut failed, &mut connection);
    let run = begin(&connection, BEGAN + 5 * DAY);
    let resume = run.progress.resume.as_deref().unwrap();
    assert_eq!((run.depth, resume.began_at), (Depth::Everything, Millis::from_seconds(BEGAN)));
    assert_eq!(run.progress.walk.lower, Some(hour_of(BEGAN - HOUR)));
    assert_eq!(
        resume.upper(),
        Some(hour_of(BEGAN - 40 * DAY) + HOUR),
        "the hour in which it stopped is read whole"
    );
    assert_eq!(
        (&run.progress.guard, &resume.approvals),
        (&failed.progress.guard, &failed.approvals)
    );
    assert!(
        resume.is_new(BEGAN)
            && resume.is_new(BEGAN - 40 * DAY)
            && !resume.is_new(BEGAN - 1)
            && !resume.is_new(BEGAN - 39 * DAY)
    );
    let mut progress = run.progress.clone();
    (progress.walk.done, progress.walk.open) = (true, Vec::new());
    progress.go_below();
    assert_eq!(
        (progress.walk.done, progress.walk.lower, progress.walk.upper),
        (false, None, resume.upper())
    );
    progress.walk.done = true;
    progress.go_below();
    assert!(progress.walk.done, "once");
}

/// Three runs in a row fail, each further down. All of them read the records that arrived since the
/// first one began. Each is counted once.
#[test]
fn a_movement_counts_once_however_often_runs_fail_and_are_gone_on_from() {
    let mut connection = connection();
    connection.start = started(0);
    let mut list =
        vec![BEGAN - 1, BEGAN - 2 * DAY, BEGAN - 9 * DAY, BEGAN - 19 * DAY, BEGAN - 29 * DAY];
    for (round, stopped_at) in
        [BEGAN - 5 * DAY, BEGAN - 10 * DAY, BEGAN - 20 * DAY].into_iter().enumerate()
    {
        let now = BEGAN + i64::try_from(round).unwrap() * DAY;
        // One created while the run was beginning, and one a while before.
        list.extend([now + 1, now - HOUR].iter().filter(|created| **created > BEGAN));
        let mut run = begin(&connection, now);
        let mut guard = run.progress.guard.take().unwrap_or_default();
        let read = |progress: &Progress, from: i64, to: i64| {
            let read: Vec<i64> =
                list.iter().copied().filter(|created| (from..to).contains(created)).collect();
            progress.fresh(i64::MIN, read.into_iter())
        };
        let left_off = connection.resume.as_ref().and_then(|resume| resume.upper());
        match left_off {
            None => guard.count(&read(&run.progress, stopped_at, i64::MAX)),
            Some(upper) => {
                guard.count(&read(&run.progress, run.progress.walk.lower.unwrap(), i64::MAX));
                run.progress.walk.done = true;
                run.progress.go_below();
                guard.count(&read(&run.progress, stopped_at, upper));
            }
        }
        run.progress.guard = Some(guard.clone());
        run.progress.walk.last_created = Some(stopped_at);
        fail(&mut run, &mut connection);
        let reached = list.iter().filter(|created| **created >= stopped_at).count();
        assert_eq!(guard.fresh(), u64::try_from(reached).unwrap(), "run {round}");
    }
}

#[test]
fn it_is_gone_on_from_only_on_the_same_terms() {
    let mut before = connection();
    before.start = started(0);
    let mut failed = stopped(&before, BEGAN - DAY);
    fail(&mut failed, &mut before);
    let resumes = |connection: &Connection, request: &Request| {
        let mut run = new_run(connection, request);
        run.progress.go_on(connection, request.now).is_some()
    };
    let next = request(BEGAN + HOUR);
    assert!(resumes(&before, &next));
    for scope in [Scope::Everything, Scope::Preview] {
        assert!(!resumes(&before, &Request { scope, ..next.clone() }), "{scope:?}");
    }
    let with = |change: &dyn Fn(&mut Connection)| {
        let mut connection = before.clone();
        change(&mut connection);
        connection
    };
    assert!(!resumes(&with(&|connection| connection.start = started(DAY)), &next), "another start");
    assert!(!resumes(&with(&|connection| connection.start = None), &next), "no start");
    assert!(
        !resumes(
            &with(&|connection| connection.resume.as_mut().unwrap().leg_kinds_version += 1),
            &next
        ),
        "other leg words"
    );
    assert!(
        !resumes(&with(&|connection| connection.resume.as_mut().unwrap().read_only = true), &next),
        "another permission to write"
    );
    assert!(
        !resumes(&with(&|connection| connection.resume.as_mut().unwrap().lower = Some(0)), &next),
        "more was asked for since"
    );
    let recent = |connection: &mut Connection| {
        connection.resume.as_mut().unwrap().stopped_at = Some(BEGAN - HOUR);
    };
    assert!(!resumes(&with(&recent), &next), "nothing is saved");
    let not_opened = Some(Start { at: BEGAN - 2 * DAY, chosen: None, opened: false, later: None });
    let mut unopened = connection();
    unopened.start = not_opened;
    let mut failed = stopped(&unopened, BEGAN - DAY);
    fail(&mut failed, &mut unopened);
    assert_eq!(unopened.resume, None, "an opening is summed from the whole list");
    let mut disordered = stopped(&before, BEGAN - DAY);
    disordered.progress.resume = None;
    disordered.error = Some(RunError { code: OUT_OF_ORDER.to_owned(), text: String::new() });
    assert_eq!(Resume::left(&disordered, &before), None);
}

#[test]
fn below_the_start_a_resumed_walk_continues_at_the_end_of_the_day() {
    let mut connection = connection();
    let start = day_of(BEGAN) - 3 * DAY;
    connection.start = started(start);
    let stopped_at = start - 5 * HOUR - 7;
    let mut failed = stopped(&connection, stopped_at);
    fail(&mut failed, &mut connection);
    assert_eq!(connection.resume.unwrap().upper(), Some(start));
}

#[test]
fn a_record_that_came_to_be_readable_is_reached_in_either_range() {
    let mut connection = connection();
    connection.start = started(0);
    connection.watermark = Some(Millis::from_seconds(BEGAN - 10 * DAY));
    let mut failed = stopped(&connection, BEGAN - 5 * DAY);
    fail(&mut failed, &mut connection);
    let lower = failed.progress.walk.lower.unwrap();
    // Two records may have become readable, of which only the deeper is known: everything between
    // is read again.
    let upper = connection.resume.as_ref().and_then(|resume| resume.upper()).unwrap();
    for (deeper, newer, below) in [
        (BEGAN - 2 * DAY, hour_of(BEGAN - 2 * DAY), lower),
        (lower + HOUR, upper, lower),
        (lower - 9 * HOUR, upper, lower - 9 * HOUR),
    ] {
        let mut progress = begin(&connection, BEGAN + HOUR).progress;
        progress.deeper = Some(hour_of(deeper));
        progress.reach_deeper();
        assert_eq!(progress.walk.lower, Some(newer));
        progress.walk.done = true;
        progress.go_below();
        progress.reach_deeper();
        assert_eq!(progress.walk.lower, Some(below));
    }
    // It fails before it has read what is newer: the next run reads everything, including the
    // record's hour.
    let mut again = begin(&connection, BEGAN + HOUR);
    again.progress.deeper = Some(hour_of(BEGAN - 2 * DAY));
    assert_eq!(Resume::left(&again, &connection), None);
}
