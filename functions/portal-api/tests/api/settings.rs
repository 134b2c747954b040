use serde_json::{Value, json};
use stripe_sync::platform::table::keys::Sk;
use test_support::{Call, Fault, Reply};

use crate::world::{INSTALL, PK, World, world, world_with};

impl World {
    pub(crate) async fn put(&self, bearer: &str, change: &Value) -> Reply {
        Call::new("PUT", "/portal/api/settings").bearer(bearer).json(change).to(&self.router).await
    }

    /// What a change of the present settings sends, with one member changed.
    pub(crate) async fn change(&self, bearer: &str, member: &str, value: Value) -> Value {
        let shown = self.get(bearer, "settings").await.json();
        let mut change = json!({});
        for kept in [
            "revision",
            "interval",
            "pay_ins",
            "account_names",
            "start_date",
            "match_by_email",
            "personal_data",
            "ceilings",
        ] {
            change[kept] = shown[kept].clone();
        }
        change[member] = value;
        change
    }

    fn only_schedule(&self) -> (String, Value) {
        let mut all = self.aws.schedules();
        assert_eq!(all.len(), 1, "{all:?}");
        all.pop_first().unwrap()
    }
}

#[tokio::test]
async fn settings_are_replaced_as_a_whole_by_a_caller_with_the_current_revision() {
    let world = world().await;
    let bearer = world.session().await;
    let shown = world.get(&bearer, "settings").await;
    assert_eq!(world.aws.calls(), ["BatchGetItem"]);
    let shown = shown.json();
    assert_eq!(
        (&shown["revision"], &shown["interval"], &shown["minimum_minutes"]),
        (&json!(0), &json!("hourly"), &json!(15))
    );
    let fees = shown["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|named| named["account"] == "fees")
        .unwrap();
    assert_eq!(
        fees,
        &json!({"account": "fees", "name": "@stripe_fees", "default_name": "@stripe_fees",
            "purpose": "Stripe’s fees"})
    );

    let mut first = world.change(&bearer, "interval", json!("daily")).await;
    first["account_names"] = json!({"fees": "@costs"});
    first["ceilings"] = json!({"jpy": "5000000", "EUR": "12500.5"});
    let rival = world.change(&bearer, "match_by_email", json!(true)).await;
    let reply = world.put(&bearer, &first).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let stored = reply.json();
    assert_eq!(
        (&stored["settings"]["revision"], &stored["settings"]["interval_minutes"]),
        (&json!(1), &json!(1440))
    );
    assert_eq!(stored["settings"]["ceilings"], json!({"JPY": "5000000", "EUR": "12500.50"}));
    assert_eq!(world.get(&bearer, "settings").await.json(), stored["settings"]);
    let lost = world.put(&bearer, &rival).await;
    assert_eq!((lost.status, lost.code().as_str()), (409, "changed_meanwhile"));
    assert_eq!(world.put(&bearer, &first).await.status, 409, "a repetition is not a second change");
    let trail: Vec<Value> = world
        .aws
        .items(PK, "ACTIVITY#")
        .into_iter()
        .filter(|entry| entry["kind"] == "settings_changed")
        .collect();
    assert_eq!(
        (trail.len(), &trail[0]["subject"]),
        (1, &json!("1")),
        "and its entry in the trail only with it"
    );
    assert!(
        world.aws.schedules().is_empty(),
        "nothing is scheduled before an account is connected"
    );

    // Installed again: nothing is inherited, and what is stored there is no obstacle.
    world.uninstall().await;
    assert_eq!(world.put(&bearer, &first).await.status, 401);
    world.install("blnk_test_another0123456789", &["data:read", "data:write"]).await;
    let bearer = world.session().await;
    assert_eq!(world.get(&bearer, "settings").await.json()["interval"], "hourly");
    let anew = world.change(&bearer, "interval", json!("off")).await;
    assert_eq!(world.put(&bearer, &anew).await.json()["settings"]["revision"], 1);
}

#[tokio::test]
async fn invalid_settings_are_refused_and_nothing_is_stored() {
    let world = world().await;
    let bearer = world.session().await;
    for (member, value, status) in [
        ("interval", json!("weekly"), 400),
        ("colour", json!("red"), 400),
        (
            "personal_data",
            json!({"name": true, "email": true, "phone": true, "address": true, "birthday": true}),
            400,
        ),
        ("personal_data", json!({"name": true}), 400),
        ("account_names", json!({"fees": "costs"}), 422),
        ("account_names", json!({"fees": "@stripe"}), 422),
        ("account_names", json!({"fees": "@stripe_tax"}), 422),
        ("start_date", json!("2999-01-01"), 422),
        ("start_date", json!("yesterday"), 422),
        ("ceilings", json!({"EURO1": "1"}), 422),
        ("ceilings", json!({"EUR": "1.505"}), 422),
        ("ceilings", json!({"EUR": "+5"}), 422),
        ("ceilings", json!({"EUR": "0"}), 422),
        ("ceilings", json!({"EUR": "1", "eur": "2"}), 422),
        ("ceilings", json!({"EUR": "92233720368547758.08"}), 422),
    ] {
        let change = world.change(&bearer, member, value.clone()).await;
        let reply = world.put(&bearer, &change).await;
        assert_eq!(reply.status, status, "{member} {value}: {}", reply.text());
        if status == 422 {
            assert_eq!(
                (reply.code().as_str(), &reply.json()["field"]),
                ("invalid_setting", &json!(member)),
                "{value}"
            );
        }
    }
    let mut short = world.change(&bearer, "interval", json!("daily")).await;
    short.as_object_mut().unwrap().remove("ceilings");
    assert_eq!(world.put(&bearer, &short).await.status, 400, "all of them are named");
    assert!(world.aws.item(PK, "SETTINGS").is_none());
    let blind = world_with(&["alerts:read"]).await;
    let bearer = blind.session().await;
    let change = blind.change(&bearer, "interval", json!("daily")).await;
    assert_eq!(blind.put(&bearer, &change).await.code(), "permission_missing");
}

/// A change of every setting, with a start, against a revision.
fn sent(revision: u64, start: &str) -> Value {
    json!({"revision": revision, "interval": "off", "pay_ins": "one_account",
        "account_names": {"customers": "@payers", "fees": "@costs"}, "start_date": start,
        "match_by_email": true,
        "personal_data": {"name": true, "email": true, "phone": false, "address": true},
            "ceilings": {"USD": "1000"}})
}

impl World {
    async fn dry_run(&self, bearer: &str, change: &Value) -> Reply {
        Call::new("PUT", "/portal/api/settings?dry_run=true")
            .bearer(bearer)
            .json(change)
            .to(&self.router)
            .await
    }

    /// A sync has fixed the start of 2026-03-01, and the days before it are known.
    async fn start_was_fixed(&self) {
        self.aws.alter(PK, "STRIPE", "confirmed", json!({"BOOL": true}));
        let start = json!({"M": {"at": {"N": "1772323200"}, "chosen": {"S": "2026-03-01"},
            "opened": {"BOOL": true}}});
        self.aws.alter(PK, "STRIPE", "start", start);
        for (day, records) in [
            ("2025-12-31", 100),
            ("2026-01-01", 7),
            ("2026-01-02", 30),
            ("2026-02-28", 5),
            ("2026-03-01", 1_000),
        ] {
            let figures = json!({"records": records, "legs": 2 * records, "debit": "1",
                "credit": "0", "digest": "0".repeat(32)});
            self.put_item(
                &Sk::OpeningDay(self.present(), day, "payments", "USD"),
                &json!({"figures": figures}),
            )
            .await;
        }
    }
}

fn assert_differences(told: &Value) {
    let listed: Vec<Value> = told["differences"].as_array().unwrap().clone();
    let flat = |row: &Value| {
        ["code", "subject", "before", "after"]
            .map(|name| row[name].as_str().unwrap_or("-").to_owned())
            .join(" ")
    };
    let expected = [
        "schedule - hourly off",
        "account customers @stripe_test_customers @payers",
        "account fees @stripe_test_fees @costs",
        "pay_ins - customers one_account",
        "start_date - 2026-03-01 2026-01-01",
        "personal_data phone true false",
        "match_by_email - false true",
        "ceiling USD - 1000.00",
    ];
    assert_eq!(listed.iter().map(flat).collect::<Vec<_>>(), expected);
    assert_eq!(listed[4]["movements"], 42, "what lies between the two dates");
    for (at, says) in [
        (1, "@stripe_test_customers keeps"),
        (3, "go to @payers"),
        (4, "42 movements from 2026-01-01"),
        (5, "telephone"),
    ] {
        assert!(listed[at]["text"].as_str().unwrap().contains(says), "{}", listed[at]);
    }
}

async fn whole_history_is_the_earliest_start(world: &World, bearer: &str) {
    let mut whole = sent(1, "2026-01-01");
    whole["start_date"] = Value::Null;
    let whole = world.dry_run(bearer, &whole).await.json();
    let start = whole["differences"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["code"] == "start_date")
        .unwrap()
        .clone();
    assert_eq!((&start["movements"], &start["after"]), (&json!(142), &Value::Null));
}

/// The days before a start may not all be known until its opening is posted.
async fn days_may_be_unknown(world: &World, bearer: &str) {
    world.aws.alter(
        PK,
        "STRIPE",
        "start",
        json!({"M": {"at": {"N": "1772323200"}, "opened": {"BOOL": false}}}),
    );
    let unknown = world.dry_run(bearer, &sent(3, "2025-06-01")).await.json();
    assert_eq!(
        (&unknown["differences"][0]["code"], &unknown["differences"][0]["movements"]),
        (&json!("start_date"), &Value::Null)
    );
}

/// Before anything is stored a person learns what will differ, in the words that the answer to the
/// change repeats.
#[tokio::test]
async fn a_change_tells_what_will_differ_and_can_be_looked_at_first() {
    let world = world().await;
    let bearer = world.connected().await;
    let dry = async |change: &Value| world.dry_run(&bearer, change).await;
    let first = dry(&sent(0, "2026-01-01")).await;
    assert_eq!(
        (first.status, &first.json()["differences"]),
        (200, &json!([])),
        "nothing was begun that could go on otherwise"
    );

    // A start was fixed, and the days before it are known.
    let before = world.change(&bearer, "start_date", json!("2026-03-01")).await;
    assert_eq!(world.put(&bearer, &before).await.status, 200);
    let stored = world.aws.item(PK, "SETTINGS");
    world.start_was_fixed().await;
    let looked = dry(&sent(1, "2026-01-01")).await;
    let told = looked.json();
    assert_eq!(
        (looked.status, &told["saved"], &told["settings"]["pay_ins"]),
        (200, &json!(false), &json!("one_account")),
        "{told}"
    );
    assert_differences(&told);
    assert_eq!(world.aws.item(PK, "SETTINGS"), stored, "nothing was stored");
    assert_eq!(
        world
            .aws
            .items(PK, "ACTIVITY#")
            .iter()
            .filter(|entry| entry["kind"] == "settings_changed")
            .count(),
        1
    );
    whole_history_is_the_earliest_start(&world, &bearer).await;

    // Refused as it would be.
    let later = dry(&sent(1, "2026-03-02")).await;
    assert_eq!((later.status, &later.json()["field"]), (422, &json!("start_date")));
    assert_eq!(dry(&sent(2, "2026-01-01")).await.code(), "changed_meanwhile");
    let odd = Call::new("PUT", "/portal/api/settings?dry_run=perhaps")
        .bearer(&bearer)
        .json(&sent(1, "2026-01-01"));
    assert_eq!(
        odd.to(&world.router).await.status,
        400,
        "what is not understood is not taken for a change"
    );

    let saved = world.put(&bearer, &sent(1, "2026-01-01")).await.json();
    assert_eq!((&saved["saved"], &saved["differences"]), (&json!(true), &told["differences"]));
    assert_eq!(
        world.put(&bearer, &sent(2, "2026-01-01")).await.json()["differences"],
        json!([]),
        "the same again changes nothing"
    );
    days_may_be_unknown(&world, &bearer).await;
}

#[tokio::test]
async fn a_schedule_is_made_with_the_connection_follows_the_settings_and_goes_with_it() {
    let world = world().await;
    let bearer = world.connected().await;
    let (name, made) = world.only_schedule();
    let generation = world.aws.item(PK, "META").unwrap()["generation"].clone();
    let input: Value = serde_json::from_str(made["Target"]["Input"].as_str().unwrap()).unwrap();
    let expected = json!({"install": INSTALL, "generation": generation, "reason": "schedule",
        "at": "<aws.scheduler.scheduled-time>"});
    assert_eq!(
        (input, &made["Target"]["SqsParameters"]["MessageGroupId"]),
        (expected, &json!(INSTALL))
    );
    assert_eq!(
        (&made["FlexibleTimeWindow"]["Mode"], &made["State"]),
        (&json!("OFF"), &json!("ENABLED"))
    );
    assert!(world.aws.messages().is_empty(), "connecting starts nothing");

    for (interval, shape) in [
        ("quarter_hourly", "/15 * * * ? *)"),
        ("hourly", " * * * ? *)"),
        ("off", " * * ? *)"),
        ("daily", " * * ? *)"),
    ] {
        let change = world.change(&bearer, "interval", json!(interval)).await;
        let reply = world.put(&bearer, &change).await;
        assert_eq!(
            (reply.status, &reply.json()["schedule_applied"]),
            (200, &json!(true)),
            "{}",
            reply.text()
        );
        let (same, schedule) = world.only_schedule();
        assert_eq!(same, name);
        assert!(
            schedule["ScheduleExpression"].as_str().unwrap().ends_with(shape),
            "{interval}: {schedule}"
        );
    }
    // The scheduler fails after the settings are stored: they are stored anyway, and the
    // answer says so.
    let before = world.only_schedule();
    world.aws.fault("GetSchedule", 1, 9, Fault::Status(500, "InternalServerException"));
    let change = world.change(&bearer, "interval", json!("quarter_hourly")).await;
    let reply = world.put(&bearer, &change).await;
    assert_eq!((reply.status, &reply.json()["schedule_applied"]), (200, &json!(false)));
    assert_eq!(world.only_schedule(), before);

    let gone = Call::new("DELETE", "/portal/api/stripe").bearer(&bearer).to(&world.router).await;
    assert_eq!(gone.status, 204);
    assert!(world.aws.schedules().is_empty());
}

#[tokio::test]
async fn the_overview_says_how_old_the_newest_proof_is() {
    let world = world().await;
    let bearer = world.connected().await;
    let overview = world.get(&bearer, "overview").await.json();
    assert_eq!(
        (&overview["proof_age_seconds"], &overview["fresh"]),
        (&Value::Null, &Value::Null),
        "nothing was ever begun"
    );
    let now = stripe_sync::platform::clock::now();
    for (minutes, fresh) in [(1, true), (119, true), (121, false)] {
        world.aws.alter(
            PK,
            "STRIPE",
            "watermark",
            json!({"N": now.plus_seconds(-60 * minutes).0.to_string()}),
        );
        let overview = world.get(&bearer, "overview").await.json();
        let age = overview["proof_age_seconds"].as_i64().unwrap();
        assert!((60 * minutes..60 * minutes + 30).contains(&age), "{age}");
        assert_eq!(overview["fresh"], json!(fresh), "{minutes}");
    }
}
