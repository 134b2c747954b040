//! An account that is connected anew to a ledger that knows it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails where it is wrong")]

mod common;

use common::{assert_right, run, work};
use histories::tenant::Tenant;
use histories::world::World;
use serde_json::{Value, json};
use stripe_sync::model::certificate::{CauseKind, Verdict};

async fn by_hand(tenant: &Tenant<'_>, reference: &str, source: &str) {
    let entry: Value = json!({"reference": reference, "precise_amount": 900, "precision": 100, "currency": "USD", "source": source,
        "destination": "@elsewhere", "description": "by hand", "allow_overdraft": true, "skip_queue": true});
    assert!(tenant.by_hand(entry).await);
}

/// Somebody moved money off the fees account, where it may be posted to; then the app is installed again. The accounts are its own as
/// before, and both sides agree. An entry on the mirror itself keeps nobody out either: the proof names it.
#[test]
fn whoever_is_connected_anew_finds_its_accounts_its_own_whatever_others_posted_there() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 9_000, 0).await;
        tenant
            .add(json!({"type": "charge", "amount": 5_000, "fee": 1_000, "fee_details": [{"amount": 1_000, "type": "stripe_fee"}]}))
            .await;
        work(&tenant).await;
        assert_right(&tenant, "at first").await;
        by_hand(&tenant, "to-the-cost-centre", "@stripe_test_fees").await;
        tenant.connect_anew();
        work(&tenant).await;
        assert_right(&tenant, "installed again").await;
        by_hand(&tenant, "by-hand", "@stripe_test").await;
        tenant.connect_anew();
        work(&tenant).await;
        let certificate = tenant.certificates().pop().unwrap_or_else(|| panic!("{:?}", tenant.runs().pop()));
        let named: Vec<_> = certificate.causes.iter().map(|cause| (cause.kind, cause.reference.as_str())).collect();
        assert_eq!((certificate.verdict, named), (Verdict::Mismatch, vec![(CauseKind::Foreign, "by-hand")]));
    });
}
