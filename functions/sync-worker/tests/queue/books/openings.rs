//! Opening entries stand for many movements: they are looked at before they are posted, as
//! movements are.

use serde_json::{Value, json};
use stripe_sync::model::activity::{Activity, Kind};
use stripe_sync::model::install::id::InstallId;
use stripe_sync::model::ledger::utc_date;
use stripe_sync::platform::clock;
use stripe_sync::platform::store::activity::AuditEntry;

use super::Books;
use crate::world::INSTALL;

const DAY: i64 = 86_400;

/// The midnight so many days ago.
fn days_ago(days: i64) -> i64 {
    let now = clock::now().seconds();
    now - now.rem_euclid(DAY) - days * DAY
}

impl Books {
    /// A person approves what a run waits for, and it goes on.
    async fn approve(&self, run: &Value, code: &str) -> Value {
        let install = InstallId::parse(INSTALL).unwrap();
        let (_, connection) =
            self.world.store.installs().meta_and_connection(&install).await.unwrap();
        let id = run["id"].as_str().unwrap();
        let activity = Activity {
            kind: Kind::FuseApproved,
            at: clock::now(),
            launch_id: None,
            subject: None,
            ttl: i64::MAX,
        };
        let audit = AuditEntry { id: clock::new_ulid(), activity };
        self.world
            .store
            .runs()
            .approve(&install, &connection.unwrap(), id.parse().unwrap(), code, &audit)
            .await
            .unwrap();
        self.on(id).await
    }

    async fn opening(&self, currency: &str) -> Vec<Value> {
        let reference = format!("stripe:{}:test:payments:{currency}:opening", self.account.account);
        self.rows("transactions", "reference", &reference).await
    }
}

/// Each movement is small and what they add up to is not: the opening waits for an approval, which
/// reaches so far and no further.
#[tokio::test]
async fn an_opening_above_its_ceiling_waits_for_an_approval() {
    let mut books = Books::open(71, 0).await;
    for days in [20, 21, 22] {
        books.charge(40_000, "cus_ada", json!({"created": days_ago(days)})).await;
    }
    let posted = books.charge(30_000, "cus_ada", json!({})).await;
    books
        .set(|settings| {
            settings.start_date = Some(utc_date(days_ago(10)).unwrap());
            settings.ceilings = [("USD".parse().unwrap(), 100_000)].into();
        })
        .await;
    let run = books.sync_again().await;
    assert_eq!(
        (&run["state"], &run["error"]["code"]),
        (&json!("paused"), &json!("fuse_amount")),
        "{run}"
    );
    // Three charges, less their fees.
    let told = run["error"]["text"].as_str().unwrap();
    assert!(told.contains("1198.23 USD") && told.contains("opening entry"), "{told}");
    assert_eq!(books.opening("USD").await, Vec::<Value>::new(), "nothing of it is posted");
    assert_eq!(
        books.entry(&posted, "amount").await["precise_amount"],
        30_000,
        "what is under the ceiling is"
    );
    assert_eq!(
        books.on(run["id"].as_str().unwrap()).await["error"]["code"],
        "fuse_amount",
        "waiting is no approval"
    );
    assert_eq!(books.opening("USD").await, Vec::<Value>::new());

    let run = books.approve(&run, "fuse_amount").await;
    assert_eq!((&run["state"], &run["verdict"]), (&json!("completed"), &json!("match")), "{run}");
    assert_eq!(books.opening("USD").await[0]["precise_amount"], 119_823);
    books.sync().await;

    // The approval was for that run: the next amount above the ceiling is another question, that of
    // a moved start included.
    for days in [40, 41, 42] {
        books.charge(90_000, "cus_ada", json!({"created": days_ago(days)})).await;
    }
    books.set(|settings| settings.start_date = Some(utc_date(days_ago(30)).unwrap())).await;
    let run = books.sync_again().await;
    assert_eq!(run["error"]["code"], "fuse_amount", "{run}");
    books.set(|settings| settings.ceilings.clear()).await;
    let run = books.approve(&run, "fuse_amount").await;
    assert_eq!((&run["state"], &run["verdict"]), (&json!("completed"), &json!("match")), "{run}");
}

/// A currency that only an opening brings is asked for like any other, and is known once it was
/// allowed.
#[tokio::test]
async fn an_opening_in_a_new_currency_waits_for_an_approval() {
    let mut books = Books::open(72, 0).await;
    books.charge(40_000, "cus_ada", json!({"created": days_ago(20), "currency": "eur"})).await;
    books.charge(30_000, "cus_ada", json!({})).await;
    books.set(|settings| settings.start_date = Some(utc_date(days_ago(10)).unwrap())).await;
    books.sync().await;
    assert_eq!(books.opening("EUR").await.len(), 1, "before anything is known nothing is unusual");
    books.charge(900, "cus_ada", json!({"currency": "eur"})).await;
    books.sync().await;

    // Francs surface before the start, and the start moves to a day after them.
    books.charge(50_000, "cus_ada", json!({"created": days_ago(60), "currency": "chf"})).await;
    books.set(|settings| settings.start_date = Some(utc_date(days_ago(30)).unwrap())).await;
    let run = books.sync_again().await;
    assert_eq!(
        (&run["state"], &run["error"]["code"]),
        (&json!("paused"), &json!("fuse_currency")),
        "{run}"
    );
    assert!(run["error"]["text"].as_str().unwrap().contains("CHF"), "{run}");
    assert_eq!(books.opening("CHF").await, Vec::<Value>::new(), "nothing of it is posted");
    let run = books.approve(&run, "fuse_currency").await;
    assert_eq!((&run["state"], &run["verdict"]), (&json!("completed"), &json!("match")), "{run}");
    assert_eq!(books.opening("CHF").await.len(), 1);
    books.charge(900, "cus_ada", json!({"currency": "chf"})).await;
    books.sync().await;
}

/// Somebody keeps yen in hundredths: an opening is not added to them either.
#[tokio::test]
async fn an_opening_in_another_unit_is_refused_before_it_is_posted() {
    let mut books = Books::open(73, 0).await;
    books.charge(40_000, "cus_ada", json!({"created": days_ago(20), "currency": "jpy"})).await;
    let foreign = json!({"amount": 5, "precision": 100, "currency": "JPY", "reference": "rent-1",
        "source": "@world", "destination": "@shop",
        "description": "rent", "allow_overdraft": true, "skip_queue": true});
    books.core("POST", "/transactions", Some(foreign)).await;
    books.set(|settings| settings.start_date = Some(utc_date(days_ago(10)).unwrap())).await;
    let run = books.sync_again().await;
    assert_eq!(
        (&run["state"], &run["error"]["code"]),
        (&json!("failed"), &json!("precision_mismatch")),
        "{run}"
    );
    assert_eq!(books.opening("JPY").await, Vec::<Value>::new());
}
