//! A ledger that is far away: what connecting asks of it fits its time, however many accounts and
//! currencies there are.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use test_support::Call;
use wiremock::matchers::method;
use wiremock::{Mock, Request, ResponseTemplate};

use crate::world::{PK, STRIPE_KEY, World, world};

/// How long each answer of the ledger takes.
const DISTANCE: Duration = Duration::from_millis(200);
const CURRENCIES: [&str; 3] = ["USD", "EUR", "JPY"];
const WORDS: [&str; 7] = ["fees", "tax", "payouts", "disputes", "connect", "reserves", "suspense"];

/// What a ledger holds, and how often it was asked to count.
#[derive(Debug, Default)]
struct Ledger {
    owned: bool,
    /// How many names have balances, each in every currency.
    names: Vec<String>,
    ours: u64,
    all: u64,
    counts: AtomicUsize,
}

impl Ledger {
    fn answer(&self, request: &Request) -> Value {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let list = |rows: Vec<Value>| {
            json!({"total": rows.len(), "total_is_estimate": false,
                "data": rows})
        };
        match request.url.path() {
            "/ledger/filter" if self.owned => {
                list(vec![json!({"ledger_id": "ldg_1", "name": "Stripe acct_1 (test)",
                    "created_at": "2026-11-24T10:30:00Z",
                    "meta_data": {"stripe_sync_mirror": "@stripe_test",
                        "stripe_sync_owner": "acct_1:test"}})])
            }
            "/balances/filter" => {
                let asked = |name: &String| {
                    body["filters"][0]["values"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .any(|value| value == name)
                };
                let rows = self.names.iter().filter(|name| asked(name)).flat_map(|name| {
                    CURRENCIES.map(|currency| {
                        json!({"balance_id": format!("bln_{name}_{currency}"),
                            "ledger_id": "general_ledger_id",
                        "indicator": name, "currency": currency, "balance": 1, "debit_balance": 1,
                        "credit_balance": 2,
                        "created_at": "2026-11-24T10:30:00Z"})
                    })
                });
                list(rows.collect())
            }
            "/transactions/filter" => {
                self.counts.fetch_add(1, Ordering::Relaxed);
                let ours = body["filters"].to_string().contains("\"reference\"");
                json!({"data": [], "total": if ours { self.ours } else { self.all },
                    "total_is_estimate": false})
            }
            _ => list(Vec::new()),
        }
    }
}

impl World {
    async fn far(&self, ledger: Ledger) -> Arc<Ledger> {
        self.blnk.reset().await;
        let ledger = Arc::new(ledger);
        let answers = Arc::clone(&ledger);
        let answer = move |request: &Request| {
            ResponseTemplate::new(200).set_body_json(answers.answer(request)).set_delay(DISTANCE)
        };
        Mock::given(method("POST")).respond_with(answer).mount(&self.blnk).await;
        ledger
    }

    async fn gone(&self, bearer: &str) {
        let reply = Call::new("DELETE", "/portal/api/stripe").bearer(bearer).to(&self.router).await;
        assert_eq!(reply.status, 204, "{}", reply.text());
    }
}

fn chosen() -> Vec<String> {
    WORDS.map(|word| format!("@our_{word}")).into()
}

/// Seven chosen names in three currencies, each answer 200 ms away: connected, disconnected and
/// connected again, each at the first try.
#[tokio::test]
async fn an_account_connects_at_the_first_try_to_a_ledger_that_is_far_away() {
    let world = world().await;
    world.stripe_answers(STRIPE_KEY, "acct_1").await;
    let bearer = world.session().await;
    let names: serde_json::Map<String, Value> =
        WORDS.iter().map(|word| ((*word).to_owned(), json!(format!("@our_{word}")))).collect();
    let shown = world.get(&bearer, "settings").await.json();
    let mut change = json!({"account_names": names});
    for kept in [
        "revision",
        "interval",
        "pay_ins",
        "start_date",
        "match_by_email",
        "personal_data",
        "ceilings",
    ] {
        change[kept] = shown[kept].clone();
    }
    let saved = Call::new("PUT", "/portal/api/settings")
        .bearer(&bearer)
        .json(&change)
        .to(&world.router)
        .await;
    assert_eq!(saved.status, 200, "{}", saved.text());

    // Nobody's yet, but the balances are there: each is counted whole, and for ours.
    let ledger = world.far(Ledger { names: chosen(), ours: 4, all: 4, ..Ledger::default() }).await;
    let reply = world.connect(&bearer, STRIPE_KEY).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(ledger.counts.load(Ordering::Relaxed), 2 * CURRENCIES.len() * WORDS.len());
    world.gone(&bearer).await;

    // The account is mirrored: what nobody chose is ours, and a chosen name is known by one count,
    // the one who posted there besides.
    let own = ["@stripe_test", "@stripe_test_guests", "@stripe_test_opening"].map(str::to_owned);
    let ledger = world.far(Ledger {
        owned: true,
        names: chosen().into_iter().chain(own).collect(),
        ours: 4,
        all: 9,
        ..Ledger::default()
    });
    let ledger = ledger.await;
    let reply = world.connect(&bearer, STRIPE_KEY).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(ledger.counts.load(Ordering::Relaxed), CURRENCIES.len() * WORDS.len());
    assert_eq!(world.stored_connection().unwrap()["ledger_id"], "ldg_1");
    world.gone(&bearer).await;

    // A chosen name on which only others post is refused anyway.
    let ledger = world
        .far(Ledger {
            owned: true,
            names: vec!["@our_tax".to_owned()],
            ours: 0,
            all: 9,
            ..Ledger::default()
        })
        .await;
    let reply = world.connect(&bearer, STRIPE_KEY).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (409, "accounts_not_free"),
        "{}",
        reply.text()
    );
    assert_eq!(ledger.counts.load(Ordering::Relaxed), 2 * CURRENCIES.len());
}

/// More balances than there is time for: they are left to the first run, which looks before it
/// writes.
#[tokio::test]
async fn checks_without_time_are_left_to_the_first_run() {
    let world = world().await;
    world.stripe_answers(STRIPE_KEY, "acct_1").await;
    let bearer = world.session().await;
    let names = [
        "guests", "payouts", "disputes", "fees", "tax", "connect", "platform", "reserves",
        "climate", "advances", "suspense",
    ];
    let names = names.iter().map(|word| format!("@stripe_test_{word}"));
    let ledger =
        world.far(Ledger { names: names.collect(), ours: 4, all: 4, ..Ledger::default() }).await;
    let slow = ResponseTemplate::new(200)
        .set_body_json(json!({"data": [], "total": 0, "total_is_estimate": false}));
    let slow = slow.set_delay(Duration::from_millis(1500));
    let counts = Mock::given(method("POST")).and(wiremock::matchers::path("/transactions/filter"));
    counts.respond_with(slow).with_priority(1).mount(&world.blnk).await;
    let reply = world.connect(&bearer, STRIPE_KEY).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(ledger.counts.load(Ordering::Relaxed), 0);
    assert!(
        world.aws.item(PK, "STRIPE").unwrap().get("accounts").is_none(),
        "nothing is remembered as free"
    );
}
