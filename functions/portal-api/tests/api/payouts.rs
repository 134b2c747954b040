//! Payouts: listed, opened, and what they settled, with the calls that each answer costs.

mod at_stripe;

use serde_json::{Value, json};
use stripe_sync::platform::table::keys::Sk;
use test_support::Reply;
use ulid::Ulid;
use wiremock::matchers::path;
use wiremock::{Mock, ResponseTemplate};

use crate::payouts::at_stripe::{CREATED, Calls, MISSING, charge, missing, others, payout};
use crate::world::{PK, world, world_with};

fn ids(list: &Value) -> Vec<&str> {
    list["payouts"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect()
}

/// Replaces the times of our own clock.
fn without_clock(mut shown: Value) -> Value {
    shown["read_at"] = json!("[time]");
    for change in shown["changes"].as_array_mut().unwrap() {
        change["at"] = json!("[time]");
    }
    shown
}

fn refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code().as_str()), (status, code), "{}", reply.text());
}

#[tokio::test]
async fn a_payout_that_is_not_stored_is_read_at_stripe_once_and_kept() {
    let world = world().await;
    let bearer = world.connected().await;
    let mut calls = Calls::of(&world).await;
    let failed = json!({"status": "failed", "failure_code": "account_closed",
        "failure_message": "The bank account has been closed.",
        "failure_balance_transaction": "txn_back",
        "amount": -500, "original_payout": "po_0", "reversed_by": "po_2",
        "destination": {"id": "ba_1", "object": "bank_account", "last4": "6789"}});
    world.stripe_has(&payout("po_1", &failed)).await;
    let first = world.get(&bearer, "payouts/po_1").await;
    assert_eq!((first.status, calls.made().await), (200, (1, 0)), "{}", first.text());
    let second = world.get(&bearer, "payouts/po_1").await;
    assert_eq!((second.json(), calls.made().await), (first.json(), (0, 0)));
    assert_eq!(world.aws.count("GetItem"), 2, "one read each");
    insta::assert_json_snapshot!("payout", without_clock(second.json()));
    let listed = world.get(&bearer, "payouts?month=2025-10").await.json();
    assert_eq!(
        (ids(&listed), &listed["payouts"][0]["reconciliation"]),
        (vec!["po_1"], &json!("returned"))
    );
}

#[tokio::test]
async fn what_a_payout_settled_is_shown_by_category() {
    let world = world().await;
    let bearer = world.connected().await;
    let mut calls = Calls::of(&world).await;
    let totals = json!({"USD": {"charge": {"count": 3, "gross": "3000", "fee": "177",
        "net": "2823"},
        "payout": {"count": 1, "gross": "-2800", "fee": "0", "net": "-2800"}}});
    let item = json!({"revision": 4, "id": "po_1", "amount": "2800", "currency": "USD",
        "status": "paid",
        "created": CREATED, "automatic": true, "complete": true, "read_at": 1_760_000_000_000_i64,
        "members": {"at": 1_760_000_000_000_i64, "totals": totals}});
    world.put_item(&Sk::Payout(world.present(), "po_1"), &item).await;
    let shown = world.get(&bearer, "payouts/po_1").await.json();
    assert_eq!(calls.made().await, (0, 0));
    assert_eq!(shown["reconciliation"], "remainder");
    insta::assert_json_snapshot!("payout_settled", shown["settled"]);
}

/// 1 call for the payout, 3 for its members, 3 look-ups in the ledger: whatever a payout of 300
/// members is asked.
#[tokio::test]
async fn a_payout_of_300_members_costs_one_call_and_three_pages() {
    let world = world().await;
    let bearer = world.connected().await;
    let mut calls = Calls::of(&world).await;
    world.stripe_has(&payout("po_1", &json!({}))).await;
    world.ledger_holds_entries().await;
    let members: Vec<Value> = others().into_iter().chain((1..=297).map(charge)).collect();
    world.stripe_lists(members).await;

    assert_eq!(world.get(&bearer, "payouts/po_1").await.status, 200);
    let (mut shown, mut cursor) = (Vec::new(), String::new());
    for page in 1..=3 {
        let reply = world.get(&bearer, &format!("payouts/po_1/members{cursor}")).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        let found = reply.json();
        if page == 1 {
            let mut short = found.clone();
            short["members"].as_array_mut().unwrap().truncate(4);
            insta::assert_json_snapshot!("payout_members", short);
        }
        assert_eq!(found["next"].is_string(), page < 3);
        cursor = format!("?cursor={}", found["next"].as_str().unwrap_or_default());
        shown.extend(found["members"].as_array().unwrap().clone());
    }
    assert_eq!(calls.made().await, (1 + 3, 3));
    assert_eq!(shown.len(), 300);
    let state = |state: &str| shown.iter().filter(|one| one["entry"]["state"] == state).count();
    assert_eq!((state("posted"), state("missing")), (299, 1));
    let absent = shown.iter().find(|one| one["id"] == MISSING).unwrap();
    assert_eq!(absent["entry"]["state"], "missing");

    let file = world.get(&bearer, "payouts/po_1/members.csv").await;
    assert_eq!(calls.made().await, (3, 3), "a file costs what its pages cost");
    assert_eq!((file.status, file.text().lines().count()), (200, 301));
    assert_eq!(file.header("next-cursor"), "");
}

#[tokio::test]
async fn the_members_as_a_table_hold_whole_units_and_no_formula() {
    let world = world().await;
    let bearer = world.connected().await;
    world.stripe_has(&payout("po_1", &json!({}))).await;
    world.ledger_holds_entries().await;
    world.stripe_lists(others().into_iter().chain([charge(1)]).collect()).await;
    let file = world.get(&bearer, "payouts/po_1/members.csv").await;
    assert_eq!(
        (file.status, file.header("content-type"), file.header("content-disposition")),
        (200, "text/csv; charset=utf-8", "attachment; filename=\"payout-po_1.csv\"")
    );
    assert!(file.text().contains(",'=fee,") && file.text().contains(",10.00,0.59,9.41,"));
    insta::assert_snapshot!("payout_members_table", file.text().replace('\r', ""));
    assert_eq!(file.text().matches("\r\n").count(), 5, "RFC 4180");
}

#[tokio::test]
async fn a_file_ends_at_its_limit_and_says_where_the_next_one_begins() {
    let world = world().await;
    let bearer = world.connected().await;
    world.stripe_has(&payout("po_1", &json!({}))).await;
    world.ledger_holds_entries().await;
    world.stripe_lists((1..=1_050).map(charge).collect()).await;
    let file = world.get(&bearer, "payouts/po_1/members.csv").await;
    assert_eq!((file.text().lines().count(), file.header("next-cursor")), (1_001, "txn_1000"));
    let rest = world.get(&bearer, "payouts/po_1/members.csv?cursor=txn_1000").await;
    assert_eq!((rest.text().lines().count(), rest.header("next-cursor")), (51, ""));
}

#[tokio::test]
async fn a_manual_payout_says_that_its_members_cannot_be_known() {
    let world = world().await;
    let bearer = world.connected().await;
    let mut calls = Calls::of(&world).await;
    let manual =
        json!({"automatic": false, "method": "instant", "reconciliation_status": "not_applicable"});
    world.stripe_has(&payout("po_1", &manual)).await;
    for _ in 0..2 {
        let reply = world.get(&bearer, "payouts/po_1/members").await;
        assert_eq!(reply.status, 200);
        insta::assert_json_snapshot!("payout_members_not_listed", reply.json());
    }
    assert_eq!(calls.made().await, (1, 0), "the payout, once");
}

#[tokio::test]
async fn a_payout_that_stripe_has_not_finished_is_looked_at_again() {
    let world = world().await;
    let bearer = world.connected().await;
    let open = json!({"status": "in_transit", "reconciliation_status": "in_progress"});
    world.stripe_has(&payout("po_1", &open)).await;
    let found = world.get(&bearer, "payouts/po_1/members").await.json();
    assert_eq!((&found["reconciliation"], &found["members"]), (&json!("pending"), &json!([])));
    world.stripe.reset().await;
    let mut calls = Calls::of(&world).await;
    world.stripe_has(&payout("po_1", &json!({}))).await;
    world.stripe_lists(vec![charge(1)]).await;
    world.ledger_holds_entries().await;
    let found = world.get(&bearer, "payouts/po_1/members").await.json();
    assert_eq!((found["members"].as_array().unwrap().len(), calls.made().await), (1, (2, 1)));
    let shown = world.get(&bearer, "payouts/po_1").await.json();
    let statuses: Vec<&Value> =
        shown["changes"].as_array().unwrap().iter().map(|change| &change["status"]).collect();
    assert_eq!(statuses, ["in_transit", "paid"]);
}

#[tokio::test]
async fn the_list_is_newest_first_filtered_and_paged_and_each_page_is_one_read() {
    let world = world().await;
    let bearer = world.connected().await;
    let mut calls = Calls::of(&world).await;
    let present = world.present();
    for day in 1..=28 {
        let created = format!("2025-10-{day:02}T08:00:00Z");
        world.place_line(present, &created, &format!("po_{day:02}"), &json!({})).await;
    }
    let failed = json!({"status": "failed", "reconciliation": "returned"});
    world.place_line(present, "2025-11-01T08:00:00Z", "po_failed", &failed).await;
    let yen = json!({"currency": "JPY", "reconciliation": "pending", "automatic": true,
        "statement_descriptor": "=1+1", "amount": "-500"});
    world.place_line(present, "2025-09-30T08:00:00Z", "po_yen", &yen).await;

    let first = world.get(&bearer, "payouts").await.json();
    assert_eq!(world.aws.calls(), ["BatchGetItem", "Query"], "the session, and the page");
    assert_eq!((ids(&first).len(), ids(&first)[0], ids(&first)[24]), (25, "po_failed", "po_05"));
    let next = first["next"].as_str().unwrap();
    let rest = world.get(&bearer, &format!("payouts?cursor={next}")).await.json();
    assert_eq!(ids(&rest), ["po_04", "po_03", "po_02", "po_01", "po_yen"]);
    assert_eq!(rest["next"], Value::Null);
    let of = async |query: &str| world.get(&bearer, &format!("payouts?{query}")).await.json();
    assert_eq!(ids(&of("month=2025-10").await).len(), 25);
    assert_eq!(ids(&of("status=failed").await), ["po_failed"]);
    assert_eq!(ids(&of("currency=jpy").await), ["po_yen"]);
    assert_eq!(ids(&of("reconciled=pending&month=2025-09").await), ["po_yen"]);
    assert_eq!(ids(&of("reconciled=reconciled&currency=USD").await).len(), 25);
    assert_eq!(ids(&of("month=2024-01").await).len(), 0);
    insta::assert_json_snapshot!("payouts", of("month=2025-09").await);

    let file = world.get(&bearer, "payouts.csv?month=2025-09").await;
    assert_eq!((file.status, file.header("content-type")), (200, "text/csv; charset=utf-8"));
    insta::assert_snapshot!("payouts_table", file.text().replace('\r', ""));
    let whole = world.get(&bearer, "payouts.csv").await;
    assert_eq!(whole.text().lines().count(), 31, "a file is not cut at a page");
    assert_eq!(calls.made().await, (0, 0));
}

#[tokio::test]
async fn an_invalid_cursor_month_or_filter_is_refused() {
    let world = world().await;
    let bearer = world.connected().await;
    world.stripe_has(&payout("po_1", &json!({}))).await;
    world.stripe_lists(vec![charge(1)]).await;
    world.ledger_holds_entries().await;
    for query in [
        "cursor=po_1",
        "cursor=2025-10-01T08:00:00Z.",
        "cursor=2025-10-01T08:00:00Z.po_1%23x",
        "cursor=2025-10-01T08:00:00.5Z.po_1",
        "cursor=2025-10-01T10:00:00%2B02:00.po_1",
        "month=2025-10&cursor=2025-11-01T08:00:00Z.po_1",
        "month=2025-13",
        "month=2025-1",
        "month=2025-10%23",
        "status=Paid",
        "status=",
        "currency=1",
        "reconciled=perhaps",
    ] {
        for path in ["payouts", "payouts.csv"] {
            refused(&world.get(&bearer, &format!("{path}?{query}")).await, 400, "bad_request");
        }
    }
    for cursor in ["txn_%2F", "", "txn_9"] {
        for path in ["members", "members.csv"] {
            let reply = world.get(&bearer, &format!("payouts/po_1/{path}?cursor={cursor}")).await;
            refused(&reply, 400, "bad_request");
        }
    }
}

#[tokio::test]
async fn a_payout_of_another_connection_is_not_found() {
    let world = world().await;
    let bearer = world.connected().await;
    let other = Ulid::from_parts(1, 1);
    let item = json!({"id": "po_1", "status": "paid", "created": CREATED, "read_at": 1});
    world.put_item(&Sk::Payout(other, "po_1"), &item).await;
    world.place_line(other, "2025-10-01T08:00:00Z", "po_1", &json!({})).await;
    Mock::given(path("/v1/payouts/po_1"))
        .respond_with(missing("id"))
        .with_priority(1)
        .mount(&world.stripe)
        .await;
    assert_eq!(ids(&world.get(&bearer, "payouts").await.json()).len(), 0);
    for path in ["po_1", "po_1/members", "po_1/members.csv", "po-1", "po-1/members"] {
        refused(&world.get(&bearer, &format!("payouts/{path}")).await, 404, "not_found");
    }
    assert!(world.aws.item(PK, &Sk::Payout(world.present(), "po_1").to_string()).is_none());
}

#[tokio::test]
async fn payouts_need_the_permission_to_read_the_ledger_and_a_key_that_may_read_them() {
    let blind = world_with(&["alerts:read"]).await;
    let bearer = blind.session().await;
    for path in ["", ".csv", "/po_1", "/po_1/members", "/po_1/members.csv"] {
        let reply = blind.get(&bearer, &format!("payouts{path}")).await;
        refused(&reply, 403, "permission_missing");
    }
    let world = world().await;
    let bearer = world.connected().await;
    let error = json!({"type": "invalid_request_error",
        "message": "The provided key does not have the required permissions ('rak_payout_read')."});
    Mock::given(path("/v1/payouts/po_1"))
        .respond_with(ResponseTemplate::new(403).set_body_json(json!({"error": error})))
        .with_priority(1)
        .mount(&world.stripe)
        .await;
    let reply = world.get(&bearer, "payouts/po_1").await;
    refused(&reply, 422, "stripe_right_missing");
    assert_eq!(reply.json()["right"], "rak_payout_read");
}
