use proptest::prelude::*;

use super::*;

fn sealed(text: &str) -> Sealed {
    serde_json::from_value(serde_json::json!({"v": 1, "wrapped_key": "", "nonce": "", "ciphertext": text})).unwrap()
}

proptest! {
    /// Every instant lies in exactly one interval of five seconds, whose end is not before it: who reads after the end has seen it.
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

/// A thousand events spread over a minute are a dozen wake-ups and a bit, and the last of them ends at or after the last event.
#[test]
fn a_thousand_events_in_a_minute_are_a_handful_of_wake_ups() {
    let began = 1_795_528_803_217;
    let times: Vec<Millis> = (0..1000).map(|n| Millis(began + n * 60)).collect();
    let ends: std::collections::BTreeSet<Millis> = times.iter().copied().map(bucket_end).collect();
    assert!(ends.len() <= 13, "{} wake-ups", ends.len());
    assert!(ends.last() >= times.last());
}

#[test]
fn a_secret_that_is_replaced_stays_valid_for_a_day_and_the_one_before_it_ends() {
    let now = Millis(1_795_528_800_000);
    let first = Signing::after(None, sealed("1"), now);
    assert!(first.previous.is_none());
    let second = Signing::after(Some(&first), sealed("2"), now.plus_seconds(60));
    let third = Signing::after(Some(&second), sealed("3"), now.plus_seconds(120));
    assert_eq!(third.secret, sealed("3"));
    assert_eq!(third.previous, Some(Previous { secret: sealed("2"), until: now.plus_seconds(120 + 86_400) }));
}
