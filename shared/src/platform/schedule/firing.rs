//! When the schedule of an install fires.

use sha2::{Digest as _, Sha256};

use crate::model::install::id::InstallId;
use crate::model::settings::{DAY, HOUR};
use crate::model::time::Millis;

/// The schedule expression of an install, in UTC. Its offset within the interval is derived from
/// its id, so that installs do not all start at the same time.
pub(super) fn expression(minutes: u32, install: &InstallId) -> String {
    let place = place(minutes, install);
    if minutes >= DAY {
        format!("cron({} {} * * ? *)", place % u64::from(HOUR), place / u64::from(HOUR))
    } else if minutes >= HOUR {
        format!("cron({} * * * ? *)", place % u64::from(HOUR))
    } else {
        format!("cron({place}/{minutes} * * * ? *)")
    }
}

/// The minute within the interval at which an install's schedule fires.
fn place(minutes: u32, install: &InstallId) -> u64 {
    let hash = Sha256::digest(install.as_str());
    let spread =
        hash.iter().take(size_of::<u64>()).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    spread % u64::from(minutes.max(1))
}

/// When the [`expression`] of an install fires next. Each interval divides a day, so intervals
/// start at the Unix epoch as at every midnight.
pub(super) fn next_firing(minutes: u32, install: &InstallId, now: Millis) -> Millis {
    let minutes = minutes.clamp(1, DAY);
    let every = i64::from(minutes) * 60;
    let place = i64::try_from(place(minutes, install)).unwrap_or_default() * 60;
    let periods = (now.seconds() - place).div_euclid(every) + 1;
    Millis::from_seconds(periods * every + place)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn install(number: usize) -> InstallId {
        InstallId::parse(&format!("instapp_{number}")).unwrap()
    }

    #[test]
    fn installs_are_spread_over_their_interval_and_each_keeps_its_place() {
        for minutes in [5, 15, 60] {
            let mut places: BTreeMap<String, usize> = BTreeMap::new();
            for number in 0..3_000 {
                *places.entry(expression(minutes, &install(number))).or_default() += 1;
            }
            assert_eq!(
                places.len(),
                usize::try_from(minutes).unwrap(),
                "every minute of the interval has its share"
            );
            let fair = 3_000 / places.len();
            assert!(places.values().all(|count| *count < 2 * fair), "{minutes}: {places:?}");
        }
        assert_eq!(expression(1, &install(7)), "cron(0/1 * * * ? *)");
        let daily: BTreeMap<String, usize> =
            (0..3_000).map(|number| (expression(DAY, &install(number)), number)).collect();
        assert!(daily.len() > 1_000, "{}", daily.len());
        assert_eq!(expression(60, &install(7)), expression(60, &install(7)));
    }

    #[test]
    fn the_next_firing_is_the_first_after_now_that_the_expression_names() {
        let now = Millis::parse("2026-11-24T10:30:20Z").unwrap();
        for number in 0..200 {
            let install = install(number);
            for minutes in [1, 5, 15, 60, DAY] {
                let next = next_firing(minutes, &install, now);
                let wait = next.seconds() - now.seconds();
                assert!(wait > 0 && wait <= i64::from(minutes) * 60, "{minutes}: {wait}");
                let (hour, minute) = (next.seconds() / 3600 % 24, next.seconds() / 60 % 60);
                let named = match minutes {
                    DAY => format!("cron({minute} {hour} * * ? *)"),
                    60 => format!("cron({minute} * * * ? *)"),
                    _ => format!("cron({}/{minutes} * * * ? *)", minute % i64::from(minutes)),
                };
                assert_eq!(named, expression(minutes, &install));
                assert_eq!(next.seconds() % 60, 0);
            }
        }
        // At the minute of a firing the next one is meant.
        let first = next_firing(60, &install(7), now);
        assert_eq!(next_firing(60, &install(7), first), first.plus_seconds(3600));
    }
}
