//! Pages that Stripe cannot write: too large for it, with a record it fails at, or with one of which not even the id can be had.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails where it is wrong")]

mod common;

use std::time::Duration;

use common::{LIMIT, assert_right, pass, run, work, work_with};
use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::{Value, json};
use stripe_sync::engine::worker;
use stripe_sync::model::asked::Scope;
use stripe_sync::model::certificate::{CauseKind, Certificate, LineVerdict, Verdict};

const LIST: &str = "/v1/balance_transactions";
const HOUR: u64 = 3_600;
const DAY: i64 = 86_400;

fn lay(tenant: &Tenant<'_>, mut fault: Value) -> u64 {
    fault["surface"] = json!("stripe");
    fault["scope"] = json!(tenant.account.account);
    tenant.world.sandbox.world.faults.add(serde_json::from_value(fault).unwrap())
}

fn lift(tenant: &Tenant<'_>, fault: u64) -> u64 {
    let faults = &tenant.world.sandbox.world.faults;
    let hits = faults.list().iter().find(|known| known.id == fault).unwrap().hits;
    faults.remove(Some(fault));
    hits
}

/// Objects that Stripe fails at.
async fn fails_at(tenant: &Tenant<'_>, objects: Value) {
    let path = format!("/accounts/{}/settings", tenant.account.account);
    let (status, answer) = tenant.world.at_stripe(&path, json!({"unrenderable": objects})).await;
    assert_eq!(status, 204, "{answer}");
}

fn last_run(tenant: &Tenant<'_>) -> Value {
    tenant.runs().pop().unwrap().1
}

fn calls(run: &Value) -> u64 {
    run["progress"]["counters"]["stripe_calls"].as_u64().unwrap()
}

fn last_proof(tenant: &Tenant<'_>) -> Certificate {
    tenant.certificates().pop().unwrap()
}

/// An install whose account has so many payments behind it, some hours apart.
async fn paid(world: &World, seed: u64, payments: i64) -> Tenant<'_> {
    let tenant = Tenant::connect(world, seed, 0).await;
    let now = time::now().div_euclid(1000);
    for at in 0..payments {
        let customer = format!("cus_Paid{}", at % 7);
        let created = now - 40 * DAY + at * 5_400;
        tenant.add(json!({"type": "charge", "amount": 500 + at, "fee": 30, "customer": customer, "created": created})).await;
    }
    tenant
}

/// The id of the record at a place of the list.
async fn listed(tenant: &Tenant<'_>, at: usize) -> String {
    tenant.records().await[at].id.clone()
}

/// A page that Stripe cannot write at limit 100 costs a few calls, and no record.
#[test]
fn a_page_that_is_too_large_is_read_in_parts() {
    run(|| async {
        let world = World::start().await;
        let tenant = paid(&world, 8_800, 250).await;
        let after = listed(&tenant, 99).await;
        let fault = lay(&tenant, json!({"route": LIST, "status": 500, "times": 0, "when": {"limit_gt": 10, "starting_after": after}}));
        let began = time::now();
        work(&tenant).await;
        assert!(time::now() - began < 30_000, "{} ms", time::now() - began);
        assert_right(&tenant, "in parts").await;
        assert!(lift(&tenant, fault) <= 7, "what was learnt is kept");
        // The next run has nothing to learn, and makes no more calls than ever.
        work(&tenant).await;
        assert_right(&tenant, "as ever").await;
    });
}

/// The same with pages that are never answered: one call waits in each worker's time.
#[test]
fn a_page_that_is_never_answered_takes_one_call_of_each_worker() {
    run(|| async {
        let world = World::start().await;
        let tenant = paid(&world, 8_801, 150).await;
        let after = listed(&tenant, 99).await;
        let when = json!({"limit_gt": 10, "starting_after": after});
        let fault = lay(&tenant, json!({"route": LIST, "delay_ms": 60_000, "drop": "before", "times": 0, "when": when}));
        let messages = work_with(&tenant, LIMIT, Scope::New).await;
        assert!((4..12).contains(&messages), "{messages} messages");
        assert_right(&tenant, "in parts").await;
        lift(&tenant, fault);
    });
}

/// Payments of the last hour, which the looks before and after the comparison read again.
async fn paid_just_now(tenant: &Tenant<'_>, payments: i64) {
    let now = time::now().div_euclid(1000);
    for at in 0..payments {
        tenant.add(json!({"type": "charge", "amount": 500 + at, "fee": 30, "created": now - 3_000 + at * 10})).await;
    }
}

/// A place of the list is never answered, however it is asked for: it takes the walk some workers to get round it, and the looks none.
#[test]
fn a_place_that_is_never_answered_is_waited_for_once() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 8_818, 0).await;
        paid_just_now(&tenant, 130).await;
        let after = listed(&tenant, 99).await;
        let fault =
            lay(&tenant, json!({"route": LIST, "delay_ms": 60_000, "drop": "before", "times": 0, "when": {"starting_after": after}}));
        let messages = work_with(&tenant, LIMIT, Scope::New).await;
        assert!(messages <= 9, "{messages} messages");
        assert_right(&tenant, "what is behind the place is read from below").await;
        assert!(lift(&tenant, fault) <= 8, "two walks and a look meet it");
    });
}

/// The same with a record that no list with it is answered for: the looks pass the hole that the walk went round, and the next run does not
/// begin to look for it from the beginning.
#[test]
fn a_hole_that_is_never_answered_costs_the_looks_nothing() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 8_819, 0).await;
        paid_just_now(&tenant, 130).await;
        let records = tenant.records().await;
        let silent = |when: Value| lay(&tenant, json!({"route": LIST, "delay_ms": 60_000, "drop": "before", "times": 0, "when": when}));
        let faults = [
            silent(json!({"starting_after": records[99].id})),
            silent(json!({"ending_before": records[101].id})),
            silent(json!({"created[lt]_gt": records[100].created, "limit": 1})),
        ];
        let hits = || -> u64 {
            let laid = tenant.world.sandbox.world.faults.list();
            laid.iter().filter(|fault| faults.contains(&fault.id)).map(|fault| fault.hits).sum()
        };
        let first = work_with(&tenant, LIMIT, Scope::New).await;
        let (calls, run) = (hits(), last_run(&tenant));
        assert_eq!(run["state"], json!("completed_with_problems"), "{run}");
        assert_not_judged(&tenant, "with a hole");
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

/// What Stripe gives only without the objects behind it: counted, not posted, named, and posted when it can be.
#[test]
fn a_record_without_its_customer_waits_and_is_named() {
    run(|| async {
        let world = World::start().await;
        let tenant = paid(&world, 8_802, 120).await;
        let created = time::now().div_euclid(1000) - 3 * DAY;
        let spec = json!({"type": "charge", "amount": 5_000, "fee": 200, "customer": "cus_Heavy1", "created": created});
        let id = tenant.add(spec).await.remove(0);
        fails_at(&tenant, json!({&id: "expanded"})).await;
        for round in 0..3 {
            work(&tenant).await;
            let run = last_run(&tenant);
            assert_eq!(run["state"], json!("completed_with_problems"), "{round}: {run}");
            assert_eq!(tenant.problems(), [("record_unrendered".to_owned(), format!("{id}:record"))], "{round}");
            let proof = last_proof(&tenant);
            assert_eq!(proof.verdict, Verdict::Mismatch, "{round}: {:?}", proof.lines);
            let named = |cause: &stripe_sync::model::certificate::Cause| {
                cause.kind == CauseKind::Missing && cause.stripe_id.as_ref() == Some(&id) && cause.problem == Some(format!("{id}:record"))
            };
            assert!(proof.causes.len() == 2 && proof.causes.iter().all(named), "both legs: {:?}", proof.causes);
            assert!(proof.explained() && !proof.more_causes, "{round}: {proof:?}");
            let wrong = tenant.look().await.wrong;
            assert!(wrong.iter().filter(|wrong| !wrong.starts_with("stripe:")).count() == 1, "only the mirror's sum: {wrong:?}");
            // Beyond the overlap of the runs that follow.
            time::jump(Duration::from_secs(if round == 0 { 2 * HOUR } else { 60 }));
        }
        fails_at(&tenant, json!({})).await;
        work(&tenant).await;
        assert_right(&tenant, "once it can be had").await;
    });
}

/// An old record needs a right that the key lacks: it alone is held back and named, with the right, and posted once the right is granted.
#[test]
fn a_right_that_one_record_needs_is_that_records_problem() {
    run(|| async {
        let world = World::start().await;
        let tenant = paid(&world, 8_815, 230).await;
        let created = time::now().div_euclid(1000) - 39 * DAY;
        let spec = json!({"type": "charge", "amount": 5_000, "fee": 200, "customer": "cus_Heavy6", "created": created});
        let id = tenant.add(spec).await.remove(0);
        fails_at(&tenant, json!({&id: "forbidden"})).await;
        for round in 0..3 {
            work(&tenant).await;
            let run = last_run(&tenant);
            assert_eq!(run["state"], json!("completed_with_problems"), "{round}: {run}");
            assert_eq!(tenant.problems(), [("right_missing".to_owned(), format!("{id}:right"))], "{round}");
            let cause = tenant.cause(&format!("{id}:right"));
            for named in ["rak_issuing_transaction_read", "GET /v1/balance_transactions/:id, status 403, request req_"] {
                assert!(cause.contains(named), "{round}: {cause}");
            }
            let proof = last_proof(&tenant);
            let named = |cause: &stripe_sync::model::certificate::Cause| {
                cause.kind == CauseKind::Missing && cause.stripe_id.as_ref() == Some(&id) && cause.problem == Some(format!("{id}:right"))
            };
            assert!(proof.causes.len() == 2 && proof.causes.iter().all(named), "{round}: {:?}", proof.causes);
            assert!(proof.verdict == Verdict::Mismatch && proof.explained() && !proof.more_causes, "{round}: {proof:?}");
            assert!(round > 0 || calls(&run) < 60, "{} calls", calls(&run));
            // The last run reads the whole list again.
            time::jump(Duration::from_secs(if round == 1 { 25 * HOUR } else { 2 * HOUR }));
        }
        fails_at(&tenant, json!({})).await;
        work(&tenant).await;
        assert_right(&tenant, "once it is granted").await;
        fails_at(&tenant, json!({&id: "forbidden"})).await;
        work_with(&tenant, LIMIT, Scope::Everything).await;
        assert_right(&tenant, "what is posted needs no right any more").await;
    });
}

/// Where the key may read hardly any record with what is behind it, the connection rests and names the right; so it does where records are
/// refused one after the other.
#[test]
fn a_right_that_many_records_need_is_the_keys() {
    run(|| async {
        let world = World::start().await;
        for (seed, one_in) in [(8_816, 1), (8_817, 4)] {
            let tenant = paid(&world, seed, 120).await;
            let records = tenant.records().await;
            let refused = records.iter().step_by(one_in).map(|record| (record.id.clone(), json!("forbidden")));
            fails_at(&tenant, Value::Object(refused.collect())).await;
            work(&tenant).await;
            let run = last_run(&tenant);
            assert_eq!(tenant.paused().as_deref(), Some("stripe_right_missing"), "one in {one_in}: {run}");
            assert!(calls(&run) < 150, "one in {one_in}: {} calls", calls(&run));
            fails_at(&tenant, json!({})).await;
            let wake_up = tenant.resume().await;
            pass(&tenant, LIMIT, wake_up).await;
            work(&tenant).await;
            assert_right(&tenant, "once it is granted").await;
        }
    });
}

/// A record that was posted while it could be had lacks nothing when it cannot any more.
#[test]
fn what_is_posted_is_no_problem_when_it_cannot_be_had_again() {
    run(|| async {
        let world = World::start().await;
        let tenant = paid(&world, 8_803, 30).await;
        let ids = tenant.add(json!({"type": "charge", "amount": 5_000, "customer": "cus_Heavy2"})).await;
        work(&tenant).await;
        assert_right(&tenant, "at first").await;
        fails_at(&tenant, json!({&ids[0]: "expanded"})).await;
        work(&tenant).await;
        assert_right(&tenant, "nothing is missing").await;
    });
}

fn assert_not_judged(tenant: &Tenant<'_>, how: &str) {
    let proof = last_proof(tenant);
    assert_eq!(proof.verdict, Verdict::Inconclusive, "{how}: {:?}", proof.lines);
    assert!(proof.causes.is_empty(), "{how}: {:?}", proof.causes);
    let judged = proof.lines.iter().filter(|line| line.balance != "connect_reserved" && line.verdict != LineVerdict::Inconclusive);
    assert_eq!(judged.count(), 0, "{how}: {:?}", proof.lines);
    let codes: Vec<String> = tenant.problems().into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["page_unreadable"], "{how}");
}

/// Round a record of which not even the id can be had: all others are there, and nothing is judged until it can be.
#[test]
fn a_hole_is_no_match_and_no_mismatch_and_closes() {
    run(|| async {
        let world = World::start().await;
        let tenant = paid(&world, 8_804, 150).await;
        let id = listed(&tenant, 120).await;
        fails_at(&tenant, json!({&id: "always"})).await;
        for round in 0..3 {
            work(&tenant).await;
            assert_eq!(last_run(&tenant)["state"], json!("completed_with_problems"), "{round}: {}", last_run(&tenant));
            assert_not_judged(&tenant, &format!("round {round}"));
            let wrong = tenant.look().await.wrong;
            let others = wrong.iter().filter(|wrong| wrong.starts_with("stripe:") && !wrong.contains(&id));
            assert_eq!(others.count(), 0, "all others are in the ledger: {wrong:?}");
            time::jump(Duration::from_secs(2 * HOUR));
        }
        fails_at(&tenant, json!({})).await;
        work(&tenant).await;
        assert_right(&tenant, "closed").await;
    });
}

/// An install that may only read asks again for what lies in a hole, far below what its runs read: its certificate counts too.
#[test]
fn a_hole_closes_without_the_right_to_write() {
    run(|| async {
        let world = World::start().await;
        let tenant = paid(&world, 8_820, 30).await;
        tenant.alter("META", "granted_permissions", json!({"L": [{"S": "data:read"}]}));
        let id = listed(&tenant, 15).await;
        fails_at(&tenant, json!({&id: "always"})).await;
        for round in 0..2 {
            work(&tenant).await;
            let codes: Vec<String> = tenant.problems().into_iter().map(|(code, _)| code).collect();
            assert_eq!(codes, ["page_unreadable"], "{round}");
            assert!(last_proof(&tenant).lines.iter().any(|line| line.incomplete), "{round}: {:?}", last_proof(&tenant));
            time::jump(Duration::from_secs(2 * HOUR));
        }
        fails_at(&tenant, json!({})).await;
        work(&tenant).await;
        let proof = last_proof(&tenant);
        assert_eq!((tenant.problems(), last_run(&tenant)["state"].clone()), (vec![], json!("completed")), "{proof:?}");
        assert!(proof.shadow && proof.lines.iter().all(|line| !line.incomplete), "{proof:?}");
    });
}

/// A hole that opens over what was mirrored already is no difference either.
#[test]
fn a_hole_over_what_is_posted_names_nothing() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 8_805, 0).await;
        tenant.add(json!({"type": "charge", "amount": 500, "customer": "cus_Heavy3", "count": 8})).await;
        work(&tenant).await;
        assert_right(&tenant, "at first").await;
        let id = listed(&tenant, 3).await;
        fails_at(&tenant, json!({&id: "always"})).await;
        work(&tenant).await;
        assert_not_judged(&tenant, "over what is posted");
        // By now a difference of Stripe's own figures would stand.
        for _ in 0..3 {
            time::jump(Duration::from_secs(HOUR));
            work(&tenant).await;
            assert_not_judged(&tenant, "still");
        }
        fails_at(&tenant, json!({})).await;
        work(&tenant).await;
        assert_right(&tenant, "closed").await;
    });
}

/// What is wrong elsewhere is told also while there is a hole.
#[test]
fn what_differs_in_whole_hours_is_told_beside_a_hole() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 8_806, 0).await;
        let now = time::now().div_euclid(1000);
        for days in [1, 3, 5, 7] {
            tenant.add(json!({"type": "charge", "amount": 500, "customer": "cus_Heavy4", "created": now - days * DAY})).await;
        }
        let (gone, odd) = (listed(&tenant, 1).await, listed(&tenant, 3).await);
        work(&tenant).await;
        fails_at(&tenant, json!({&gone: "always", &odd: "expanded"})).await;
        let effective = jiff::Timestamp::from_second(now - 7 * DAY).unwrap().to_string();
        let foreign = json!({"reference": "by-hand", "precise_amount": 70, "precision": 100, "currency": "USD", "source": "@stripe_test",
            "destination": "@elsewhere", "description": "by hand", "effective_date": effective, "allow_overdraft": true, "skip_queue": true});
        assert!(tenant.by_hand(foreign).await);
        time::jump(Duration::from_secs(8 * 24 * HOUR));
        work(&tenant).await;
        let proof = last_proof(&tenant);
        assert_eq!(proof.verdict, Verdict::Mismatch, "{:?}", proof.lines);
        assert_eq!(proof.causes.iter().map(|cause| cause.reference.as_str()).collect::<Vec<_>>(), ["by-hand"], "{:?}", proof.causes);
    });
}

/// Where every call for the list fails, nothing is wrong with a page: the run waits, and ends in a match.
#[test]
fn an_outage_is_waited_for() {
    run(|| async {
        let world = World::start().await;
        for (nth, fault) in [json!({"status": 500}), json!({"status": 503}), json!({"drop": "before"})].into_iter().enumerate() {
            let tenant = paid(&world, 8_807 + nth as u64, 120).await;
            let mut fault = fault;
            fault["route"] = json!("/");
            fault["skip"] = json!(1);
            fault["times"] = json!(40);
            let fault = lay(&tenant, fault);
            work(&tenant).await;
            assert_right(&tenant, "after the outage").await;
            assert_eq!(lift(&tenant, fault), 40);
            assert!(tenant.certificates().iter().all(|proof| proof.verdict == Verdict::Match));
        }
    });
}

/// Every record fails with what is behind it: it is not the records.
#[test]
fn where_all_expansions_fail_nothing_is_set_aside_for_good() {
    run(|| async {
        let world = World::start().await;
        let tenant = paid(&world, 8_812, 60).await;
        let fault = lay(&tenant, json!({"route": LIST, "status": 500, "times": 400, "when": {"expand": true}}));
        let wake_up = tenant.request(Scope::New).await.unwrap();
        worker::handle(&tenant.worker(LIMIT), &wake_up, "m").await.unwrap();
        assert!(tenant.is_open() && tenant.certificates().is_empty(), "{}", last_run(&tenant));
        lift(&tenant, fault);
        let mut left = tenant.aws.messages();
        while let Some(sent) = left.pop() {
            worker::handle(&tenant.worker(LIMIT), &serde_json::from_value(sent.body).unwrap(), "n").await.unwrap();
            if !tenant.is_open() {
                break;
            }
        }
        work(&tenant).await;
        assert_right(&tenant, "once they can be had").await;
    });
}

/// The looks before and after the comparison read the newest page, which may be the heavy one; so may a preview.
#[test]
fn the_newest_page_may_be_the_heavy_one() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 8_813, 0).await;
        tenant.add(json!({"type": "charge", "amount": 500, "customer": "cus_Heavy5", "count": 40})).await;
        let fault = lay(&tenant, json!({"route": LIST, "status": 500, "times": 0, "when": {"limit_gt": 10, "starting_after": false}}));
        work_with(&tenant, LIMIT, Scope::Preview).await;
        let preview = &last_run(&tenant)["progress"];
        assert_eq!((&preview["counters"]["records"], &preview["preview"]["unreadable"]), (&json!(40), &json!(0)), "{preview}");
        work(&tenant).await;
        assert_right(&tenant, "from a heavy page").await;
        lift(&tenant, fault);
        let id = listed(&tenant, 4).await;
        fails_at(&tenant, json!({&id: "expanded"})).await;
        work_with(&tenant, LIMIT, Scope::Preview).await;
        let preview = &last_run(&tenant)["progress"];
        assert_eq!((&preview["counters"]["records"], &preview["preview"]["unreadable"]), (&json!(40), &json!(1)), "{preview}");
        work(&tenant).await;
        assert_right(&tenant, "with one that was posted before").await;
    });
}

/// No opening is summed over a hole; one that is there is not held against days with one.
#[test]
fn no_opening_is_made_of_a_part_of_the_list() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 8_814, 0).await;
        let midnight = |days: i64| (time::now().div_euclid(1000) / DAY - days) * DAY;
        for days in [1, 9, 10, 11] {
            tenant.add(json!({"type": "charge", "amount": 500 + days, "created": midnight(days) + DAY / 2})).await;
        }
        let id = listed(&tenant, 2).await;
        tenant.choose_start(Some(midnight(8))).await;
        fails_at(&tenant, json!({&id: "always"})).await;
        work(&tenant).await;
        assert_not_judged(&tenant, "with a hole before the start");
        let ledger: Value = serde_json::from_slice(&tenant.world.ledger(&tenant.instance).await).unwrap();
        let openings =
            ledger["transactions"].as_array().unwrap().iter().filter(|row| row["reference"].as_str().unwrap().contains("opening"));
        assert_eq!(openings.count(), 0);
        fails_at(&tenant, json!({})).await;
        work(&tenant).await;
        assert_right(&tenant, "summed").await;
        fails_at(&tenant, json!({&id: "always"})).await;
        work_with(&tenant, LIMIT, Scope::Everything).await;
        assert_not_judged(&tenant, "with a hole in what was summed");
        fails_at(&tenant, json!({&id: "expanded"})).await;
        work_with(&tenant, LIMIT, Scope::Everything).await;
        assert_right(&tenant, "a sum needs no customer").await;
    });
}
