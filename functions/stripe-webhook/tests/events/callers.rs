//! What callers are told: those who can sign, and those who cannot.

use serde_json::json;
use stripe_sync::model::error::Error;
use stripe_sync::model::install::id::InstallId;
use stripe_sync::platform::clock;
use stripe_sync::platform::table::keys::Sk;
use test_support::{Call, TABLE};

use crate::world::{INSTALL, PK, SECRET, World, install, payout_paid, sign, sign_at, world};

/// Whoever cannot sign learns nothing of an install: not whether it is one, nor what became of it.
#[tokio::test]
async fn unsigned_callers_get_one_answer_whatever_the_installs_state() {
    let body = payout_paid("evt_1").to_string();
    let forged = async |world: &World, id: &str| {
        let header = sign("whsec_of_somebody_else_entirely", &body);
        let call = Call::new("POST", &format!("/api/stripe/{id}"))
            .text(&*body)
            .header("stripe-signature", header);
        let reply = call.to(&world.router).await;
        let mut told = reply.json();
        told.as_object_mut().unwrap().remove("request_id");
        (reply.status, told)
    };
    let connected = world().await;
    let answer = forged(&connected, INSTALL).await;
    assert_eq!((answer.0, &answer.1["code"]), (400, &json!("bad_request")));
    connected.deliver(&payout_paid("evt_0")).await;
    for state in [
        "known",
        "unknown",
        "removed",
        "removed and known",
        "without a secret",
        "not connected",
        "of an earlier installation",
    ] {
        let world = world().await;
        let mut id = INSTALL;
        match state {
            "known" => drop(world.deliver(&payout_paid("evt_0")).await),
            "unknown" => id = "instapp_2",
            "removed" => world.aws.alter(PK, "META", "status", json!({"S": "uninstalled"})),
            "removed and known" => {
                world.deliver(&payout_paid("evt_0")).await;
                world.aws.alter(PK, "META", "status", json!({"S": "uninstalled"}));
                assert_eq!(world.deliver(&payout_paid("evt_1")).await.status, 410);
            }
            "without a secret" => world.connect(None).await,
            "not connected" => {
                let key = stripe_sync::platform::table::keys::key(&install(), &Sk::Stripe);
                world
                    .store
                    .client
                    .delete_item()
                    .table_name(TABLE)
                    .set_key(Some(key))
                    .send()
                    .await
                    .unwrap();
            }
            _ => world.aws.alter(
                PK,
                "META",
                "generation",
                json!({"S": "01K2V7Q8ZJ4M9T3R6W5X0Y1FFF"}),
            ),
        }
        for _ in 0..2 {
            assert_eq!(forged(&world, id).await, answer, "{state}");
        }
    }
}

/// Those who can sign are told.
#[tokio::test]
async fn a_removed_or_disconnected_install_answers_stripe_with_gone() {
    // Removed with the secret in memory: the condition finds out.
    let world = world().await;
    assert_eq!(world.deliver(&payout_paid("evt_1")).await.status, 200);
    world.aws.alter(PK, "META", "status", json!({"S": "uninstalled"}));
    world.aws.forget();
    let reply = world.deliver(&payout_paid("evt_2")).await;
    assert_eq!((reply.status, reply.code().as_str()), (410, "uninstalled"));
    assert_eq!(world.aws.calls(), ["TransactWriteItems"]);
    world.aws.forget();
    for _ in 0..5 {
        let reply = world.deliver(&payout_paid("evt_2")).await;
        assert_eq!((reply.status, reply.code().as_str()), (410, "uninstalled"));
    }
    assert_eq!(world.aws.calls(), ["BatchGetItem", "Decrypt"], "it is kept for a moment");
    assert!(world.aws.item(PK, "EVENT#evt_2").is_none());

    // Installed again: the old generation's secret counts for nothing.
    world.aws.alter(PK, "META", "status", json!({"S": "active"}));
    world.aws.alter(PK, "META", "generation", json!({"S": "01K2V7Q8ZJ4M9T3R6W5X0Y1FFF"}));
    let later = clock::now().plus_seconds(6);
    let refused = world.receive_at(later, SECRET, &payout_paid("evt_3")).await.unwrap_err();
    assert!(matches!(refused, Error::Gone { code: "not_connected", .. }), "{refused}");

    // Where no secret is known nobody can sign.
    world.connect(None).await;
    world.aws.alter(PK, "META", "generation", json!({"S": world.connection.generation}));
    let refused =
        world.receive_at(later.plus_seconds(6), SECRET, &payout_paid("evt_3")).await.unwrap_err();
    assert!(
        matches!(&refused, Error::BadRequest { detail, .. } if detail.contains("Paste")),
        "{refused}"
    );
}

/// Anybody can name installs that there are not: they take the place of none whose events are
/// taken.
#[tokio::test]
async fn made_up_ids_do_not_push_out_an_install_that_is_known() {
    let world = world().await;
    let now = clock::now();
    world.receive_at(now, SECRET, &payout_paid("evt_1")).await.unwrap();
    let body = payout_paid("evt_2").to_string();
    let header = sign_at(SECRET, now.seconds(), &body);
    for n in 0..stripe_sync::app::webhook::cache::MAX_CACHED + 10 {
        let made_up = InstallId::parse(&format!("instapp_made_up_{n}")).unwrap();
        assert!(world.receiver.receive(&made_up, &header, body.as_bytes(), now).await.is_err());
    }
    world.aws.forget();
    world.receive_at(now.plus_seconds(2), SECRET, &payout_paid("evt_2")).await.unwrap();
    assert_eq!(
        world.aws.calls(),
        ["TransactWriteItems", "SendMessage"],
        "its secret is still in memory"
    );
}
