//! Pages that Stripe never answers.

use histories::tenant::Tenant;
use histories::world::World;
use serde_json::{Value, json};
use stripe_sync::model::run::request::Scope;

use super::{LIST, assert_not_judged, inject_stripe, listed, with_payments, with_recent_payments};
use crate::common::{LIMIT, assert_right, last_run, lift, story, work, work_with};

/// Stripe never answers a large page: each worker waits for one call.
#[test]
fn a_page_that_is_never_answered_costs_each_worker_one_call() {
    story(|| async {
        let world = World::start().await;
        let tenant = with_payments(&world, 8_801, 150).await;
        let after = listed(&tenant, 99).await;
        let when = json!({"limit_gt": 10, "starting_after": after});
        let fault = inject_stripe(
            &tenant,
            json!({"route": LIST, "delay_ms": 60_000, "drop": "before", "times": 0, "when": when}),
        );
        let messages = work_with(&tenant, LIMIT, Scope::New).await;
        assert!((4..12).contains(&messages), "{messages} messages");
        assert_right(&tenant, "in parts").await;
        lift(&tenant, fault);
    });
}

/// Stripe never answers from one cursor on, whatever the limit: the walk needs some workers to get
/// around it, the later reads none.
#[test]
fn a_cursor_that_is_never_answered_is_waited_for_once() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 8_818, 0).await;
        with_recent_payments(&tenant, 130).await;
        let after = listed(&tenant, 99).await;
        let fault = inject_stripe(
            &tenant,
            json!({"route": LIST, "delay_ms": 60_000, "drop": "before", "times": 0,
                "when": {"starting_after": after}}),
        );
        let messages = work_with(&tenant, LIMIT, Scope::New).await;
        assert!(messages <= 9, "{messages} messages");
        assert_right(&tenant, "what follows the cursor is read from the other end").await;
        assert!(lift(&tenant, fault) <= 8, "two walks and a read meet it");
    });
}

/// Stripe never answers a list that contains one record: the later reads skip the gap that the walk
/// found, and the next run does not search for it again from the start.
#[test]
fn a_gap_that_is_never_answered_is_found_once() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 8_819, 0).await;
        with_recent_payments(&tenant, 130).await;
        let records = tenant.records().await;
        let unanswered = |when: Value| {
            inject_stripe(
                &tenant,
                json!({"route": LIST, "delay_ms": 60_000, "drop": "before", "times": 0,
                    "when": when}),
            )
        };
        let faults = [
            unanswered(json!({"starting_after": records[99].id})),
            unanswered(json!({"ending_before": records[101].id})),
            unanswered(json!({"created[lt]_gt": records[100].created, "limit": 1})),
        ];
        let hits = || -> u64 {
            let laid = tenant.world.sandbox.world.faults.list();
            laid.iter().filter(|fault| faults.contains(&fault.id)).map(|fault| fault.hits).sum()
        };
        let first = work_with(&tenant, LIMIT, Scope::New).await;
        let (calls, run) = (hits(), last_run(&tenant));
        assert_eq!(run["state"], json!("completed_with_problems"), "{run}");
        assert_not_judged(&tenant, "with a gap");
        assert!(calls <= 20 && first <= 22, "{calls} calls, {first} messages");
        let cause = tenant.cause(&tenant.problems().remove(0).1);
        assert!(cause.contains("(GET /v1/balance_transactions, no complete answer)"), "{cause}");
        let second = work_with(&tenant, LIMIT, Scope::New).await;
        assert_not_judged(&tenant, "still");
        assert!(hits() - calls <= 5 && second <= 7, "{} calls, {second} messages", hits() - calls);
        for fault in faults {
            lift(&tenant, fault);
        }
        work(&tenant).await;
        assert_right(&tenant, "closed").await;
    });
}

/// State: figures of the past are being made, and Stripe answers no large page of it. Action:
/// syncs. What must hold: each ends with its certificate, and in the end the figures are complete.
#[test]
fn a_page_of_the_past_that_is_never_answered_ends_no_run() {
    story(|| async {
        let world = World::start().await;
        let tenant = with_payments(&world, 8_830, 150).await;
        work(&tenant).await;
        tenant.alter("STRIPE", "figures_complete", json!({"BOOL": false}));
        // The walks of a sync read down to a lower bound.
        let when = json!({"created[gte]": false, "limit_gt": 10});
        let fault = inject_stripe(
            &tenant,
            json!({"route": LIST, "delay_ms": 60_000, "drop": "before", "times": 0, "when": when}),
        );
        for nth in 1..=6 {
            let certificates = tenant.certificates().len();
            work(&tenant).await;
            assert_right(&tenant, &format!("sync {nth}")).await;
            assert_eq!(tenant.certificates().len(), certificates + 1, "sync {nth}");
        }
        assert!(lift(&tenant, fault) > 0, "the fault was met");
        assert_eq!(tenant.connection()["figures_complete"], json!(true));
        assert_eq!(tenant.wrong_figures(&Default::default()).await, [""; 0]);
    });
}
