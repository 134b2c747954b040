//! Tables that older versions of the code wrote, read by this one: `tests/fixtures/table-images`.
//! Once as they are, and once with attributes and words that only a newer version would know.

mod reading;

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use test_support::{Aws, TABLE};

use crate::model::alert::AlertItem;
use crate::model::certificate::Certificate;
use crate::model::certificate::chain::FIRST_WITH_BODY;
use crate::model::certificate::kept::Thinned;
use crate::model::connection::Connection;
use crate::model::error::Error;
use crate::model::install::Meta;
use crate::model::install::id::InstallId;
use crate::model::problem::item::ProblemItem;
use crate::model::run::progress::Phase;
use crate::model::run::step::Step;
use crate::model::run::{Run, RunState};
use crate::model::settings::Settings;
use crate::model::summary::Summary;
use crate::model::tracked_object::ObjectItem;
use crate::platform::aws;
use crate::platform::store::certificates::kept_in;
use crate::platform::store::runs::Fence;
use crate::platform::store::stored_images::reading::{item_of, read, text};
use crate::platform::table::Store;
use crate::platform::table::item::{from_item, known_item};
use crate::platform::table::kind::ItemKind;

/// The image that the first public version wrote, and the one before the code was reorganised.
const IMAGES: [(&str, &str); 2] = [
    ("e257a34", include_str!("../../../../tests/fixtures/table-images/e257a34.json")),
    ("1d2bd77", include_str!("../../../../tests/fixtures/table-images/1d2bd77.json")),
];

fn items_of(image: &str) -> Vec<Value> {
    serde_json::from_str(image).unwrap()
}

async fn store(aws: &Aws) -> Store {
    let sdk = aws.sdk(aws::defaults()).await;
    Store { client: aws::dynamodb(&sdk), table: TABLE.to_owned() }
}

/// What is left of an item after what a rewrite may change: defaults that are written or left out,
/// and the schema number.
fn lost<'i>(before: &'i Value, after: &Value) -> Vec<&'i str> {
    let attributes = before.as_object().unwrap();
    let is_default = |value: &Value| {
        matches!(value.as_object().and_then(|value| value.iter().next()), Some((kind, inner)) if
            (kind == "NULL") || (kind == "BOOL" && inner == false) || (kind == "N" && inner == "0")
            || ((kind == "L" || kind == "M") && (inner.as_array().is_some_and(Vec::is_empty) || inner.as_object().is_some_and(serde_json::Map::is_empty))))
    };
    attributes
        .iter()
        .filter(|(name, value)| after[name.as_str()].is_null() && !is_default(value))
        .map(|(name, _)| name.as_str())
        .collect()
}

/// State: a table that an older version wrote. Action: read every item. What must hold: each is
/// understood.
#[test]
fn every_item_of_an_older_table_is_read() {
    for (name, image) in IMAGES {
        let mut kinds = BTreeSet::new();
        for item in items_of(image) {
            let sk = text(&item, "sk").to_owned();
            let kind = ItemKind::of(&sk).unwrap_or_else(|| panic!("{name}: {sk} has no kind"));
            read(kind, &item).unwrap_or_else(|error| panic!("{name}: {sk}: {}", error.chain()));
            kinds.insert(kind.prefix());
        }
        for kind in [
            "META", "STRIPE", "RUN#", "PROOF#", "PROBLEM#", "DAY#", "OBJECT#", "ALERT#",
            "PAYOUTS#", "SETTINGS", "SUMMARY",
        ] {
            assert!(kinds.contains(kind), "{name} holds no {kind}");
        }
    }
}

/// State: a table with attributes that only a newer version knows. Action: rewrite what is
/// rewritten. What must hold: all of it is there.
#[tokio::test]
async fn a_rewrite_of_an_item_of_a_newer_version_loses_nothing() {
    for (name, image) in IMAGES {
        let aws = Aws::direct();
        let store = store(&aws).await;
        let mut rewritten = 0;
        for mut item in items_of(image) {
            item["from_the_future"] =
                json!({"M": {"deep": {"SS": ["a", "b"]}, "count": {"N": "7"}}});
            let (pk, sk) = (text(&item, "pk").to_owned(), text(&item, "sk").to_owned());
            aws.place(&item);
            let before = aws.item(&pk, &sk).unwrap();
            let Some(rewrite) = ItemKind::of(&sk).and_then(|kind| read(kind, &item).unwrap())
            else {
                continue;
            };
            rewrite.request(&store.client, TABLE).send().await.unwrap();
            let after = aws.item(&pk, &sk).unwrap();
            assert_eq!(after["from_the_future"], before["from_the_future"], "{name}: {sk}");
            assert_eq!(after["schema"], 1, "{name}: {sk}");
            assert!(lost(&item, &after).is_empty(), "{name}: {sk} lost {:?}", lost(&item, &after));
            rewritten += 1;
        }
        assert!(rewritten > 50, "{name}: {rewritten} items were rewritten");
    }
}

/// State: a run under way, with progress that a newer version wrote. Action: a checkpoint. What
/// must hold: the newer progress stays.
#[tokio::test]
async fn a_checkpoint_keeps_progress_of_a_newer_version() {
    for (name, image) in IMAGES {
        let aws = Aws::direct();
        let store = store(&aws).await;
        for mut item in
            items_of(image).into_iter().filter(|item| text(item, "sk").starts_with("RUN#"))
        {
            item["progress"]["M"]["from_the_future"] = json!({"M": {"deep": {"S": "kept"}}});
            let (pk, sk) = (text(&item, "pk").to_owned(), text(&item, "sk").to_owned());
            aws.place(&item);
            let before = aws.item(&pk, &sk).unwrap();
            let run: Run = from_item(item_of(&item)).unwrap();
            let install = InstallId::parse(pk.trim_start_matches("INSTALL#")).unwrap();
            let mut fence = Fence::of(&install, &run);
            aws.alter(&pk, &sk, "state", json!({"S": "running"}));
            assert!(
                store.runs().checkpoint(&mut fence, &run.progress, Vec::new()).await.unwrap(),
                "{name}: {sk}"
            );
            let after = aws.item(&pk, &sk).unwrap();
            assert_eq!(
                after["progress"]["from_the_future"],
                json!({"deep": "kept"}),
                "{name}: {sk}"
            );
            for flag in ["retried", "opened", "reread", "added_up", "followed"] {
                let kept = !before["progress"][flag].as_bool().unwrap_or_default()
                    || after["progress"][flag] == json!(true);
                assert!(kept, "{name}: {sk}: an older worker would take {flag} again");
            }
            for (name_of, value) in before["progress"]["walk"].as_object().unwrap() {
                assert_eq!(after["progress"]["walk"][name_of], *value, "{name}: {sk}: {name_of}");
            }
        }
    }
}

/// State: runs that an older version left with a flag for each step. Action: read them. What must
/// hold: those that ended are past the last flag that their version set, and those under way
/// continue where they were.
#[test]
fn a_run_of_an_older_table_is_at_its_step() {
    for (name, image) in IMAGES {
        let mut steps = BTreeSet::new();
        for item in items_of(image) {
            let sk = text(&item, "sk").to_owned();
            let set = |flag: &str| item["progress"]["M"][flag]["BOOL"] == json!(true);
            if !sk.starts_with("RUN#") {
                continue;
            }
            let run: Run = from_item(item_of(&item)).unwrap();
            let step = match run.state {
                RunState::Completed | RunState::CompletedWithProblems if !run.is_preview() => {
                    assert!(set("reread") && set("added_up"), "{name}: {sk}");
                    match (set("counted_balances"), set("followed")) {
                        (true, _) => Step::Proof,
                        (false, true) => Step::Balances,
                        (false, false) => Step::Customers,
                    }
                }
                _ if run.progress.phase == Phase::Proof && set("counted_balances") => Step::Proof,
                _ if run.progress.phase == Phase::Proof => Step::Balances,
                _ if set("retried") => Step::Openings,
                _ => Step::Retry,
            };
            assert_eq!(run.progress.step, step, "{name}: {sk}");
            steps.insert(step);
        }
        assert!(steps.len() >= 3, "{name}: {steps:?}");
    }
}

/// State: items whose words only a newer version knows. Action: read them. What must hold: they are
/// left alone, and nothing fails.
#[test]
fn a_word_of_a_newer_version_is_no_error() {
    for (name, image) in IMAGES {
        for mut item in items_of(image) {
            let sk = text(&item, "sk").to_owned();
            let read = match ItemKind::of(&sk) {
                Some(ItemKind::Object) => {
                    item["kind"] = json!({"S": "topup"});
                    known_item::<ObjectItem>(item_of(&item)).map(|item| item.is_none())
                }
                Some(ItemKind::Run) => {
                    item["state"] = json!({"S": "hibernating"});
                    known_item::<Run>(item_of(&item)).map(|item| item.is_none())
                }
                Some(ItemKind::Problem) => {
                    item["state"] = json!({"S": "snoozed"});
                    known_item::<ProblemItem>(item_of(&item)).map(|item| item.is_none())
                }
                Some(ItemKind::Alert) => {
                    item["kind"] = json!({"S": "weather"});
                    known_item::<AlertItem>(item_of(&item)).map(|item| item.is_none())
                }
                _ => continue,
            };
            assert!(read.unwrap(), "{name}: {sk}");
        }
    }
}

/// State: the items that an install has once, with a word that only a newer version knows. Action:
/// read them. What must hold: the error says so, and is no defect: nothing is written over the
/// item, and a caller may try again.
#[test]
fn a_word_of_a_newer_version_in_an_item_of_its_own_may_be_tried_again() {
    fn newer<T: DeserializeOwned + std::fmt::Debug>(item: &Value) -> bool {
        matches!(from_item::<T>(item_of(item)), Err(Error::NewerVersion(_)))
    }
    for (name, image) in IMAGES {
        let mut kinds = BTreeSet::new();
        for mut item in items_of(image) {
            let sk = text(&item, "sk").to_owned();
            let Some(kind) = ItemKind::of(&sk) else { continue };
            let invented = json!({"S": "hibernating"});
            let left_alone = match kind {
                ItemKind::Meta => {
                    item["status"] = invented;
                    newer::<Meta>(&item)
                }
                ItemKind::Stripe | ItemKind::Cleanup => {
                    item["mode"] = invented;
                    newer::<Connection>(&item)
                }
                ItemKind::Settings => {
                    item["interval"] = invented;
                    newer::<Settings>(&item)
                }
                ItemKind::Summary if item["last_proof"].is_object() => {
                    item["last_proof"]["M"]["verdict"] = invented;
                    newer::<Summary>(&item)
                }
                _ => continue,
            };
            assert!(left_alone, "{name}: {sk}");
            kinds.insert(kind.prefix());
        }
        assert_eq!(kinds.len(), 5, "{name}: {kinds:?}");
    }
}

/// State: certificates that older versions issued. Action: compute their hashes again. What must
/// hold: each is the same, since the one who keeps a certificate checks it so: the layout of issued
/// certificates is frozen.
#[test]
fn a_certificate_that_was_issued_still_has_its_hash() {
    for (name, image) in IMAGES {
        let items = items_of(image);
        let certificates: Vec<Certificate> = items
            .iter()
            .filter(|item| text(item, "sk").starts_with(ItemKind::Proof.prefix()))
            .map(|item| kept_in(item_of(item)).unwrap().unwrap().whole().unwrap().clone())
            .collect();
        assert!(certificates.len() > 20, "{name}: {} certificates", certificates.len());
        for certificate in certificates {
            assert_eq!(
                Some(certificate.digest().unwrap()),
                certificate.hash,
                "{name}: {}",
                certificate.id
            );
            assert!(certificate.verifies() && certificate.version < FIRST_WITH_BODY);
            assert_eq!(Thinned::of(&certificate), None, "no certificate of theirs is thinned");
        }
    }
}
