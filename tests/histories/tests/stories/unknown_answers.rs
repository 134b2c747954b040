//! Successes with an unknown body, and texts that no ledger stores: such an answer never makes the
//! app create something twice, and no customer's name keeps an entry out.

use std::collections::BTreeMap;
use std::time::Duration;

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::{Value, json};
use stripe_sync::engine::worker;
use stripe_sync::model::run::RunState;
use stripe_sync::model::run::request::Scope;

use crate::common::{LIMIT, assert_right, counter, inject, lift, story, work, work_with};

const FIVE_HOURS_MS: i64 = 5 * 3_600_000;

/// Bodies in place of the answer, sent as they are.
const UNKNOWN_BODIES: [&str; 10] = [
    "{\"message\":\"ok\"}",
    "{\"error\":\"no such instance\"}",
    "{\"error_detail\":{\"code\":\"X\"},\"data\":[]}",
    "{\"total\":5}",
    "null",
    "\"x\"",
    "{\"data\":{}}",
    "{\"data\":[],\"total\":5}",
    "<html>Service suspended</html>",
    "",
];

/// Answers a route with 200 and a body. Returns the fault's id.
fn answer_with(tenant: &Tenant<'_>, surface: &str, route: &str, times: u64, body: &str) -> u64 {
    inject(
        tenant,
        json!({"surface": surface, "route": route, "status": 200, "body": body, "times": times}),
    )
}

/// The ledger's rows of a table.
async fn rows(tenant: &Tenant<'_>, table: &str) -> Vec<Value> {
    let (status, found) = tenant
        .world
        .core(
            &tenant.instance,
            &format!("/{table}/filter"),
            Some(json!({"filters": [], "limit": 100})),
        )
        .await;
    assert_eq!(status, 200);
    found.as_array().cloned().unwrap_or_default()
}

/// The app has one ledger, and each customer one balance for each currency.
async fn assert_single(tenant: &Tenant<'_>, when: &str) {
    let ledgers = rows(tenant, "ledgers").await;
    let own =
        ledgers.iter().filter(|row| row["meta_data"]["stripe_sync_owner"].is_string()).count();
    assert_eq!(own, 1, "{when}: {ledgers:?}");
    let mut balances: BTreeMap<(String, String), u32> = BTreeMap::new();
    for row in rows(tenant, "balances").await {
        if let Some(customer) = row["meta_data"]["stripe_customer_id"].as_str() {
            *balances.entry((customer.to_owned(), row["currency"].to_string())).or_default() += 1;
        }
    }
    assert!(
        !balances.is_empty() && balances.values().all(|count| *count == 1),
        "{when}: {balances:?}"
    );
}

async fn with_customers(world: &World, seed: u64) -> Tenant<'_> {
    let tenant = Tenant::connect(world, seed, 0).await;
    for customer in ["cus_One", "cus_Two"] {
        tenant.add(json!({"type": "charge", "amount": 500, "customer": customer})).await;
    }
    tenant
}

/// For a while every list of the ledger and every answer of Stripe is a success with an unknown
/// body, just after a reconnect.
#[test]
fn an_unknown_answer_to_a_read_creates_nothing_twice() {
    story(|| async {
        let world = World::start().await;
        for (at, body) in UNKNOWN_BODIES.into_iter().enumerate() {
            let tenant = with_customers(&world, 6_100 + at as u64).await;
            work(&tenant).await;
            assert_right(&tenant, body).await;
            // After a reconnect, the app knows neither its ledger nor the customers' balances.
            tenant.reconnect();
            answer_with(&tenant, "cloud", "*/filter", 5, body);
            // Cloud passes such a list on as an empty one. The app cannot tell it from the truth,
            // so it asks in other ways too.
            answer_with(&tenant, "core", "*/filter", 3, body);
            answer_with(&tenant, "stripe", "/", 3, body);
            tenant.add(json!({"type": "charge", "amount": 600, "customer": "cus_One"})).await;
            work(&tenant).await;
            assert_right(&tenant, body).await;
            assert_single(&tenant, body).await;
        }
    });
}

/// Such an answer to a creation leaves its outcome open: the app looks for the object before it
/// creates it again.
#[test]
fn a_creation_with_an_unknown_answer_is_looked_up_and_not_repeated() {
    story(|| async {
        let world = World::start().await;
        for (at, route) in
            ["/proxy/ledgers", "/proxy/balances", "/proxy/identities", "/proxy/transactions/bulk"]
                .into_iter()
                .enumerate()
        {
            for (shape, body) in ["{\"message\":\"ok\"}", "{\"error\":\"x\"}", "null", "<html>"]
                .into_iter()
                .enumerate()
            {
                let tenant = with_customers(&world, 6_200 + 10 * at as u64 + shape as u64).await;
                inject(
                    &tenant,
                    json!({"surface": "cloud", "route": route, "status": 201, "body": body,
                        "commit": true}),
                );
                work(&tenant).await;
                assert_right(&tenant, route).await;
                assert_single(&tenant, route).await;
            }
        }
    });
}

/// The same for a refusal with an unknown message, as a Core 0.14 reports its own faults: it does
/// not mean that nothing was created.
#[test]
fn a_creation_refused_with_an_unknown_message_is_looked_up_and_not_repeated() {
    story(|| async {
        let world = World::start().await;
        for (at, route) in
            ["/ledgers", "/balances", "/identities", "/transactions/bulk"].into_iter().enumerate()
        {
            let tenant = with_customers(&world, 6_250 + at as u64).await;
            world.knobs(&tenant.instance, json!({"core_version": "0.14"})).await;
            let body = json!({"error": "pq: the connection is in a state of its own"});
            inject(
                &tenant,
                json!({"surface": "core", "route": route, "method": "POST", "status": 400,
                    "body": body, "commit": true, "times": 2,
                    "when": {"body": "\"meta_data\":{"}}),
            );
            work(&tenant).await;
            assert_right(&tenant, route).await;
            assert_single(&tenant, route).await;
        }
    });
}

/// For hours nothing is created, and the run waits and says why. Then a problem names the call and
/// the shape of the answer. It is resolved as soon as the answer is right.
#[test]
fn a_call_with_an_unknown_answer_for_hours_becomes_a_problem() {
    for (seed, surface, route, call) in [
        (6_300, "cloud", "/ledger/filter", "/ledger/filter"),
        (6_301, "stripe", "/v1/balance_transactions", "/v1/balance_transactions"),
    ] {
        story(move || async move {
            let world = World::start().await;
            let tenant = with_customers(&world, seed).await;
            let fault =
                answer_with(&tenant, surface, route, 0, "{\"message\":\"ann@example.com\"}");
            let mut wake_up = tenant.request(Scope::New).await.unwrap();
            let began = time::now();
            while time::now() - began < FIVE_HOURS_MS {
                assert!(
                    time::now() - began > 3_600_000 || tenant.problems().is_empty(),
                    "not at once"
                );
                worker::handle(&tenant.worker(LIMIT), &wake_up, "m").await.unwrap();
                let (state, run) = tenant.runs().pop().unwrap();
                let answer = run["waiting"]["answer"].as_str().unwrap_or_default().to_owned();
                assert!(
                    state == RunState::Running && answer.contains("an object with message"),
                    "it waits and says why: {run}"
                );
                assert!(tenant.deliver_next_delayed().await);
                wake_up =
                    serde_json::from_value(tenant.aws.messages().pop().unwrap().body).unwrap();
            }
            assert_eq!(tenant.problems(), [("unknown_answer".to_owned(), format!("{call}:shape"))]);
            let problem_item =
                tenant.aws.items(&format!("INSTALL#instapp_h{seed}"), "PROBLEM#").pop().unwrap();
            let cause = problem_item["cause"].as_str().unwrap();
            assert!(cause.contains("an object with message") && !cause.contains("ann@"), "{cause}");
            let own = usize::from(surface == "stripe");
            let made =
                (rows(&tenant, "ledgers").await.len() - 1, rows(&tenant, "balances").await.len());
            assert_eq!(made, (own, 0), "nothing is created without an answer");
            lift(&tenant, fault);
            work(&tenant).await;
            assert_right(&tenant, "after the right answer").await;
            assert_single(&tenant, "after the right answer").await;
        });
    }
}

/// Someone renamed the app's ledger: a search by name does not find it, one by owner does.
#[test]
fn a_renamed_ledger_is_found_by_its_owner() {
    story(|| async {
        let world = World::start().await;
        let tenant = with_customers(&world, 6_400).await;
        work(&tenant).await;
        let ledgers = rows(&tenant, "ledgers").await;
        let own =
            ledgers.iter().find(|row| row["meta_data"]["stripe_sync_owner"].is_string()).unwrap();
        let path = format!("/ledgers/{}", own["ledger_id"].as_str().unwrap());
        world.core_put(&tenant.instance, &path, json!({"name": "Card payments"})).await;
        tenant.reconnect();
        tenant.add(json!({"type": "charge", "amount": 600, "customer": "cus_One"})).await;
        work(&tenant).await;
        assert_right(&tenant, "renamed").await;
        assert_single(&tenant, "renamed").await;
    });
}

/// Once a week the app counts the balances, and reports a customer with two.
#[test]
fn a_second_balance_of_a_customer_is_reported_by_the_weekly_run() {
    story(|| async {
        let world = World::start().await;
        let tenant = with_customers(&world, 6_500).await;
        work(&tenant).await;
        let known = rows(&tenant, "balances")
            .await
            .into_iter()
            .find(|row| row["meta_data"]["stripe_customer_id"] == "cus_One")
            .unwrap();
        let second = json!({"ledger_id": known["ledger_id"], "currency": known["currency"],
            "meta_data": known["meta_data"]});
        let (status, second) = world.core(&tenant.instance, "/balances", Some(second)).await;
        assert_eq!(status, 201);
        work(&tenant).await;
        assert_eq!(tenant.problems(), [], "only the weekly run looks");
        time::jump(Duration::from_secs(8 * 86_400));
        work(&tenant).await;
        let problem = format!("cus_One:balances-{}", known["currency"].as_str().unwrap());
        assert_eq!(tenant.problems(), [("balance_doubled".to_owned(), problem)]);
        let problem_item = tenant.aws.items("INSTALL#instapp_h6500", "PROBLEM#").pop().unwrap();
        let cause = problem_item["cause"].as_str().unwrap();
        assert!(
            cause.contains(known["balance_id"].as_str().unwrap())
                && cause.contains(second["balance_id"].as_str().unwrap()),
            "{cause}"
        );
        assert!(tenant.snapshot().await.agrees(), "the sums agree");
    });
}

/// A customer's name and address contain a null character, which no database stores. The customer
/// is mirrored without it, and updated once.
#[test]
fn a_customer_with_a_null_in_name_and_address_is_mirrored() {
    story(|| async {
        let fixture = include_str!("../../../fixtures/field/03a_bt_page_customer_nul.json");
        let fixture: Value = serde_json::from_str(fixture).unwrap();
        let customer = &fixture["body"]["data"][0]["source"]["customer"];
        let (name, street) =
            (customer["name"].as_str().unwrap(), customer["address"]["line1"].as_str().unwrap());
        assert!(name.contains('\0') && street.contains('\0'));
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 6_600, 0).await;
        let charge = json!({"type": "charge", "amount": 1_000, "customer": "cus_fieldnul1",
            "customer_name": name, "description": "For\0 you\u{7f}"});
        tenant.add(charge).await;
        tenant.add(json!({"type": "charge", "amount": 700, "customer": "cus_Sound"})).await;
        work(&tenant).await;
        assert_right(&tenant, "mirrored").await;
        let path = format!("/accounts/{}/customers/cus_fieldnul1", tenant.account.account);
        let (status, answer) =
            world.control_stripe(&path, json!({"street": street, "silent": true})).await;
        assert!((200..300).contains(&status), "{answer}");
        for updated in [1, 0] {
            work_with(&tenant, LIMIT, Scope::Everything).await;
            assert_right(&tenant, "changed").await;
            assert_eq!(counter(&tenant, "identities_updated"), updated, "once, and not again");
        }
        let identity = rows(&tenant, "identities")
            .await
            .into_iter()
            .find(|row| row["meta_data"]["stripe_customer_id"] == "cus_fieldnul1")
            .unwrap();
        let stored = (&identity["first_name"], &identity["last_name"], &identity["street"]);
        assert_eq!(stored, (&json!("Probe"), &json!("Person"), &json!("1 Probe Street")));
    });
}
