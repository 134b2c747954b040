//! An account that is connected again to a ledger that already mirrors it.

use histories::tenant::Tenant;
use histories::world::World;
use serde_json::json;
use stripe_sync::model::certificate::{CauseKind, Verdict};

use crate::common::{assert_right, manual_entry, story, work};

async fn post_by_hand(tenant: &Tenant<'_>, reference: &str, source: &str) {
    assert!(tenant.post_by_hand(manual_entry(reference, 900, source, "@elsewhere")).await);
}

/// Someone moves money off the fees account, which is allowed; then the app is installed again. The
/// accounts still belong to it, and both sides agree. An entry on the mirror itself does not
/// prevent the reconnect either: the proof names it.
#[test]
fn a_reconnect_keeps_its_accounts_when_others_posted_to_them() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 9_000, 0).await;
        tenant
            .add(json!({"type": "charge", "amount": 5_000, "fee": 1_000,
                "fee_details": [{"amount": 1_000, "type": "stripe_fee"}]}))
            .await;
        work(&tenant).await;
        assert_right(&tenant, "first connection").await;
        post_by_hand(&tenant, "to-the-cost-centre", "@stripe_test_fees").await;
        tenant.reconnect();
        work(&tenant).await;
        assert_right(&tenant, "installed again").await;
        post_by_hand(&tenant, "by-hand", "@stripe_test").await;
        tenant.reconnect();
        work(&tenant).await;
        let certificate =
            tenant.certificates().pop().unwrap_or_else(|| panic!("{:?}", tenant.runs().pop()));
        let named: Vec<_> =
            certificate.causes.iter().map(|cause| (cause.kind, cause.reference.as_str())).collect();
        assert_eq!(
            (certificate.verdict, named),
            (Verdict::Mismatch, vec![(CauseKind::Foreign, "by-hand")])
        );
    });
}
