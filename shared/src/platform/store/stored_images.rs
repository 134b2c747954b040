//! Tables that older versions of the code wrote, read by this one: `tests/fixtures/table-images`.
//! Once as they are, and once with attributes and words that only a newer version would know.

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use test_support::{Aws, TABLE};

use crate::model::activity::Activity;
use crate::model::alert::AlertItem;
use crate::model::certificate::Certificate;
use crate::model::certificate::chain::FIRST_WITH_BODY;
use crate::model::certificate::kept::Thinned;
use crate::model::connection::Connection;
use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::install::{CandidateKey, Meta};
use crate::model::ledger::Opening;
use crate::model::month::{Month, MonthTotals};
use crate::model::notice::message::Message;
use crate::model::notice::plan::StandingNotice;
use crate::model::payout::Payouts;
use crate::model::payout::item::{PayoutItem, PayoutLine};
use crate::model::problem::item::ProblemItem;
use crate::model::run::progress::Phase;
use crate::model::run::step::Step;
use crate::model::run::{Run, RunState};
use crate::model::settings::Settings;
use crate::model::summary::Summary;
use crate::model::suspect::record::Suspect;
use crate::model::tracked_object::ObjectItem;
use crate::platform::aws;
use crate::platform::store::certificates::kept_in;
use crate::platform::store::customers::CustomerHint;
use crate::platform::store::days::DayHours;
use crate::platform::store::runs::Fence;
use crate::platform::store::tracked_objects::ObjectHint;
use crate::platform::table::Store;
use crate::platform::table::attribute::Item;
use crate::platform::table::item::{from_item, known_item};
use crate::platform::table::keys::Sk;
use crate::platform::table::kind::ItemKind;
use crate::platform::table::rewrite::Rewrite;

/// The image that the first public version wrote, and the one before the code was reorganised.
const IMAGES: [(&str, &str); 2] = [
    ("e257a34", include_str!("../../../../tests/fixtures/table-images/e257a34.json")),
    ("1d2bd77", include_str!("../../../../tests/fixtures/table-images/1d2bd77.json")),
];

fn items_of(image: &str) -> Vec<Value> {
    serde_json::from_str(image).unwrap()
}

fn text<'i>(item: &'i Value, attribute: &str) -> &'i str {
    item[attribute]["S"].as_str().unwrap()
}

fn item_of(item: &Value) -> Item {
    test_support::attributes(item.as_object().unwrap())
}

/// The figures of a month, or the totals of all months.
fn read_month(sk: &str, stored: Item) -> Result<()> {
    if sk.ends_with("#totals") {
        from_item::<MonthTotals>(stored).map(drop)
    } else {
        from_item::<Month>(stored).map(drop)
    }
}

/// Reads an item as the type of its kind; answers the update that writes it over itself, where the
/// code rewrites such items.
fn read(kind: ItemKind, item: &Value) -> Result<Option<Rewrite>> {
    let stored = item_of(item);
    let sk = text(item, "sk");
    match kind {
        ItemKind::Meta => from_item::<Meta>(stored).map(|_| None),
        ItemKind::Stripe | ItemKind::Cleanup => from_item::<Connection>(stored).map(|_| None),
        ItemKind::Summary => over::<Summary>(item, &Sk::Summary).map(Some),
        ItemKind::Settings => over::<Settings>(item, &Sk::Settings).map(Some),
        ItemKind::Opening if sk.contains("#sum#") => {
            let opening: Opening = from_item(stored)?;
            let connection = connection_of(sk);
            over::<Opening>(
                item,
                &Sk::Opening(connection, opening.kind.as_str(), opening.currency.as_str()),
            )
            .map(Some)
        }
        ItemKind::Object => {
            let object: ObjectItem = from_item(stored)?;
            over::<ObjectItem>(item, &Sk::Object(connection_of(sk), &object.id)).map(Some)
        }
        ItemKind::Payouts => {
            over::<Payouts>(item, &Sk::Payouts(sk.trim_start_matches("PAYOUTS#").parse().unwrap()))
                .map(Some)
        }
        ItemKind::Payout if sk.contains("#id#") => {
            let payout: PayoutItem = from_item(stored)?;
            over::<PayoutItem>(item, &Sk::Payout(connection_of(sk), &payout.id)).map(Some)
        }
        ItemKind::Payout => from_item::<PayoutLine>(stored).map(|_| None),
        ItemKind::Suspect => {
            let suspect: Suspect = from_item(stored)?;
            over::<Suspect>(
                item,
                &Sk::Suspect(connection_of(sk), suspect.kind.as_str(), &suspect.subject),
            )
            .map(Some)
        }
        ItemKind::Alert => {
            let alert: AlertItem = from_item(stored)?;
            over::<AlertItem>(item, &Sk::Alert(connection_of(sk), &alert.id)).map(Some)
        }
        ItemKind::Notice => read_notice(item),
        ItemKind::Run => from_item::<Run>(stored).map(|_| None),
        ItemKind::Problem => from_item::<ProblemItem>(stored).map(|_| None),
        ItemKind::Proof => kept_in(stored).map(|kept| assert!(kept.is_some())).map(|()| None),
        ItemKind::Key => from_item::<CandidateKey>(stored).map(|_| None),
        ItemKind::Activity => from_item::<Activity>(stored).map(|_| None),
        ItemKind::Hint => from_item::<ObjectHint>(stored).map(|_| None),
        ItemKind::Changed => from_item::<CustomerHint>(stored).map(|_| None),
        ItemKind::Day => {
            DayHours::of(&stored, &ItemKind::Day.of_connection(connection_of(sk))).map(|_| None)
        }
        ItemKind::Figures => crate::platform::store::figures::DayPart::of(&stored).map(|_| None),
        ItemKind::Closed if sk.ends_with("#head") => {
            from_item::<crate::model::closed::ClosedHead>(stored).map(|_| None)
        }
        ItemKind::Closed => {
            from_item::<crate::model::run::proof_progress::Subtotal>(stored).map(|_| None)
        }
        ItemKind::Month => read_month(sk, stored).map(|()| None),
        ItemKind::Backfill => from_item::<crate::model::backfill::Backfill>(stored).map(|_| None),
        // Items that the code never reads whole: it only asks whether they are there, or counts in
        // them.
        ItemKind::Opening
        | ItemKind::Event
        | ItemKind::Signed
        | ItemKind::Reads
        | ItemKind::Launch
        | ItemKind::Customer => Ok(None),
    }
}

/// A reported matter, a message, or the time at which a test was sent, which is never read.
fn read_notice(item: &Value) -> Result<Option<Rewrite>> {
    let (stored, sk) = (item_of(item), text(item, "sk"));
    if sk.contains("#at#") {
        let message: Message = from_item(stored)?;
        return over::<Message>(item, &Sk::NoticeMessage(connection_of(sk), message.id)).map(Some);
    }
    if sk.contains("#open#") {
        let standing: StandingNotice = from_item(stored)?;
        let sk = Sk::NoticeStanding(connection_of(sk), &standing.matter);
        return over::<StandingNotice>(item, &sk).map(Some);
    }
    Ok(None)
}

fn connection_of(sk: &str) -> ulid::Ulid {
    sk.split('#').nth(1).unwrap().parse().unwrap()
}

fn over<T: Serialize + DeserializeOwned>(item: &Value, sk: &Sk<'_>) -> Result<Rewrite> {
    let value: T = from_item(item_of(item))?;
    let install = InstallId::parse(text(item, "pk").trim_start_matches("INSTALL#")).unwrap();
    let ttl = item["ttl"]["N"].as_str().map(|ttl| ttl.parse().unwrap());
    Rewrite::of(&install, sk, &value, ttl)
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
