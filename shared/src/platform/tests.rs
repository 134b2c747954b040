//! The limits of AWS on names and keys, and that every id fits them.

use ulid::Ulid;

use crate::model::install::fingerprint;
use crate::model::install::id::{InstallId, MAX_ID};
use crate::model::time::Millis;
use crate::platform::queue::message::{MAX_GROUP, Reason, WakeUp};
use crate::platform::queue::wake_ups::{KeyCheck, Resume};
use crate::platform::schedule;
use crate::platform::table::keys::{Sk, pk};

/// The limits of AWS in characters or bytes.
const SCHEDULE_NAME: usize = 64;
const PARTITION_KEY: usize = 2048;
const SORT_KEY: usize = 1024;

#[test]
fn every_accepted_id_fits_the_limits_of_aws() {
    let longest = InstallId::parse(&"i".repeat(MAX_ID)).unwrap();
    assert_eq!(InstallId::parse(&"i".repeat(MAX_ID + 1)), None);
    for reason in [
        Reason::Manual,
        Reason::Schedule,
        Reason::Webhook,
        Reason::Continue,
        Reason::Cleanup,
        Reason::Keys,
    ] {
        let wake_up = WakeUp {
            install: longest.clone(),
            generation: String::new(),
            reason,
            run: None,
            at: None,
        };
        assert!(wake_up.group().len() <= MAX_GROUP, "{reason:?}");
        for (length, named) in [(120, true), (121, false)] {
            let id = "i".repeat(length);
            let other = WakeUp { install: InstallId::parse(&id).unwrap(), ..wake_up.clone() };
            assert!(
                other.group() != wake_up.group() && other.group().len() <= MAX_GROUP,
                "{reason:?}: each has its own"
            );
            assert!(
                !named || other.group().ends_with(&id),
                "named after it as long as there is room"
            );
        }
    }
    assert!(schedule::name(&longest, &Ulid::nil().to_string()).len() <= SCHEDULE_NAME);
    assert!(pk(&longest).len() <= PARTITION_KEY);
    let (id, long) = (Ulid::nil(), "x".repeat(255));
    for sk in [
        Sk::Event(&long),
        Sk::Object(id, &long),
        Sk::Problem(id, &long),
        Sk::Customer(id, &long, "XXX"),
        Sk::Alert(id, &long),
        Sk::Key(u8::MAX),
    ] {
        assert!(sk.to_string().len() <= SORT_KEY, "{sk}");
    }
    let (print, last) = (fingerprint(&longest, &"blnk_test_1".to_owned().into()), Millis(i64::MAX));
    let (most, delivered) = (u64::MAX, KeyCheck::Delivered { fingerprint: print, at: last });
    for dispatch in [
        WakeUp::keys(&longest, "", &delivered),
        WakeUp::keys(&longest, "", &KeyCheck::Uninstall(last)),
        WakeUp::resume(&longest, "", id, Resume::TimeUp { checkpoint: most, attempt: most }),
        WakeUp::resume(&longest, "", id, Resume::Waiting { attempt: most, next_attempt: last }),
    ] {
        let named = dispatch.deduplication_id;
        assert!(named.len() <= MAX_GROUP, "a deduplication id: {named}");
    }
}
