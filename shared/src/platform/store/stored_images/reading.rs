//! The items of an image, each read as the type of its kind.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::model::activity::Activity;
use crate::model::alert::AlertItem;
use crate::model::connection::Connection;
use crate::model::error::Result;
use crate::model::install::id::InstallId;
use crate::model::install::{CandidateKey, Meta};
use crate::model::ledger::Opening;
use crate::model::month::{Month, MonthTotals};
use crate::model::notice::message::Message;
use crate::model::notice::plan::StandingNotice;
use crate::model::payout::Payouts;
use crate::model::payout::item::{PayoutItem, PayoutLine};
use crate::model::problem::item::ProblemItem;
use crate::model::run::Run;
use crate::model::settings::Settings;
use crate::model::summary::Summary;
use crate::model::suspect::record::Suspect;
use crate::model::tracked_object::ObjectItem;
use crate::platform::store::certificates::kept_in;
use crate::platform::store::customers::CustomerHint;
use crate::platform::store::days::DayHours;
use crate::platform::store::tracked_objects::ObjectHint;
use crate::platform::table::attribute::Item;
use crate::platform::table::item::from_item;
use crate::platform::table::keys::Sk;
use crate::platform::table::kind::ItemKind;
use crate::platform::table::rewrite::Rewrite;

pub(crate) fn text<'i>(item: &'i Value, attribute: &str) -> &'i str {
    item[attribute]["S"].as_str().unwrap()
}

pub(crate) fn item_of(item: &Value) -> Item {
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
pub(crate) fn read(kind: ItemKind, item: &Value) -> Result<Option<Rewrite>> {
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
