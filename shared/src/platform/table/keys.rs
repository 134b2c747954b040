//! Keys of the table. Only this module builds them.

use ulid::Ulid;

use crate::model::install::id::InstallId;
use crate::platform::table::attribute::{Item, attr, s};
use crate::platform::table::kind::ItemKind;

/// Sort keys. Everything is under its install's partition; nothing is ever scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sk<'a> {
    /// The install record.
    Meta,
    /// The Stripe connection.
    Stripe,
    /// The remains of an older connection: its generation, and its own id if that generation may
    /// leave several.
    Cleanup(&'a str),
    /// What the overview shows.
    Summary,
    /// The settings of the install.
    Settings,
    /// The opening of a balance: balance, currency.
    Opening(Ulid, &'a str, &'a str),
    /// What Stripe listed for a UTC day before the start: date, balance, currency.
    OpeningDay(Ulid, &'a str, &'a str, &'a str),
    /// A record of the last day before the start that is part of the opening.
    OpeningRecord(Ulid, &'a str),
    /// A Stripe event that was received.
    Event(&'a str),
    /// That a signing secret has verified an event: the version of the webhook.
    Signed(Ulid, Ulid),
    /// A Stripe object that is re-read until it is settled.
    Object(Ulid, &'a str),
    /// A Stripe object that an event reported a change of.
    Hint(Ulid, &'a str),
    /// How many of them were re-read today.
    Reads(Ulid),
    /// The progress of adding up automatic payouts.
    Payouts(Ulid),
    /// A payout.
    Payout(Ulid, &'a str),
    /// The line of a payout in the list: when it was created (RFC 3339, whole seconds in UTC), id.
    PayoutLine(Ulid, &'a str, &'a str),
    /// A record whose calls fail: the kind of call, and the record.
    Suspect(Ulid, &'a str, &'a str),
    /// An alert raised in Blnk.
    Alert(Ulid, &'a str),
    /// A matter that was reported and is not over.
    NoticeStanding(Ulid, &'a str),
    /// A message of a notice.
    NoticeMessage(Ulid, Ulid),
    /// When a test notice was last sent.
    NoticeTest(Ulid),
    /// A launch.
    Launch(Ulid),
    /// A run of a connection.
    Run(Ulid, Ulid),
    /// A record of a connection that could not be posted as it is.
    Problem(Ulid, &'a str),
    /// The balance of a Stripe customer in a currency.
    Customer(Ulid, &'a str, &'a str),
    /// The identity of a Stripe customer.
    Profile(Ulid, &'a str),
    /// A customer that a Stripe event reported a change of.
    Changed(Ulid, &'a str),
    /// The expected figures of one UTC day: date, balance, currency.
    Day(Ulid, &'a str, &'a str, &'a str),
    /// The breakdowns of a part of a UTC day: date, balance, currency, first hour of the part.
    Figures(Ulid, &'a str, &'a str, &'a str, i64),
    /// The progress of the backfill of figures.
    Backfill(Ulid),
    /// The sum of closed days: balance, currency.
    Closed(Ulid, &'a str, &'a str),
    /// The head of the closed days.
    ClosedHead(Ulid),
    /// The figures of a completed month: `yyyy-mm`, balance, currency.
    Month(Ulid, &'a str, &'a str, &'a str),
    /// The totals of all completed months. It sorts after the months.
    MonthTotals(Ulid),
    /// A reconciliation certificate.
    Proof(Ulid, Ulid),
    /// The key of a candidate: its place.
    Key(u8),
    /// An entry of the audit trail.
    Activity(Ulid),
}

impl Sk<'_> {
    /// The kind of the item.
    #[must_use]
    pub const fn kind(&self) -> ItemKind {
        match self {
            Self::Meta => ItemKind::Meta,
            Self::Stripe => ItemKind::Stripe,
            Self::Cleanup(_) => ItemKind::Cleanup,
            Self::Summary => ItemKind::Summary,
            Self::Settings => ItemKind::Settings,
            Self::Opening(..) | Self::OpeningDay(..) | Self::OpeningRecord(..) => ItemKind::Opening,
            Self::Event(_) => ItemKind::Event,
            Self::Signed(..) => ItemKind::Signed,
            Self::Object(..) => ItemKind::Object,
            Self::Hint(..) => ItemKind::Hint,
            Self::Reads(_) => ItemKind::Reads,
            Self::Payouts(_) => ItemKind::Payouts,
            Self::Payout(..) | Self::PayoutLine(..) => ItemKind::Payout,
            Self::Suspect(..) => ItemKind::Suspect,
            Self::Alert(..) => ItemKind::Alert,
            Self::NoticeStanding(..) | Self::NoticeMessage(..) | Self::NoticeTest(_) => {
                ItemKind::Notice
            }
            Self::Launch(_) => ItemKind::Launch,
            Self::Run(..) => ItemKind::Run,
            Self::Problem(..) => ItemKind::Problem,
            Self::Customer(..) | Self::Profile(..) => ItemKind::Customer,
            Self::Changed(..) => ItemKind::Changed,
            Self::Day(..) => ItemKind::Day,
            Self::Figures(..) => ItemKind::Figures,
            Self::Backfill(_) => ItemKind::Backfill,
            Self::Closed(..) | Self::ClosedHead(_) => ItemKind::Closed,
            Self::Month(..) | Self::MonthTotals(_) => ItemKind::Month,
            Self::Proof(..) => ItemKind::Proof,
            Self::Key(_) => ItemKind::Key,
            Self::Activity(_) => ItemKind::Activity,
        }
    }
}

impl std::fmt::Display for Sk<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind().prefix())?;
        match self {
            Self::Meta | Self::Stripe | Self::Summary | Self::Settings => Ok(()),
            Self::Cleanup(generation) => f.write_str(generation),
            Self::Opening(connection, balance, currency) => {
                write!(f, "{connection}#sum#{balance}#{currency}")
            }
            Self::OpeningDay(connection, date, balance, currency) => {
                write!(f, "{connection}#day#{date}#{balance}#{currency}")
            }
            Self::OpeningRecord(connection, id) => write!(f, "{connection}#record#{id}"),
            Self::Event(id) => f.write_str(id),
            Self::Signed(connection, id)
            | Self::Run(connection, id)
            | Self::Proof(connection, id) => write!(f, "{connection}#{id}"),
            Self::Object(connection, id)
            | Self::Hint(connection, id)
            | Self::Alert(connection, id)
            | Self::Problem(connection, id)
            | Self::Changed(connection, id) => write!(f, "{connection}#{id}"),
            Self::Reads(connection) | Self::Payouts(connection) | Self::Backfill(connection) => {
                write!(f, "{connection}")
            }
            Self::Payout(connection, id) => write!(f, "{connection}#id#{id}"),
            Self::PayoutLine(connection, created, id) => {
                write!(f, "{connection}#at#{created}#{id}")
            }
            Self::NoticeStanding(connection, matter) => write!(f, "{connection}#open#{matter}"),
            Self::NoticeMessage(connection, id) => write!(f, "{connection}#at#{id}"),
            Self::NoticeTest(connection) => write!(f, "{connection}#test"),
            Self::Suspect(connection, kind, id) => write!(f, "{connection}#{kind}#{id}"),
            Self::Launch(id) | Self::Activity(id) => write!(f, "{id}"),
            Self::Customer(connection, customer, currency) => {
                write!(f, "{connection}#{}#{currency}", EscapedId(customer))
            }
            Self::Profile(connection, customer) => {
                write!(f, "{connection}#{}", EscapedId(customer))
            }
            Self::Day(connection, date, balance, currency) => {
                write!(f, "{connection}#{date}#{balance}#{currency}")
            }
            Self::Closed(connection, balance, currency) => {
                write!(f, "{connection}#{balance}#{currency}")
            }
            Self::ClosedHead(connection) => write!(f, "{connection}#head"),
            Self::Month(connection, month, balance, currency) => {
                write!(f, "{connection}#{month}#{balance}#{currency}")
            }
            Self::MonthTotals(connection) => write!(f, "{connection}#totals"),
            Self::Figures(connection, date, balance, currency, part) => {
                write!(f, "{connection}#{date}#{balance}#{currency}#{part:02}")
            }
            Self::Key(place) => write!(f, "{place}"),
        }
    }
}

/// An id that a merchant chose, as part of a key. Our separator in it must not split it into two
/// parts.
struct EscapedId<'a>(&'a str);

impl std::fmt::Display for EscapedId<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // No id holds a control character.
        f.write_str(&self.0.replace('#', "\u{1}"))
    }
}

/// The partition of an install.
#[must_use]
pub fn pk(install: &InstallId) -> String {
    format!("INSTALL#{install}")
}

/// The full key of an item.
#[must_use]
pub fn key(install: &InstallId, sk: &Sk<'_>) -> Item {
    Item::from([(attr::PK.to_owned(), s(pk(install))), (attr::SK.to_owned(), s(sk.to_string()))])
}

/// The full key of an item whose sort key was stored.
#[must_use]
pub fn key_of(install: &InstallId, sk: &str) -> Item {
    Item::from([(attr::PK.to_owned(), s(pk(install))), (attr::SK.to_owned(), s(sk))])
}

#[cfg(test)]
mod tests;
