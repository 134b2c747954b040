//! Intervals of events, and how long a signing secret is accepted.

use proptest::prelude::*;

use crate::model::webhook::*;

fn sealed(text: &str) -> Sealed {
    serde_json::from_value(
        serde_json::json!({"v": 1, "wrapped_key": "", "nonce": "", "ciphertext": text}),
    )
    .unwrap()
}

proptest! {
    /// Every instant is in exactly one interval of five seconds, whose end is not before it: a read
    /// after the end includes it.
    #[test]
    fn an_interval_ends_at_or_after_each_of_its_instants(at in -10_i64 * 86_400_000..4_102_444_800_000) {
        let at = Millis(at);
        let end = bucket_end(at);
        prop_assert!(end >= at && end.0 - at.0 < BUCKET_SECONDS * 1000);
        prop_assert_eq!(end.0.rem_euclid(BUCKET_SECONDS * 1000), 0);
        prop_assert_eq!(bucket_end(end), end);
        prop_assert_eq!(bucket_end(Millis(end.0 + 1)), end.plus_seconds(BUCKET_SECONDS));
    }
}

/// A thousand events spread over a minute become little more than a dozen wake-ups, and the last
/// ends at or after the last event.
#[test]
fn a_thousand_events_in_a_minute_are_a_handful_of_wake_ups() {
    let began = 1_795_528_803_217;
    let times: Vec<Millis> = (0..1000).map(|n| Millis(began + n * 60)).collect();
    let ends: std::collections::BTreeSet<Millis> = times.iter().copied().map(bucket_end).collect();
    assert!(ends.len() <= 13, "{} wake-ups", ends.len());
    assert!(ends.last() >= times.last());
}

#[test]
fn a_secret_that_is_replaced_stays_valid_for_a_day_unless_it_never_worked_and_the_one_before_it_may()
 {
    let now = Millis(1_795_528_800_000);
    let next = |old: Option<&Signing>, secret: &str, proved: bool, after: i64| {
        Signing::after(old, sealed(secret), secret.to_owned(), proved, now.plus_seconds(after))
    };
    let first = next(None, "1", false, 0);
    assert!(first.previous.is_none());
    let previous = |signing: &Signing| {
        signing.previous.clone().map(|previous| (previous.secret, previous.until))
    };
    let wrong = next(Some(&first), "2", false, 60);
    assert_eq!(previous(&wrong), Some((sealed("1"), now.plus_seconds(60 + 86_400))));
    // Wrong twice more: the secret that worked stays, but only for its day.
    let again = next(Some(&wrong), "3", false, 120);
    let right = next(Some(&again), "4", false, 3_600);
    for signing in [&again, &right] {
        assert_eq!(previous(signing), Some((sealed("1"), now.plus_seconds(60 + 86_400))));
    }
    assert_eq!(right.secret, sealed("4"));
    // The newer secret has signed an event since, or the older one has expired: the newer one
    // stays.
    let proved = next(Some(&right), "5", true, 7_200);
    assert_eq!(previous(&proved), Some((sealed("4"), now.plus_seconds(7_200 + 86_400))));
    let late = next(Some(&right), "5", false, 60 + 86_400);
    assert_eq!(previous(&late), Some((sealed("4"), now.plus_seconds(60 + 2 * 86_400))));
}

#[test]
fn a_fingerprint_tells_a_secret_of_a_connection_and_nothing_of_it() {
    let print = |connection: u128, secret: &str| {
        fingerprint(Ulid::from(connection), &secret.to_owned().into())
    };
    assert_eq!(print(1, "whsec_one"), print(1, "whsec_one"));
    for other in [print(1, "whsec_two"), print(2, "whsec_one")] {
        assert!(other != print(1, "whsec_one") && !other.contains("whsec"));
    }
}
