//! Records that Stripe lists only without the objects behind them, or only with a permission that
//! the key lacks.

use std::time::Duration;

use histories::time;
use histories::world::World;
use serde_json::{Value, json};
use stripe_sync::engine::worker;
use stripe_sync::model::certificate::{Cause, CauseKind, Verdict};
use stripe_sync::model::run::request::Scope;

use super::{DAY, HOUR, LIST, inject_stripe, with_payments};
use crate::common::{
    LIMIT, assert_right, counter, deliver_all, last_certificate, last_run, lift, set_unrenderable,
    story, work, work_with,
};

/// Stripe lists a record only without its related objects: the record counts but is not posted, is
/// a problem, and is posted later.
#[test]
fn a_record_without_its_customer_is_a_problem_until_stripe_renders_it() {
    story(|| async {
        let world = World::start().await;
        let tenant = with_payments(&world, 8_802, 120).await;
        let created = time::now().div_euclid(1000) - 3 * DAY;
        let spec = json!({"type": "charge", "amount": 5_000, "fee": 200, "customer": "cus_Large1",
            "created": created});
        let id = tenant.add(spec).await.remove(0);
        set_unrenderable(&tenant, json!({&id: "expanded"})).await;
        for round in 0..3 {
            work(&tenant).await;
            let run = last_run(&tenant);
            assert_eq!(run["state"], json!("completed_with_problems"), "{round}: {run}");
            assert_eq!(
                tenant.problems(),
                [("record_unrendered".to_owned(), format!("{id}:record"))],
                "{round}"
            );
            let proof = last_certificate(&tenant);
            assert_eq!(proof.verdict, Verdict::Mismatch, "{round}: {:?}", proof.lines);
            let named = |cause: &Cause| {
                cause.kind == CauseKind::Missing
                    && cause.stripe_id.as_ref() == Some(&id)
                    && cause.problem == Some(format!("{id}:record"))
            };
            assert!(
                proof.causes.len() == 2 && proof.causes.iter().all(named),
                "both legs: {:?}",
                proof.causes
            );
            assert!(proof.explained() && !proof.more_causes, "{round}: {proof:?}");
            let wrong = tenant.snapshot().await.differences;
            assert!(
                wrong.iter().filter(|wrong| !wrong.starts_with("stripe:")).count() == 1,
                "only the mirror's sum: {wrong:?}"
            );
            // Beyond the overlap of the next runs.
            time::jump(Duration::from_secs(if round == 0 { 2 * HOUR } else { 60 }));
        }
        set_unrenderable(&tenant, json!({})).await;
        work(&tenant).await;
        assert_right(&tenant, "once Stripe renders it").await;
    });
}

/// An old record needs a permission that the key lacks: only this record is held back, its problem
/// names the permission, and it is posted once the permission is granted.
#[test]
fn a_permission_that_one_record_needs_is_a_problem_of_that_record() {
    story(|| async {
        let world = World::start().await;
        let tenant = with_payments(&world, 8_815, 230).await;
        let created = time::now().div_euclid(1000) - 39 * DAY;
        let spec = json!({"type": "charge", "amount": 5_000, "fee": 200, "customer": "cus_Large6",
            "created": created});
        let id = tenant.add(spec).await.remove(0);
        set_unrenderable(&tenant, json!({&id: "forbidden"})).await;
        for round in 0..3 {
            work(&tenant).await;
            let run = last_run(&tenant);
            assert_eq!(run["state"], json!("completed_with_problems"), "{round}: {run}");
            assert_eq!(
                tenant.problems(),
                [("right_missing".to_owned(), format!("{id}:right"))],
                "{round}"
            );
            let cause = tenant.cause(&format!("{id}:right"));
            for named in [
                "rak_issuing_transaction_read",
                "GET /v1/balance_transactions/:id, status 403, request req_",
            ] {
                assert!(cause.contains(named), "{round}: {cause}");
            }
            let proof = last_certificate(&tenant);
            let named = |cause: &Cause| {
                cause.kind == CauseKind::Missing
                    && cause.stripe_id.as_ref() == Some(&id)
                    && cause.problem == Some(format!("{id}:right"))
            };
            assert!(
                proof.causes.len() == 2 && proof.causes.iter().all(named),
                "{round}: {:?}",
                proof.causes
            );
            assert!(
                proof.verdict == Verdict::Mismatch && proof.explained() && !proof.more_causes,
                "{round}: {proof:?}"
            );
            assert!(
                round > 0 || counter(&tenant, "stripe_calls") < 60,
                "{} calls",
                counter(&tenant, "stripe_calls")
            );
            // The last run reads the whole list again.
            time::jump(Duration::from_secs(if round == 1 { 25 * HOUR } else { 2 * HOUR }));
        }
        set_unrenderable(&tenant, json!({})).await;
        work(&tenant).await;
        assert_right(&tenant, "once it is granted").await;
        set_unrenderable(&tenant, json!({&id: "forbidden"})).await;
        work_with(&tenant, LIMIT, Scope::Everything).await;
        assert_right(&tenant, "what is posted needs no permission any more").await;
    });
}

/// The key may expand no record, or only some: the connection is paused and names the permission.
#[test]
fn a_permission_that_many_records_need_pauses_the_connection() {
    story(|| async {
        let world = World::start().await;
        for (seed, one_in) in [(8_816, 1), (8_817, 4)] {
            let tenant = with_payments(&world, seed, 120).await;
            let records = tenant.records().await;
            let refused = records
                .iter()
                .step_by(one_in)
                .map(|record| (record.id.clone(), json!("forbidden")));
            set_unrenderable(&tenant, Value::Object(refused.collect())).await;
            work(&tenant).await;
            let run = last_run(&tenant);
            assert_eq!(
                tenant.paused().as_deref(),
                Some("stripe_right_missing"),
                "one in {one_in}: {run}"
            );
            assert!(
                counter(&tenant, "stripe_calls") < 150,
                "one in {one_in}: {} calls",
                counter(&tenant, "stripe_calls")
            );
            set_unrenderable(&tenant, json!({})).await;
            let wake_up = tenant.resume().await;
            deliver_all(&tenant, LIMIT, wake_up).await;
            work(&tenant).await;
            assert_right(&tenant, "once it is granted").await;
        }
    });
}

/// Stripe stops rendering a record that is already posted: nothing is missing.
#[test]
fn a_posted_record_that_stripe_stops_rendering_is_no_problem() {
    story(|| async {
        let world = World::start().await;
        let tenant = with_payments(&world, 8_803, 30).await;
        let ids =
            tenant.add(json!({"type": "charge", "amount": 5_000, "customer": "cus_Large2"})).await;
        work(&tenant).await;
        assert_right(&tenant, "at first").await;
        set_unrenderable(&tenant, json!({&ids[0]: "expanded"})).await;
        work(&tenant).await;
        assert_right(&tenant, "nothing is missing").await;
    });
}

/// Every expanded list fails: the records are not at fault.
#[test]
fn expansions_that_always_fail_set_no_record_aside() {
    story(|| async {
        let world = World::start().await;
        let tenant = with_payments(&world, 8_812, 60).await;
        let fault = inject_stripe(
            &tenant,
            json!({"route": LIST, "status": 500, "times": 400, "when": {"expand": true}}),
        );
        let wake_up = tenant.request(Scope::New).await.unwrap();
        worker::handle(&tenant.worker(LIMIT), &wake_up, "m").await.unwrap();
        assert!(tenant.is_open() && tenant.certificates().is_empty(), "{}", last_run(&tenant));
        lift(&tenant, fault);
        let mut left = tenant.aws.messages();
        while let Some(sent) = left.pop() {
            worker::handle(&tenant.worker(LIMIT), &serde_json::from_value(sent.body).unwrap(), "n")
                .await
                .unwrap();
            if !tenant.is_open() {
                break;
            }
        }
        work(&tenant).await;
        assert_right(&tenant, "once Stripe renders them").await;
    });
}
