//! A permission that one old record needs, customers of ids that merchants choose, and the day's
//! look at the endpoint.

use serde_json::{Value, json};
use stripe_sync::model::install::id::InstallId;
use stripe_sync::model::time::Millis;
use stripe_sync::model::webhook::{Signing, Webhook};
use stripe_sync::platform::clock;
use stripe_sync::platform::store::problems::actions::{Audit, ProblemAction};
use stripe_sync::platform::table::item::to_item;
use stripe_sync::platform::table::keys::Sk;
use stripe_sync::platform::vault::Purpose;
use test_support::TABLE;

use super::Books;
use super::identities::{hint, hints, long_ago};
use crate::world::{BASE, INSTALL, PK};

impl Books {
    fn problem(&self, id: &str) -> Option<Value> {
        self.world.aws.item(PK, &format!("PROBLEM#{}#{id}", self.world.connection.connection))
    }

    /// A problem about a record, for which a person asks for another try.
    async fn tried_again(&self, record: &str, id: &str) {
        let install = InstallId::parse(INSTALL).unwrap();
        if self.problem(id).is_none() {
            let problem = json!({"id": id, "kind": "record", "subject": record,
                "code": "customer_unknown", "cause": "Of before.", "state": "open",
                "attempts": 1, "first_seen": clock::now(), "last_seen": clock::now(),
                "run": clock::new_ulid()});
            let item =
                to_item(&install, &Sk::Problem(self.world.connection.connection, id), &problem)
                    .unwrap();
            self.world
                .store
                .client
                .put_item()
                .table_name(TABLE)
                .set_item(Some(item))
                .send()
                .await
                .unwrap();
        }
        let (_, connection) =
            self.world.store.installs().meta_and_connection(&install).await.unwrap();
        let subject = id.to_owned();
        let audit =
            Audit { now: clock::now(), launch: clock::new_ulid(), subject, retention_seconds: 60 };
        let ids = [id.to_owned()];
        let done = self
            .world
            .store
            .problems()
            .act(&install, &connection.unwrap(), &ids, &ProblemAction::Retry, &audit)
            .await
            .unwrap();
        assert_eq!(done.changed, ids);
    }

    /// Stripe refuses a route for want of a permission.
    async fn lacks(&self, route: &str, permission: &str) {
        let message =
            format!("Having the '{permission}' permission would allow this request to continue.");
        let body = json!({"error": {"type": "invalid_request_error", "message": message}});
        self.fault(json!({"surface": "stripe", "route": route, "method": "GET", "status": 403,
            "body": body, "times": 0}))
            .await;
    }
}

#[tokio::test]
async fn a_permission_that_one_record_needs_is_that_records_problem_and_no_pause() {
    let books = Books::open(71, 0).await;
    let record = books.charge(1_000, "cus_ada", json!({"created": long_ago()})).await;
    books.sync().await;
    books.tried_again(&record, &format!("{record}:finding")).await;
    books.lacks("/v1/balance_transactions/*", "rak_transfer_read").await;
    let other = books.charge(2_000, "cus_bob", json!({})).await;
    let run = books.sync_again().await;
    assert_eq!(
        (&run["state"], &run["verdict"]),
        (&json!("completed_with_problems"), &json!("match")),
        "{run}"
    );
    assert_eq!(books.entry(&other, "amount").await["currency"], "USD", "everything else went on");
    let told = books.problem(&format!("{record}:right")).unwrap();
    assert_eq!((&told["state"], &told["code"]), (&json!("open"), &json!("right_missing")));
    assert!(told["cause"].as_str().unwrap().contains("rak_transfer_read"), "{told}");
    assert!(books.world.aws.item(PK, "STRIPE").unwrap().get("paused").is_none());
    // The key has the permission: another try settles it.
    books.no_faults().await;
    books.tried_again(&record, &format!("{record}:right")).await;
    books.sync_again().await;
    assert_eq!(books.problem(&format!("{record}:right")).unwrap()["state"], "resolved");
}

#[tokio::test]
async fn customers_of_ids_of_the_merchants_own_form_are_followed_like_others() {
    let books = Books::open(72, 0).await;
    let ids = ["ann@example.org", "shop-7.b?x=1", "re_anna", "50% off"];
    for id in ids {
        let told = json!({"customer_name": "Ada King", "customer_email": "ada@example.net",
            "created": long_ago()});
        books.charge(1_000, id, told).await;
    }
    books.sync().await;
    for id in ids {
        let before = books.identity(id).await;
        assert_eq!(before["first_name"], "Ada", "{id}");
        let path: String = id.bytes().map(|byte| format!("%{byte:02X}")).collect();
        books
            .at_stripe(
                &format!("customers/{path}"),
                json!({"name": "Ada Lovelace", "silent": true}),
            )
            .await;
        hint(&books, id, 1_767_323_045).await;
    }
    // While the key may not read one, that is the customers' own trouble, and told.
    books.lacks("/v1/customers/*", "rak_customer_read").await;
    let run = books.sync_again().await;
    assert_eq!(run["verdict"], "match", "{run}");
    for id in ids {
        let told = books.problem(&format!("{id}:right")).unwrap();
        assert_eq!(
            (&told["state"], &told["kind"], &told["code"]),
            (&json!("open"), &json!("object"), &json!("right_missing")),
            "{told}"
        );
    }
    books.no_faults().await;
    for id in ids {
        hint(&books, id, 1_767_323_046).await;
    }
    books.sync_again().await;
    assert_eq!(hints(&books), Vec::<Value>::new(), "each was followed, and taken off");
    for id in ids {
        assert_eq!(books.identity(id).await["last_name"], "Lovelace", "{id}");
        assert_eq!(books.problem(&format!("{id}:right")).unwrap()["state"], "resolved", "{id}");
    }
}

/// Registers an endpoint at Stripe and stores it with the connection, signed since a time. Returns
/// its URL at Stripe.
async fn registered_endpoint(books: &mut Books, since: Millis) -> String {
    let install = InstallId::parse(INSTALL).unwrap();
    let (vault, secret) = (books.world.worker.vault.clone(), books.account.secret_key.clone());
    books.world.connection.sealed_key =
        vault.seal(&install, Purpose::StripeApiKey, &secret.into()).await.unwrap();
    let form = [
        ("url", format!("{BASE}/api/stripe/{INSTALL}")),
        ("enabled_events[]", "payout.paid".to_owned()),
    ];
    let url = format!("{}/v1/webhook_endpoints", books.sandbox.world.urls.stripe);
    let made = books
        .http
        .post(&url)
        .bearer_auth(&books.account.secret_key)
        .form(&form)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let made: Value = serde_json::from_str(&made).unwrap();
    let id = made["id"].as_str().unwrap().to_owned();
    let sealed = vault
        .seal(&install, Purpose::StripeWebhookSecret, &"whsec_0123456789".to_owned().into())
        .await
        .unwrap();
    let signing = Signing { secret: sealed, fingerprint: String::new(), since, previous: None };
    let webhook = Webhook {
        version: clock::new_ulid(),
        endpoint_id: Some(id.clone()),
        signing: Some(signing),
        missing: None,
    };
    books.world.connection.webhook = Some(webhook);
    let item = to_item(&install, &Sk::Stripe, &books.world.connection).unwrap();
    books
        .world
        .store
        .client
        .put_item()
        .table_name(TABLE)
        .set_item(Some(item))
        .send()
        .await
        .unwrap();
    format!("{url}/{id}")
}

/// Stripe switches an endpoint off, or somebody deletes it: a run of the next day sees it, and no
/// run of the same day asks again.
#[tokio::test]
async fn a_run_of_each_day_looks_how_the_endpoint_stands() {
    let mut books = Books::open(73, 0).await;
    let since = clock::now().plus_seconds(-86_500);
    let endpoint = registered_endpoint(&mut books, since).await;

    let seen = |books: &Books| books.world.aws.item(PK, "STRIPE").unwrap()["endpoint_seen"].clone();
    books.charge(1_000, "cus_ada", json!({})).await;
    books.sync().await;
    assert_eq!(seen(&books)["standing"], "enabled");
    let change = [("disabled", "true")];
    books
        .http
        .post(&endpoint)
        .bearer_auth(&books.account.secret_key)
        .form(&change)
        .send()
        .await
        .unwrap();
    books.sync().await;
    assert_eq!(seen(&books)["standing"], "enabled", "seen today already");
    let a_day_ago = |standing: &str| {
        json!({"M": {"standing": {"S": standing},
            "at": {"N": since.0.to_string()}}})
    };
    books.world.aws.alter(PK, "STRIPE", "endpoint_seen", a_day_ago("enabled"));
    books.sync().await;
    assert_eq!(seen(&books)["standing"], "disabled");
    books.http.delete(&endpoint).bearer_auth(&books.account.secret_key).send().await.unwrap();
    books.world.aws.alter(PK, "STRIPE", "endpoint_seen", a_day_ago("disabled"));
    // What cannot be learnt just now is no run's trouble, and leaves what is known.
    books
        .fault(json!({"surface": "stripe", "route": "/v1/webhook_endpoints", "status": 400,
            "times": 0}))
        .await;
    books.sync().await;
    assert_eq!(seen(&books)["standing"], "disabled");
    books.no_faults().await;
    books.sync().await;
    assert_eq!(seen(&books)["standing"], "gone");
}
