//! Successes that are no answers, and texts that no ledger stores: nothing is made for want of what such an answer does not show, and
//! no customer's name keeps money out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails where it is wrong")]

mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use common::{LIMIT, assert_right, run, work, work_with};
use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::{Value, json};
use stripe_sync::engine::worker;
use stripe_sync::model::asked::Scope;
use stripe_sync::model::run::RunState;

const FIVE_HOURS_MS: i64 = 5 * 3_600_000;

/// What stands in for an answer; a text is sent as it is.
const LIES: [&str; 10] = [
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

fn lie(tenant: &Tenant<'_>, surface: &str, route: &str, times: u64, body: &str) -> u64 {
    let scope = if surface == "stripe" { &tenant.account.account } else { &tenant.instance };
    let fault = json!({"surface": surface, "route": route, "scope": scope, "status": 200, "body": body, "times": times});
    tenant.world.sandbox.world.faults.add(serde_json::from_value(fault).unwrap())
}

/// The ledger's rows of a table.
async fn rows(tenant: &Tenant<'_>, table: &str) -> Vec<Value> {
    let (status, found) =
        tenant.world.core(&tenant.instance, &format!("/{table}/filter"), Some(json!({"filters": [], "limit": 100}))).await;
    assert_eq!(status, 200);
    found.as_array().cloned().unwrap_or_default()
}

/// One ledger of the app's own, and one balance of a customer in a currency.
async fn assert_single(tenant: &Tenant<'_>, how: &str) {
    let ledgers = rows(tenant, "ledgers").await;
    let own = ledgers.iter().filter(|row| row["meta_data"]["stripe_sync_owner"].is_string()).count();
    assert_eq!(own, 1, "{how}: {ledgers:?}");
    let mut balances: BTreeMap<(String, String), u32> = BTreeMap::new();
    for row in rows(tenant, "balances").await {
        if let Some(customer) = row["meta_data"]["stripe_customer_id"].as_str() {
            *balances.entry((customer.to_owned(), row["currency"].to_string())).or_default() += 1;
        }
    }
    assert!(!balances.is_empty() && balances.values().all(|count| *count == 1), "{how}: {balances:?}");
}

async fn with_customers(world: &World, seed: u64) -> Tenant<'_> {
    let tenant = Tenant::connect(world, seed, 0).await;
    for customer in ["cus_One", "cus_Two"] {
        tenant.add(json!({"type": "charge", "amount": 500, "customer": customer})).await;
    }
    tenant
}

/// For a while every list of the ledger, or every answer of Stripe's, is a success that is none; then a second run forgets all it knew.
#[test]
fn nothing_is_made_twice_for_an_answer_that_is_none() {
    run(|| async {
        let world = World::start().await;
        for (at, body) in LIES.into_iter().enumerate() {
            let tenant = with_customers(&world, 6_100 + at as u64).await;
            work(&tenant).await;
            assert_right(&tenant, body).await;
            // Connected anew, the app knows neither its ledger nor the customers' balances.
            tenant.connect_anew();
            lie(&tenant, "cloud", "*/filter", 5, body);
            // A list that Cloud passes on as an empty one cannot be told from the truth, which is why other questions follow.
            lie(&tenant, "core", "*/filter", 3, body);
            lie(&tenant, "stripe", "/", 3, body);
            tenant.add(json!({"type": "charge", "amount": 600, "customer": "cus_One"})).await;
            work(&tenant).await;
            assert_right(&tenant, body).await;
            assert_single(&tenant, body).await;
        }
    });
}

/// A creation that is answered so is in doubt: it is looked for before it is made again.
#[test]
fn a_creation_that_was_answered_in_an_unknown_shape_is_looked_for() {
    run(|| async {
        let world = World::start().await;
        for (at, route) in ["/proxy/ledgers", "/proxy/balances", "/proxy/identities", "/proxy/transactions/bulk"].into_iter().enumerate() {
            for (shape, body) in ["{\"message\":\"ok\"}", "{\"error\":\"x\"}", "null", "<html>"].into_iter().enumerate() {
                let tenant = with_customers(&world, 6_200 + 10 * at as u64 + shape as u64).await;
                let fault =
                    json!({"surface": "cloud", "route": route, "scope": tenant.instance, "status": 201, "body": body, "commit": true});
                world.sandbox.world.faults.add(serde_json::from_value(fault).unwrap());
                work(&tenant).await;
                assert_right(&tenant, route).await;
                assert_single(&tenant, route).await;
            }
        }
    });
}

/// The same for a refusal in words that nobody knows, as a Core 0.14 tells faults of its own: they do not tell that nothing was made.
#[test]
fn a_creation_that_was_refused_in_unknown_words_is_looked_for() {
    run(|| async {
        let world = World::start().await;
        for (at, route) in ["/ledgers", "/balances", "/identities", "/transactions/bulk"].into_iter().enumerate() {
            let tenant = with_customers(&world, 6_250 + at as u64).await;
            world.knobs(&tenant.instance, json!({"core_version": "0.14"})).await;
            let body = json!({"error": "pq: the connection is in a state of its own"});
            let fault = json!({"surface": "core", "route": route, "scope": tenant.instance, "method": "POST", "status": 400, "body": body,
                "commit": true, "times": 2, "when": {"body": "\"meta_data\":{"}});
            world.sandbox.world.faults.add(serde_json::from_value(fault).unwrap());
            work(&tenant).await;
            assert_right(&tenant, route).await;
            assert_single(&tenant, route).await;
        }
    });
}

/// For hours: nothing is made, the run waits and says so, and then a problem names the call and what was seen. It is over as soon as it is
/// answered.
#[test]
fn a_call_that_is_never_answered_is_named_when_it_goes_on_for_hours() {
    for (seed, surface, route, call) in
        [(6_300, "cloud", "/ledger/filter", "/ledger/filter"), (6_301, "stripe", "/v1/balance_transactions", "/v1/balance_transactions")]
    {
        run(move || async move {
            let world = World::start().await;
            let tenant = with_customers(&world, seed).await;
            let fault = lie(&tenant, surface, route, 0, "{\"message\":\"ann@example.com\"}");
            let mut wake_up = tenant.request(Scope::New).await.unwrap();
            let began = time::now();
            while time::now() - began < FIVE_HOURS_MS {
                assert!(time::now() - began > 3_600_000 || tenant.problems().is_empty(), "not at once");
                worker::handle(&tenant.worker(LIMIT), &wake_up, "m").await.unwrap();
                let (state, run) = tenant.runs().pop().unwrap();
                let answer = run["waiting"]["answer"].as_str().unwrap_or_default().to_owned();
                assert!(state == RunState::Running && answer.contains("an object with message"), "it waits and says so: {run}");
                assert!(tenant.pass_next_on().await);
                wake_up = serde_json::from_value(tenant.aws.messages().pop().unwrap().body).unwrap();
            }
            assert_eq!(tenant.problems(), [("unknown_answer".to_owned(), format!("{call}:shape"))]);
            let told = tenant.aws.items(&format!("INSTALL#instapp_h{seed}"), "PROBLEM#").pop().unwrap();
            let cause = told["cause"].as_str().unwrap();
            assert!(cause.contains("an object with message") && !cause.contains("ann@"), "{cause}");
            let own = usize::from(surface == "stripe");
            let made = (rows(&tenant, "ledgers").await.len() - 1, rows(&tenant, "balances").await.len());
            assert_eq!(made, (own, 0), "nothing is made for want of an answer");
            world.sandbox.world.faults.remove(Some(fault));
            work(&tenant).await;
            assert_right(&tenant, "once it is answered").await;
            assert_single(&tenant, "once it is answered").await;
        });
    }
}

/// The app's ledger was given another name: a question about names does not find it, one about its owner does.
#[test]
fn a_ledger_under_another_name_is_found_by_its_owner() {
    run(|| async {
        let world = World::start().await;
        let tenant = with_customers(&world, 6_400).await;
        work(&tenant).await;
        let ledgers = rows(&tenant, "ledgers").await;
        let own = ledgers.iter().find(|row| row["meta_data"]["stripe_sync_owner"].is_string()).unwrap();
        let path = format!("/ledgers/{}", own["ledger_id"].as_str().unwrap());
        world.core_put(&tenant.instance, &path, json!({"name": "Card payments"})).await;
        tenant.connect_anew();
        tenant.add(json!({"type": "charge", "amount": 600, "customer": "cus_One"})).await;
        work(&tenant).await;
        assert_right(&tenant, "renamed").await;
        assert_single(&tenant, "renamed").await;
    });
}

/// Once a week the balances are counted, and two of one customer named.
#[test]
fn a_second_balance_of_a_customer_is_a_problem_of_the_weekly_run() {
    run(|| async {
        let world = World::start().await;
        let tenant = with_customers(&world, 6_500).await;
        work(&tenant).await;
        let known = rows(&tenant, "balances").await.into_iter().find(|row| row["meta_data"]["stripe_customer_id"] == "cus_One").unwrap();
        let second = json!({"ledger_id": known["ledger_id"], "currency": known["currency"], "meta_data": known["meta_data"]});
        let (status, second) = world.core(&tenant.instance, "/balances", Some(second)).await;
        assert_eq!(status, 201);
        work(&tenant).await;
        assert_eq!(tenant.problems(), [], "not every run looks");
        time::jump(Duration::from_secs(8 * 86_400));
        work(&tenant).await;
        let problem = format!("cus_One:balances-{}", known["currency"].as_str().unwrap());
        assert_eq!(tenant.problems(), [("balance_doubled".to_owned(), problem)]);
        let told = tenant.aws.items("INSTALL#instapp_h6500", "PROBLEM#").pop().unwrap();
        let cause = told["cause"].as_str().unwrap();
        assert!(cause.contains(known["balance_id"].as_str().unwrap()) && cause.contains(second["balance_id"].as_str().unwrap()), "{cause}");
        assert!(tenant.look().await.agrees(), "no money is concerned");
    });
}

/// A customer whose name and address hold what no database stores: mirrored like any other, without it, and not again and again.
#[test]
fn a_customer_with_a_null_in_name_and_address_is_mirrored() {
    run(|| async {
        let fixture = include_str!("../../fixtures/field/03a_bt_page_customer_nul.json");
        let fixture: Value = serde_json::from_str(fixture).unwrap();
        let customer = &fixture["body"]["data"][0]["source"]["customer"];
        let (name, street) = (customer["name"].as_str().unwrap(), customer["address"]["line1"].as_str().unwrap());
        assert!(name.contains('\0') && street.contains('\0'));
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 6_600, 0).await;
        let poison = json!({"type": "charge", "amount": 1_000, "customer": "cus_fieldnul1", "customer_name": name, "description": "For\0 you\u{7f}"});
        tenant.add(poison).await;
        tenant.add(json!({"type": "charge", "amount": 700, "customer": "cus_Sound"})).await;
        work(&tenant).await;
        assert_right(&tenant, "mirrored").await;
        let path = format!("/accounts/{}/customers/cus_fieldnul1", tenant.account.account);
        let (status, answer) = world.at_stripe(&path, json!({"street": street, "silent": true})).await;
        assert!((200..300).contains(&status), "{answer}");
        for updated in [1, 0] {
            work_with(&tenant, LIMIT, Scope::Everything).await;
            assert_right(&tenant, "changed").await;
            let (_, run) = tenant.runs().pop().unwrap();
            assert_eq!(run["progress"]["counters"]["identities_updated"], json!(updated), "once, and not again");
        }
        let identity =
            rows(&tenant, "identities").await.into_iter().find(|row| row["meta_data"]["stripe_customer_id"] == "cus_fieldnul1").unwrap();
        let told = (&identity["first_name"], &identity["last_name"], &identity["street"]);
        assert_eq!(told, (&json!("Probe"), &json!("Person"), &json!("1 Probe Street")));
    });
}
