//! Secrets that change while their predecessor is in memory.

use stripe_sync::model::error::Error;
use stripe_sync::model::time::Millis;
use stripe_sync::model::webhook::Signing;
use stripe_sync::platform::clock;

use crate::world::{PK, SECRET, World, install, payout_paid, sign, world};

const THIRD: &str = "whsec_THIRDTHIRD0123456789abcdefghijkl";
const NEW: &str = "whsec_NEWNEWNEWNEW0123456789abcdefgh";

impl World {
    async fn rolled(&self) -> Signing {
        let first = self.signing(None, SECRET).await;
        self.signing(Some(&first), NEW).await
    }
}

#[tokio::test]
async fn a_rolled_secret_is_taken_up_at_once_and_the_old_one_is_accepted_for_a_day() {
    let world = world().await;
    assert_eq!(world.deliver(&payout_paid("evt_1")).await.status, 200);
    world.connect(Some(world.rolled().await)).await;
    assert_eq!(
        world.deliver_signed(NEW, &payout_paid("evt_2")).await.status,
        200,
        "the one in memory does not outlive the roll"
    );
    assert_eq!(world.aws.calls(), ["BatchGetItem", "Decrypt", "TransactWriteItems", "SendMessage"]);
    world.aws.forget();
    assert_eq!(
        world.deliver_signed(SECRET, &payout_paid("evt_3")).await.status,
        200,
        "in flight while it was rolled"
    );
    assert_eq!(
        world.aws.calls(),
        ["Decrypt", "TransactWriteItems", "SendMessage"],
        "opened when it is first needed"
    );
    world.aws.forget();
    for (secret, id) in [(SECRET, "evt_4"), (NEW, "evt_5")] {
        assert_eq!(world.deliver_signed(secret, &payout_paid(id)).await.status, 200);
    }
    assert_eq!(world.aws.count("Decrypt"), 0);

    // Rolled again at once: a reload that helped does not count against the next one.
    world.connect(Some(world.signing(Some(&world.rolled().await), THIRD).await)).await;
    for (secret, id) in [(THIRD, "evt_third"), (NEW, "evt_second")] {
        assert_eq!(world.deliver_signed(secret, &payout_paid(id)).await.status, 200, "{id}");
    }
    world.connect(Some(world.rolled().await)).await;

    // Stripe signs with both while a secret is rolled there.
    let body = payout_paid("evt_6").to_string();
    let both = format!("{},{}", sign(SECRET, &body), sign(NEW, &body).split_once(',').unwrap().1);
    assert_eq!(world.post(&both, &body).await.status, 200);

    let a_day_later = clock::now().plus_seconds(86_401);
    let refused = world.receive_at(a_day_later, SECRET, &payout_paid("evt_7")).await.unwrap_err();
    assert!(matches!(refused, Error::BadRequest { .. }), "{refused}");
    assert!(world.receive_at(a_day_later, NEW, &payout_paid("evt_8")).await.is_ok());
}

/// Forgeries against an install in memory and against one that is not: reads and decryptions stay a
/// few, whatever comes.
#[tokio::test]
async fn forgeries_cause_no_storm_of_reads() {
    let world = world().await;
    let began = clock::now();
    for n in 0..600 {
        let at = Millis(began.0 + n * 100);
        assert!(
            world
                .receive_at(at, "whsec_of_somebody_else_entirely", &payout_paid("evt_1"))
                .await
                .is_err()
        );
    }
    let (reads, opened) = (world.aws.count("BatchGetItem"), world.aws.count("Decrypt"));
    assert!(
        reads <= 13 && opened <= 13,
        "{reads} reads and {opened} decryptions in a minute of forgeries"
    );
    // Meanwhile what is really signed is taken.
    assert!(
        world.receive_at(Millis(began.0 + 60_000), SECRET, &payout_paid("evt_2")).await.is_ok()
    );
    assert_eq!(world.aws.items(PK, "EVENT#").len(), 1);
}

/// A secret is kept for a minute at most, also when no signature mismatches.
#[tokio::test]
async fn a_cached_secret_is_read_again_after_a_minute() {
    let world = world().await;
    let began = clock::now();
    for (seconds, reads) in [(0, 1), (30, 1), (59, 1), (60, 2), (119, 2), (121, 3)] {
        world
            .receive_at(
                began.plus_seconds(seconds),
                SECRET,
                &payout_paid(&format!("evt_{seconds}")),
            )
            .await
            .unwrap();
        assert_eq!(world.aws.count("BatchGetItem"), reads, "after {seconds} s");
    }
}

/// That a secret works is noted with the first event that it vouches for, in that event's
/// transaction, and then no more for a while. What the one before it vouches for says nothing of
/// it.
#[tokio::test]
async fn the_first_event_that_a_secret_vouches_for_is_noted() {
    let world = world().await;
    world.connect(Some(world.rolled().await)).await;
    let stored = world.aws.item(PK, "STRIPE").unwrap();
    let version: ulid::Ulid = stored["webhook"]["version"].as_str().unwrap().parse().unwrap();
    let proved = async || {
        world
            .store
            .events()
            .has_proved(&install(), world.connection.connection, version)
            .await
            .unwrap()
    };
    assert_eq!(world.deliver_signed(SECRET, &payout_paid("evt_1")).await.status, 200);
    assert!(!proved().await, "the old one did");
    world.aws.forget();
    for id in ["evt_2", "evt_3"] {
        assert_eq!(world.deliver_signed(NEW, &payout_paid(id)).await.status, 200);
    }
    assert!(proved().await);
    let written: Vec<usize> = world
        .aws
        .bodies("TransactWriteItems")
        .iter()
        .map(|body| body["TransactItems"].as_array().unwrap().len())
        .collect();
    assert_eq!(written[0], written[1] + 1, "once");
    assert!(world.aws.items(PK, "SIGNED#")[0]["ttl"].is_i64());
}
