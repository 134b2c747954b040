//! The schedule's wake-ups, and the sweep over all installs.

use std::time::Duration;

use serde_json::{Value, json};
use stripe_sync::engine::sweep;
use stripe_sync::model::install::Event;
use stripe_sync::model::install::id::InstallId;
use stripe_sync::model::settings::Interval;
use stripe_sync::model::time::Millis;
use stripe_sync::platform::clock;
use stripe_sync::platform::queue::message::{Sweep, SweepCounts};
use stripe_sync::platform::table::item::to_item;
use stripe_sync::platform::table::keys::Sk;
use stripe_sync::platform::vault::Purpose;
use test_support::{Fault, TABLE};

use crate::world::{INSTALL, PK, World, world};

fn install() -> InstallId {
    InstallId::parse(INSTALL).unwrap()
}

fn number(at: Millis) -> Value {
    json!({"N": at.0.to_string()})
}

fn ago(seconds: i64) -> Value {
    number(clock::now().plus_seconds(-seconds))
}

impl World {
    fn scheduled(&self, generation: &str) -> Value {
        json!({"install": INSTALL, "generation": generation, "reason": "schedule",
            "at": "<aws.scheduler.scheduled-time>"})
    }

    async fn fire(&self) {
        let generation = self.connection.generation.clone();
        assert_eq!(
            self.failures(false, &[self.scheduled(&generation)]).await,
            Vec::<String>::new()
        );
    }

    async fn schedule(&self, generation: &str) {
        self.worker.schedules.apply(&install(), generation, Interval::Hourly).await.unwrap();
    }

    /// The summary says that a proof was made so long ago.
    async fn proven(&self, seconds: i64) {
        let at = clock::now().plus_seconds(-seconds);
        let proof = json!({"id": clock::new_ulid(), "run": clock::new_ulid(), "at": at,
            "verdict": "match", "lines": []});
        let summary = json!({"connection": self.connection.connection, "last_proof": proof});
        let item = to_item(&install(), &Sk::Summary, &summary).unwrap();
        self.store.client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    }

    async fn settings(&self, interval: &str) {
        let item = to_item(
            &install(),
            &Sk::Settings,
            &json!({"generation": self.connection.generation, "interval": interval}),
        )
        .unwrap();
        self.store.client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    }

    async fn uninstall(&self) {
        let body = json!({"installed_app_id": INSTALL});
        let Event::Uninstall(event) =
            Event::parse(body.to_string().as_bytes(), Some("uninstall:instapp_1")).unwrap()
        else {
            panic!("an uninstall")
        };
        self.store.installs().uninstall(&event, clock::now()).await.unwrap();
    }

    fn runs(&self) -> Vec<Value> {
        self.aws.items(PK, "RUN#")
    }

    async fn sweep(&self) -> SweepCounts {
        self.aws.forget();
        let begun = Sweep { sweep: "now".to_owned(), after: None, found: SweepCounts::default() };
        sweep::sweep(&self.worker, &begun).await.unwrap().unwrap()
    }

    /// The reasons of the messages sent since the last time.
    fn woken(&self, known: &mut usize) -> Vec<String> {
        let all = self.aws.messages();
        let new = all[*known..]
            .iter()
            .map(|message| message.body["reason"].as_str().unwrap_or("sweep").to_owned())
            .collect();
        *known = all.len();
        new
    }
}

#[tokio::test]
async fn a_schedule_never_starts_the_first_sync_and_starts_every_later_one() {
    let world = world().await;
    world.fire().await;
    assert!(
        world.runs().is_empty() && world.outside_calls().await == 0,
        "connecting starts no write, not even later"
    );
    world.aws.alter(PK, "STRIPE", "watermark", ago(3_600));
    world.fire().await;
    let runs = world.runs();
    assert_eq!((runs.len(), &runs[0]["trigger"]), (1, &json!("schedule")));
    assert!(world.outside_calls().await > 0);
}

#[tokio::test]
async fn a_schedule_that_is_off_makes_a_proof_each_day_unless_one_was_just_made() {
    let world = world().await;
    world.aws.alter(PK, "STRIPE", "watermark", ago(3_600));
    world.settings("off").await;
    world.proven(3_500).await;
    world.fire().await;
    assert!(
        world.runs().is_empty(),
        "the next firing comes within a day and an hour of that proof"
    );
    world.proven(3_700).await;
    world.fire().await;
    assert_eq!(world.runs().len(), 1, "skipped, the next proof would be later than that");
}

#[tokio::test]
async fn a_schedule_that_is_no_longer_needed_removes_only_itself() {
    let world = world().await;
    let generation = world.connection.generation.clone();
    let old = "01K2V7Q8ZJ4M9T3R6W5X0Y1FFF";
    world.schedule(old).await;
    world.schedule(&generation).await;
    assert_eq!(world.failures(false, &[world.scheduled(old)]).await, Vec::<String>::new());
    assert_eq!(world.aws.schedules().len(), 1, "only that of the other installation");
    // Disconnected, and the schedule could not be deleted then.
    let connection = world.aws.item(PK, "STRIPE").unwrap();
    world
        .store
        .client
        .delete_item()
        .table_name(TABLE)
        .set_key(Some(stripe_sync::platform::table::keys::key(&install(), &Sk::Stripe)))
        .send()
        .await
        .unwrap();
    world.aws.fault("DeleteSchedule", 1, 3, Fault::Status(500, "InternalServerException"));
    assert_eq!(
        world.failures(false, &[world.scheduled(&generation)]).await,
        ["message-0"],
        "it comes again"
    );
    world.fire().await;
    assert!(world.aws.schedules().is_empty());
    world.fire().await;
    // Connected again: the same wake-up means the new connection.
    let item = to_item(&install(), &Sk::Stripe, &world.connection).unwrap();
    world.store.client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    assert_eq!(world.aws.item(PK, "STRIPE").unwrap()["connection"], connection["connection"]);
    world.schedule(&generation).await;
    world.fire().await;
    assert_eq!((world.aws.schedules().len(), world.outside_calls().await), (1, 0));
}

#[tokio::test]
async fn a_clean_up_takes_the_schedule_first_and_is_not_done_before_it_is_gone() {
    let world = world().await;
    let generation = world.connection.generation.clone();
    world.schedule(&generation).await;
    world.uninstall().await;
    world.aws.fault("DeleteSchedule", 1, 3, Fault::Status(500, "InternalServerException"));
    let cleanup = world.wake_up("cleanup", None);
    assert_eq!(world.failures(false, std::slice::from_ref(&cleanup)).await, ["message-0"]);
    let meta = world.aws.item(PK, "META").unwrap();
    assert_eq!(
        (meta["cleanup_state"].as_str(), world.aws.item(PK, "STRIPE")),
        (Some("pending"), None),
        "the key is deleted nevertheless"
    );
    assert_eq!(
        world.failures(true, &[cleanup]).await,
        Vec::<String>::new(),
        "also from the dead-letter queue"
    );
    assert!(world.aws.schedules().is_empty());
    assert_eq!(world.aws.item(PK, "META").unwrap()["cleanup_state"], "done");
}

#[tokio::test]
async fn a_late_clean_up_leaves_the_settings_of_the_present_installation() {
    let world = world().await;
    let old = world.connection.generation.clone();
    world.settings("daily").await;
    world.uninstall().await;
    let body = json!({"installed_app_id": INSTALL, "app_id": "app_1", "instance_id": "inst_1",
        "api_key": "blnk_test_another0123456789",
        "granted_permissions": ["data:read"], "idempotency_key": "install:instapp_1"});
    let Event::Install(event) = Event::parse(body.to_string().as_bytes(), None).unwrap() else {
        panic!("an install")
    };
    let sealed =
        world.worker.vault.seal(&install(), Purpose::BlnkApiKey, &event.api_key).await.unwrap();
    world.store.installs().install(&event, &sealed, clock::new_ulid(), clock::now()).await.unwrap();
    let present = world.aws.item(PK, "META").unwrap()["generation"].as_str().unwrap().to_owned();
    let chosen =
        to_item(&install(), &Sk::Settings, &json!({"generation": present, "interval": "off"}))
            .unwrap();
    world.store.client.put_item().table_name(TABLE).set_item(Some(chosen)).send().await.unwrap();
    let cleanup = json!({"install": INSTALL, "generation": old, "reason": "cleanup"});
    assert_eq!(world.failures(false, &[cleanup]).await, Vec::<String>::new());
    assert_eq!(world.aws.item(PK, "META").unwrap()["cleanup_state"], "done");
    assert_eq!(world.aws.item(PK, "SETTINGS").unwrap().get("ttl"), None);
}

/// A run whose wake-up was lost is continued once it is overdue; one that is paused is not.
async fn lost_run_is_continued(world: &World, known: &mut usize) {
    let generation = &world.connection.generation;
    let run = world.run().await;
    let key = format!("RUN#{}#{run}", world.connection.connection);
    assert_eq!(
        (world.sweep().await.stuck, world.woken(known).len()),
        (0, 0),
        "it was just asked for, and makes a proof in its end"
    );
    world.aws.alter(PK, &key, "requested_at", ago(271));
    let stuck = world.sweep().await;
    assert_eq!((stuck.stuck, stuck.stale), (1, 1));
    let sent = world.aws.messages().pop().unwrap();
    let expected =
        json!({"install": INSTALL, "generation": generation, "reason": "continue", "run": run});
    assert_eq!((sent.body, sent.group), (expected, INSTALL.to_owned()));
    assert_eq!(world.woken(known), ["continue"]);
    world.aws.alter(
        PK,
        "STRIPE",
        "paused",
        json!({"M": {"code": {"S": "stripe_key_refused"}, "reason": {"S": "…"}}}),
    );
    let paused = world.sweep().await;
    assert_eq!(
        (paused.paused, paused.stuck, paused.stale, paused.oldest_proof_seconds),
        (1, 0, 0, 0)
    );
}

#[tokio::test]
async fn a_sweep_corrects_what_cannot_report_itself_and_changes_nothing_else() {
    let world = world().await;
    let mut known = 0;
    assert_eq!(
        world.sweep().await,
        SweepCounts { installs: 1, schedules: 1, ..SweepCounts::default() },
        "its schedule was missing"
    );
    assert!(
        world.woken(&mut known).is_empty(),
        "a connection whose first sync nobody asked for is not late"
    );
    world.aws.alter(PK, "STRIPE", "watermark", ago(7_000));
    world.proven(7_000).await;
    let well = world.sweep().await;
    assert_eq!((well.stale, well.schedules, well.stuck), (0, 0, 0));
    assert!(
        (7_000..7_030).contains(&well.oldest_proof_seconds) && world.woken(&mut known).is_empty()
    );
    assert!(well.oldest_match_seconds < 60, "no match yet: since it was connected");
    assert_eq!(
        world.aws.calls(),
        ["Query", "BatchGetItem", "GetSchedule"],
        "a healthy install costs this"
    );

    // Its proofs of late decided nothing.
    world.aws.alter(PK, "SUMMARY", "last_match", ago(50_000));
    let moving = world.sweep().await;
    assert_eq!(
        (moving.stale, moving.oldest_match_seconds / 100, moving.oldest_proof_seconds / 100),
        (0, 500, 70)
    );

    // Somebody changed its schedule, and its proof grew old.
    let (name, _) = world.aws.schedules().pop_first().unwrap();
    world.aws.alter_schedule(&name, "State", json!("DISABLED"));
    world.aws.alter(PK, "STRIPE", "watermark", ago(9_000));
    world.proven(9_000).await;
    let late = world.sweep().await;
    assert_eq!((late.stale, late.schedules), (1, 1));
    assert_eq!(world.aws.schedules()[&name]["State"], "ENABLED");
    assert_eq!(world.woken(&mut known), ["schedule"]);
    assert_eq!(world.sweep().await.stale, 1, "as long as it stays so");
    assert_eq!(world.woken(&mut known), ["schedule"]);

    // The scheduler refuses: that it is late is told, and it is woken, anyway.
    world.aws.fault("GetSchedule", 1, 1, Fault::Status(400, "AccessDeniedException"));
    let denied = world.sweep().await;
    assert_eq!((denied.installs, denied.stale, denied.failed, denied.schedules), (1, 1, 1, 0));
    assert!(denied.oldest_proof_seconds >= 9_000);
    assert_eq!(world.woken(&mut known), ["schedule"]);

    lost_run_is_continued(&world, &mut known).await;

    world.uninstall().await;
    assert_eq!(world.sweep().await.clean_ups, 1);
    assert_eq!(world.woken(&mut known), ["cleanup"]);
    assert_eq!(
        world.failures(false, &[world.wake_up("cleanup", None)]).await,
        Vec::<String>::new()
    );
    let over = world.sweep().await;
    assert_eq!(over, SweepCounts { installs: 1, ..SweepCounts::default() });
}

#[tokio::test]
async fn a_round_goes_through_every_install_once_over_as_many_messages_as_it_takes() {
    let mut world = world().await;
    for number in 2..=120 {
        let install = InstallId::parse(&format!("instapp_{number}")).unwrap();
        let item = json!({"status": "active", "app_id": "a", "instance_id": "i",
            "generation": "01GEN", "key_installed_at": 0,
            "installs_pk": "INSTALLS", "installs_sk": format!("INSTALL#{install}")});
        let item = to_item(&install, &Sk::Meta, &item).unwrap();
        world.store.client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    }
    assert_eq!(
        world.sweep().await,
        SweepCounts { installs: 120, schedules: 1, ..SweepCounts::default() }
    );
    // No time for more than a page: each message goes on where the one before stopped.
    world.worker.limits.stop_after = Duration::from_secs(1);
    let mut body = json!({"sweep": "2026-11-24T10:00:00Z"});
    let mut known = world.aws.messages().len();
    let mut after = Vec::new();
    loop {
        assert_eq!(world.failures(false, &[body.clone()]).await, Vec::<String>::new());
        let sent = world.aws.messages();
        let Some(next) = sent.get(known) else { break };
        assert_eq!((sent.len(), next.group.as_str()), (known + 1, "sweep"));
        known = sent.len();
        after.push(next.body["found"]["installs"].as_u64().unwrap());
        body = next.body.clone();
    }
    assert_eq!(after, [50, 100]);
    // What cannot be read is counted, and does not keep other installs from being checked.
    world.worker.limits.stop_after = Duration::from_secs(15);
    world.aws.fault("BatchGetItem", 2, 1, Fault::Status(400, "AccessDeniedException"));
    let found = world.sweep().await;
    assert_eq!((found.installs, found.failed), (120, 1));
    // The index itself does not answer: the message comes again.
    world.aws.fault("Query", 1, 1, Fault::Status(400, "AccessDeniedException"));
    assert_eq!(world.failures(false, &[json!({"sweep": "now"})]).await, ["message-0"]);
    assert_eq!(
        world.failures(true, &[json!({"sweep": "now"})]).await,
        Vec::<String>::new(),
        "given up; the next one starts from the beginning"
    );
}
