//! The history of runs: what waits for a person, what differs, the same as a file; and the next
//! sync of the schedule.

use serde_json::{Value, json};
use stripe_sync::model::time::Millis;
use stripe_sync::platform::clock;
use stripe_sync::platform::table::keys::Sk;
use test_support::Reply;

use crate::answers::{RunPage, Started};
use crate::world::{PK, World, world};

impl World {
    /// The ids of a whole history, page by page, as the page reads it.
    async fn history(&self, bearer: &str, filter: &str, limit: usize) -> Vec<String> {
        let mut ids = Vec::new();
        let mut before = String::new();
        for _ in 0..20 {
            let reply =
                self.get(bearer, &format!("runs?filter={filter}&limit={limit}{before}")).await;
            assert_eq!(reply.status, 200, "{}", reply.text());
            let page: RunPage = serde_json::from_slice(&reply.body).unwrap();
            assert!(page.runs.len() <= limit);
            ids.extend(page.runs.into_iter().map(|run| run.id));
            let Some(next) = page.next else { return ids };
            before = format!("&before={next}");
        }
        panic!("a history without end")
    }

    /// An open run, and its key in the table.
    async fn open_run(&self, bearer: &str) -> (String, String) {
        let reply = self.post(bearer, "runs", &json!({})).await;
        assert_eq!(reply.status, 202, "{}", reply.text());
        let started: Started = serde_json::from_slice(&reply.body).unwrap();
        let key = format!("RUN#{}#{}", self.present(), started.run.id);
        (started.run.id, key)
    }

    /// Copies of a run, one a minute before the one before it, each changed as `change` says.
    async fn copies(
        &self,
        key: &str,
        first: i64,
        number: u64,
        change: impl Fn(u64) -> Value,
    ) -> Vec<String> {
        let stored = self.aws.item(PK, key).unwrap();
        let mut ids = Vec::new();
        for at in 0..number {
            let time = first - i64::try_from(at).unwrap() * 60_000;
            let id = ulid::Ulid::from_parts(u64::try_from(time).unwrap(), u128::from(at));
            let mut run = stored.clone();
            let own = json!({"id": id.to_string(), "requested_at": time});
            for changes in [own, change(at)] {
                run.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            }
            self.put_item(&Sk::Run(self.present(), id), &run).await;
            ids.push(id.to_string());
        }
        ids
    }
}

fn ids(list: &Value) -> Vec<&str> {
    list["runs"].as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap()).collect()
}

/// The first column of a file's rows.
fn first_column(file: &Reply) -> Vec<String> {
    let text = file.text();
    text.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_paused_run_needs_attention_and_is_not_in_progress() {
    let world = world().await;
    let bearer = world.connected().await;
    let (id, key) = world.open_run(&bearer).await;
    let counted = async |path: &str| {
        let tallies = world.get(&bearer, path).await.json()["tallies"].clone();
        ["all", "in_progress", "needs_attention"].map(|name| tallies[name].as_u64().unwrap())
    };
    for path in ["overview", "runs", "runs?filter=failed"] {
        assert_eq!(counted(path).await, [1, 1, 0], "{path}");
    }
    world.aws.alter(PK, &key, "state", json!({"S": "paused"}));
    for path in ["overview", "runs", "runs?filter=failed", "runs?filter=in_progress"] {
        assert_eq!(counted(path).await, [1, 0, 1], "{path}");
    }
    for (filter, expected) in [("needs_attention", vec![id.as_str()]), ("in_progress", vec![])] {
        let list = world.get(&bearer, &format!("runs?filter={filter}")).await.json();
        assert_eq!(ids(&list), expected, "{filter}");
    }
    // One that goes on again is in progress, also before a worker has taken it.
    world.aws.alter(PK, &key, "state", json!({"S": "queued"}));
    assert_eq!(counted("runs").await, [1, 1, 0]);
}

#[tokio::test]
async fn runs_are_filtered_by_the_result_of_their_comparison() {
    let world = world().await;
    let bearer = world.connected().await;
    let (_, key) = world.open_run(&bearer).await;
    let verdicts = [Some("match"), Some("mismatch"), None, Some("inconclusive"), Some("mismatch")];
    let made = world
        .copies(&key, clock::now().0 - 60_000, 5, |at| {
            let verdict = verdicts[usize::try_from(at).unwrap()];
            verdict.map_or(json!({}), |verdict| json!({"verdict": verdict}))
        })
        .await;
    let differing = [made[1].as_str(), made[4].as_str()];
    let list = world.get(&bearer, "runs?verdict=mismatch").await.json();
    assert_eq!(ids(&list), differing);
    let file = world.get(&bearer, "runs.csv?verdict=mismatch").await;
    assert_eq!(first_column(&file), differing);
    let none = world.get(&bearer, "runs?verdict=mismatch&filter=failed").await.json();
    assert_eq!(ids(&none), Vec::<&str>::new());
    assert_eq!(world.get(&bearer, "runs?verdict=differs").await.status, 400);
}

#[tokio::test]
async fn the_filtered_history_is_a_file_without_formulas() {
    let world = world().await;
    let bearer = world.connected().await;
    let empty = world.get(&bearer, "runs.csv").await;
    assert_eq!((empty.status, empty.text().matches("\r\n").count()), (200, 1), "its columns");
    let (_, key) = world.open_run(&bearer).await;
    let first = Millis::parse("2026-11-20T08:00:00Z").unwrap();
    let made = world
        .copies(&key, first.0, 2, |at| {
            json!({"state": "failed", "started_at": first.0, "finished_at": first.0 + 61_000,
                "trigger": if at == 0 { "schedule" } else { "manual" },
                "error": {"code": "=1+1", "text": "@SUM(1,1), \"quoted\""},
                "progress": {"counters": {"records": 12, "entries_posted": 20, "problems": 3}}})
        })
        .await;
    let file = world.get(&bearer, "runs.csv?filter=failed&trigger=schedule&to=2026-11-20").await;
    assert_eq!(
        (file.status, file.header("content-type"), file.header("content-disposition")),
        (200, "text/csv; charset=utf-8", "attachment; filename=\"syncs.csv\"")
    );
    let columns = "run,scope,trigger,requested_at,started_at,finished_at,state,verdict,records,\
         entries_posted,entries_already_there,problems,read_only,error_code,error";
    let row = format!(
        "{},new,schedule,2026-11-20T08:00:00.000Z,2026-11-20T08:00:00.000Z,\
         2026-11-20T08:01:01.000Z,failed,,12,20,0,3,false,'=1+1,\"'@SUM(1,1), \"\"quoted\"\"\"",
        made[0]
    );
    assert_eq!(file.text(), format!("{columns}\r\n{row}\r\n"));
    assert_eq!(world.get(&bearer, "runs.csv?filter=nothing").await.status, 400);
}

#[tokio::test]
async fn a_file_ends_at_its_limit_and_says_where_the_next_one_begins() {
    let world = world().await;
    let bearer = world.connected().await;
    let (_, key) = world.open_run(&bearer).await;
    let made =
        world.copies(&key, clock::now().0 - 60_000, 1_010, |_| json!({"state": "failed"})).await;
    let file = world.get(&bearer, "runs.csv?filter=failed").await;
    assert_eq!(first_column(&file), made[..1_000]);
    assert_eq!(file.header("next-cursor"), made[999]);
    let rest = world.get(&bearer, &format!("runs.csv?filter=failed&before={}", made[999])).await;
    assert_eq!((first_column(&rest), rest.header("next-cursor")), (made[1_000..].to_vec(), ""));
}

#[tokio::test]
async fn a_run_says_how_many_of_its_days_are_done() {
    let world = world().await;
    let bearer = world.connected().await;
    let (id, key) = world.open_run(&bearer).await;
    let days = async || world.get(&bearer, &format!("runs/{id}")).await.json()["days"].clone();
    assert_eq!(days().await, Value::Null, "queued");
    let progress = json!({"M": {"phase": {"S": "movements"}, "walks": {"N": "1"},
        "read_began_at": {"N": "1795516200000"},
        "walk": {"M": {"lower": {"N": "1794652200"}, "last_created": {"N": "1795257000"}}}}});
    world.aws.alter(PK, &key, "state", json!({"S": "running"}));
    world.aws.alter(PK, &key, "progress", progress);
    assert_eq!(days().await, json!({"work": "reading", "done": 3, "all": 11}));
}

#[tokio::test]
async fn the_next_scheduled_sync_is_shown_while_the_schedule_starts_one() {
    let world = world().await;
    let bearer = world.session().await;
    let next = async || world.get(&bearer, "overview").await.json()["next_sync_at"].clone();
    assert_eq!(next().await, Value::Null, "nothing is connected");
    let bearer = world.connected().await;
    let next = async || world.get(&bearer, "overview").await.json()["next_sync_at"].clone();
    assert_eq!(next().await, Value::Null, "the first sync waits for a person");
    let (_, key) = world.open_run(&bearer).await;
    let before = clock::now();
    let hourly = Millis::parse(next().await.as_str().unwrap()).unwrap();
    assert!(hourly > before && hourly <= clock::now().plus_seconds(3600), "{hourly:?}");
    let pause = json!({"M": {"code": {"S": "fuse_size"}, "reason": {"S": "Much to post."}}});
    world.aws.alter(PK, &key, "state", json!({"S": "paused"}));
    world.aws.alter(PK, "STRIPE", "paused", pause);
    assert_eq!(next().await, Value::Null, "paused");
    world.aws.alter(PK, "STRIPE", "paused", Value::Null);
    assert_eq!(next().await.as_str().map(Millis::parse), Some(Some(hourly)));
    let off = world.change(&bearer, "interval", json!("off")).await;
    let changed = world.put(&bearer, &off).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(next().await, Value::Null, "off");
}

#[tokio::test]
async fn the_history_pages_through_every_run_once_newest_first_under_every_filter() {
    let world = world().await;
    let bearer = world.connected().await;
    let mut made: Vec<(String, &str)> = Vec::new();
    for state in [
        "completed",
        "failed",
        "completed_with_problems",
        "cancelled",
        "completed",
        "failed",
        "queued",
    ] {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        let id = world.start(&bearer).await.run.id;
        if state != "queued" {
            world.end(&id, state);
        }
        made.insert(0, (id, state));
    }
    for (filter, states) in [
        ("all", vec!["completed", "completed_with_problems", "failed", "cancelled", "queued"]),
        ("completed", vec!["completed", "completed_with_problems"]),
        ("in_progress", vec!["queued"]),
        ("needs_attention", Vec::new()),
        ("failed", vec!["failed", "cancelled"]),
    ] {
        let expected: Vec<String> = made
            .iter()
            .filter(|(_, state)| states.contains(state))
            .map(|(id, _)| id.clone())
            .collect();
        for limit in [1, 2, 3, 50] {
            assert_eq!(
                world.history(&bearer, filter, limit).await,
                expected,
                "{filter}, {limit} a page"
            );
        }
    }
    for wrong in ["runs?filter=nothing", "runs?limit=many"] {
        assert_eq!(world.get(&bearer, wrong).await.status, 400, "{wrong}");
    }
    for limit in [-1, 0, 1_000_000] {
        assert_eq!(world.get(&bearer, &format!("runs?limit={limit}")).await.status, 200);
    }
    assert_eq!(world.get(&bearer, "runs?before=nothing").await.status, 400);
    assert_eq!(
        world.get(&bearer, &format!("problems?before={}", "x".repeat(2000))).await.status,
        400,
        "no key can be that long"
    );
}

/// Runs of four days, as they lie in the table: named by the time at which they were requested.
async fn made_on_days(world: &World, bearer: &str) -> Vec<(String, i64, &'static str)> {
    const DAY_MS: u64 = 86_400_000;
    let first = world.start(bearer).await.run.id;
    world.end(&first, "completed");
    let stored = world.aws.item(PK, &world.run_key(&first)).unwrap();
    let mut made = Vec::new();
    for (at, (trigger, state)) in [
        ("manual", "completed"),
        ("schedule", "failed"),
        ("webhook", "completed"),
        ("schedule", "completed"),
        ("schedule", "failed"),
        ("manual", "failed"),
    ]
    .into_iter()
    .enumerate()
    {
        // Two on each day, the first at midnight and the last a millisecond before the next.
        let day = 20_000 + u64::try_from(at / 2).unwrap();
        let time = day * DAY_MS + if at % 2 == 0 { 0 } else { DAY_MS - 1 };
        let id = ulid::Ulid::from_parts(time, u128::try_from(at).unwrap());
        let mut run = stored.clone();
        let connection = world.present();
        run.as_object_mut().unwrap().extend(
            json!({"id": id.to_string(), "trigger": trigger, "state": state, "requested_at": time})
                .as_object()
                .unwrap()
                .clone(),
        );
        world.put_item(&Sk::Run(connection, id), &run).await;
        made.insert(0, (id.to_string(), i64::try_from(day).unwrap(), trigger));
    }
    made
}

#[tokio::test]
async fn the_history_is_filtered_by_day_and_by_who_asked_and_pages_through_each_run_once() {
    let world = world().await;
    let bearer = world.connected().await;
    let made = made_on_days(&world, &bearer).await;
    let of = |from: i64, to: i64, trigger: &str| -> Vec<String> {
        made.iter()
            .filter(|(_, day, by)| {
                (from..=to).contains(day) && (trigger.is_empty() || *by == trigger)
            })
            .map(|(id, ..)| id.clone())
            .collect()
    };
    // Day 20,000 since 1970 is 2024-10-04.
    for (query, expected) in [
        ("to=2024-10-06", of(20_000, 20_002, "")),
        ("from=2024-10-05&to=2024-10-05", of(20_001, 20_001, "")),
        ("from=2024-10-05&to=2024-10-06", of(20_001, 20_002, "")),
        ("to=2024-10-06&trigger=schedule", of(20_000, 20_002, "schedule")),
        ("to=2024-10-05&trigger=webhook", of(20_001, 20_001, "webhook")),
        ("from=2024-10-07&to=2024-10-09", Vec::new()),
    ] {
        for limit in [1, 2, 50] {
            let found = world.history(&bearer, &format!("all&{query}"), limit).await;
            assert_eq!(found, expected, "{query}, {limit} a page");
        }
    }
    let failed = world.history(&bearer, "failed&trigger=schedule&to=2024-10-06", 50).await;
    assert_eq!(failed, [made[1].0.clone(), made[4].0.clone()]);
    assert_eq!(world.get(&bearer, "runs?trigger=schedule&to=2024-10-06").await.status, 200);
    assert_eq!(world.aws.calls().last().unwrap(), "Query", "one read for a page");
    for wrong in [
        "trigger=nobody",
        "from=2024-10-5",
        "to=yesterday",
        "from=2024-13-01",
        "from=2024-10-06&to=2024-10-05",
    ] {
        assert_eq!(world.get(&bearer, &format!("runs?{wrong}")).await.status, 400, "{wrong}");
    }
}
