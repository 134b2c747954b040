//! Keys of the table. They are built here alone, and so is what each kind of item is: its prefix, its lifetime, its schema.

use strum::IntoEnumIterator as _;
use ulid::Ulid;

use crate::model::install::id::InstallId;
use crate::platform::store::attribute::{Item, attr, s};

/// A kind of item. A new one cannot be forgotten: every question about a kind is a match over all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumIter)]
pub enum ItemKind {
    /// The install record.
    Meta,
    /// The Stripe connection.
    Stripe,
    /// What is left of an older connection.
    Cleanup,
    /// What the overview shows.
    Summary,
    /// What a person chose.
    Settings,
    /// Openings, the days that they sum up, and their records.
    Opening,
    /// A Stripe event that was taken.
    Event,
    /// That a signing secret has vouched for an event.
    Signed,
    /// A Stripe object that is read again until it is settled.
    Object,
    /// A Stripe object that an event names.
    Hint,
    /// Re-reads of objects, counted by day.
    Reads,
    /// How far payouts are added up.
    Payouts,
    /// A record whose calls fail.
    Suspect,
    /// An alert in Blnk.
    Alert,
    /// A launch of the portal.
    Launch,
    /// A run.
    Run,
    /// A problem.
    Problem,
    /// A customer's balance or identity.
    Customer,
    /// A customer that an event names.
    Changed,
    /// A UTC day of a balance and currency.
    Day,
    /// A certificate.
    Proof,
    /// A candidate's key.
    Key,
    /// An entry of the audit trail.
    Activity,
}

/// When an item goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// It stays: an install that is gone leaves a tombstone.
    Install,
    /// The clean-up removes it when its connection is over.
    Connection,
    /// It is written with a time to live.
    Expires,
    /// Whoever wrote it deletes it once it has served.
    Consumed,
}

impl ItemKind {
    /// What the sort keys of the kind begin with.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Meta => "META",
            Self::Stripe => "STRIPE",
            Self::Cleanup => "CLEANUP#",
            Self::Summary => "SUMMARY",
            Self::Settings => "SETTINGS",
            Self::Opening => "OPENING#",
            Self::Event => "EVENT#",
            Self::Signed => "SIGNED#",
            Self::Object => "OBJECT#",
            Self::Hint => "HINT#",
            Self::Reads => "READS#",
            Self::Payouts => "PAYOUTS#",
            Self::Suspect => "SUSPECT#",
            Self::Alert => "ALERT#",
            Self::Launch => "LAUNCH#",
            Self::Run => "RUN#",
            Self::Problem => "PROBLEM#",
            Self::Customer => "CUSTOMER#",
            Self::Changed => "CHANGED#",
            Self::Day => "DAY#",
            Self::Proof => "PROOF#",
            Self::Key => "KEY#",
            Self::Activity => "ACTIVITY#",
        }
    }

    /// When items of the kind go.
    #[must_use]
    pub const fn lifetime(self) -> Lifetime {
        match self {
            Self::Meta => Lifetime::Install,
            Self::Stripe | Self::Cleanup | Self::Key => Lifetime::Consumed,
            Self::Event | Self::Signed | Self::Hint | Self::Changed | Self::Launch | Self::Activity => Lifetime::Expires,
            Self::Summary
            | Self::Settings
            | Self::Opening
            | Self::Object
            | Self::Reads
            | Self::Payouts
            | Self::Suspect
            | Self::Alert
            | Self::Run
            | Self::Problem
            | Self::Customer
            | Self::Day
            | Self::Proof => Lifetime::Connection,
        }
    }

    /// The version of the kind's layout that this code writes. It grows when an older version of the code could misread an item.
    #[must_use]
    pub const fn schema(self) -> i64 {
        match self {
            Self::Meta
            | Self::Stripe
            | Self::Cleanup
            | Self::Summary
            | Self::Settings
            | Self::Opening
            | Self::Event
            | Self::Signed
            | Self::Object
            | Self::Hint
            | Self::Reads
            | Self::Payouts
            | Self::Suspect
            | Self::Alert
            | Self::Launch
            | Self::Run
            | Self::Problem
            | Self::Customer
            | Self::Changed
            | Self::Day
            | Self::Proof
            | Self::Key
            | Self::Activity => 1,
        }
    }

    /// What the sort keys of a connection's items of the kind begin with.
    #[must_use]
    pub fn of_connection(self, connection: Ulid) -> String {
        format!("{}{connection}#", self.prefix())
    }

    /// The kind of a stored sort key. Nothing for a kind that this version does not know: such an item is left alone.
    #[must_use]
    pub fn of(sk: &str) -> Option<Self> {
        Self::iter().find(|kind| {
            let prefix = kind.prefix();
            if prefix.ends_with('#') { sk.starts_with(prefix) } else { sk == prefix }
        })
    }
}

/// Sort keys. Everything is under its install's partition; nothing is ever scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sk<'a> {
    /// The install record.
    Meta,
    /// The Stripe connection.
    Stripe,
    /// What is left of an older connection: its generation, and its own id where that generation may leave several.
    Cleanup(&'a str),
    /// What the overview shows.
    Summary,
    /// What a person chose for this install.
    Settings,
    /// The opening of a balance: balance, currency.
    Opening(Ulid, &'a str, &'a str),
    /// What Stripe listed for a UTC day before the start: date, balance, currency.
    OpeningDay(Ulid, &'a str, &'a str, &'a str),
    /// A record of the start's last day before it that is part of the opening.
    OpeningRecord(Ulid, &'a str),
    /// A Stripe event already taken.
    Event(&'a str),
    /// That a signing secret has vouched for an event: the version of the webhook.
    Signed(Ulid, Ulid),
    /// An object of Stripe that is read again until it is settled.
    Object(Ulid, &'a str),
    /// An object of Stripe of which an event says that something has happened to it.
    Hint(Ulid, &'a str),
    /// How many of them were read again today.
    Reads(Ulid),
    /// How far automatic payouts were added up.
    Payouts(Ulid),
    /// A record whose calls fail: the kind of call, and the record.
    Suspect(Ulid, &'a str, &'a str),
    /// An alert raised in Blnk.
    Alert(Ulid, &'a str),
    /// A launch.
    Launch(Ulid),
    /// A run of a connection.
    Run(Ulid, Ulid),
    /// A record of a connection that could not be posted as it is.
    Problem(Ulid, &'a str),
    /// The balance made for a Stripe customer in a currency.
    Customer(Ulid, &'a str, &'a str),
    /// The identity of a Stripe customer.
    Profile(Ulid, &'a str),
    /// A customer of whom a Stripe event says that something has changed.
    Changed(Ulid, &'a str),
    /// What Stripe's records of one UTC day should have made: date, balance, currency.
    Day(Ulid, &'a str, &'a str, &'a str),
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
            Self::Suspect(..) => ItemKind::Suspect,
            Self::Alert(..) => ItemKind::Alert,
            Self::Launch(_) => ItemKind::Launch,
            Self::Run(..) => ItemKind::Run,
            Self::Problem(..) => ItemKind::Problem,
            Self::Customer(..) | Self::Profile(..) => ItemKind::Customer,
            Self::Changed(..) => ItemKind::Changed,
            Self::Day(..) => ItemKind::Day,
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
            Self::Opening(connection, balance, currency) => write!(f, "{connection}#sum#{balance}#{currency}"),
            Self::OpeningDay(connection, date, balance, currency) => write!(f, "{connection}#day#{date}#{balance}#{currency}"),
            Self::OpeningRecord(connection, id) => write!(f, "{connection}#record#{id}"),
            Self::Event(id) => f.write_str(id),
            Self::Signed(connection, id) | Self::Run(connection, id) | Self::Proof(connection, id) => write!(f, "{connection}#{id}"),
            Self::Object(connection, id)
            | Self::Hint(connection, id)
            | Self::Alert(connection, id)
            | Self::Problem(connection, id)
            | Self::Changed(connection, id) => write!(f, "{connection}#{id}"),
            Self::Reads(connection) | Self::Payouts(connection) => write!(f, "{connection}"),
            Self::Suspect(connection, kind, id) => write!(f, "{connection}#{kind}#{id}"),
            Self::Launch(id) | Self::Activity(id) => write!(f, "{id}"),
            Self::Customer(connection, customer, currency) => write!(f, "{connection}#{}#{currency}", Chosen(customer)),
            Self::Profile(connection, customer) => write!(f, "{connection}#{}", Chosen(customer)),
            Self::Day(connection, date, balance, currency) => write!(f, "{connection}#{date}#{balance}#{currency}"),
            Self::Key(place) => write!(f, "{place}"),
        }
    }
}

/// An id that a merchant chose, as a part of a key: one that holds our own separator must not be taken for two parts.
struct Chosen<'a>(&'a str);

impl std::fmt::Display for Chosen<'_> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Each kind is found again by the key of one of its items, and no key belongs to two kinds.
    #[test]
    fn a_sort_key_tells_its_kind_and_no_other() {
        let (connection, id) = (Ulid::from_parts(1, 1), Ulid::from_parts(1, 2));
        let keys = [
            Sk::Meta,
            Sk::Stripe,
            Sk::Cleanup("01GEN"),
            Sk::Summary,
            Sk::Settings,
            Sk::Opening(connection, "payments", "USD"),
            Sk::OpeningDay(connection, "2026-01-01", "payments", "USD"),
            Sk::OpeningRecord(connection, "txn_1"),
            Sk::Event("evt_1"),
            Sk::Signed(connection, id),
            Sk::Object(connection, "po_1"),
            Sk::Hint(connection, "po_1"),
            Sk::Reads(connection),
            Sk::Payouts(connection),
            Sk::Suspect(connection, "entry", "txn_1"),
            Sk::Alert(connection, "drift"),
            Sk::Launch(id),
            Sk::Run(connection, id),
            Sk::Problem(connection, "txn_1:record"),
            Sk::Customer(connection, "cus_1", "USD"),
            Sk::Profile(connection, "cus_1"),
            Sk::Changed(connection, "cus_1"),
            Sk::Day(connection, "2026-01-01", "payments", "USD"),
            Sk::Proof(connection, id),
            Sk::Key(3),
            Sk::Activity(id),
        ];
        for key in &keys {
            assert_eq!(ItemKind::of(&key.to_string()), Some(key.kind()), "{key}");
        }
        for kind in ItemKind::iter() {
            assert!(keys.iter().any(|key| key.kind() == kind), "{kind:?} has no key here");
        }
        for unknown in ["FIGURES#2026-01-01#payments#USD", "METADATA", "CLOSED", ""] {
            assert_eq!(ItemKind::of(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn ids_that_merchants_choose_make_keys_of_their_own() {
        let connection = Ulid::from(7_u128);
        let own = Sk::Customer(connection, "cus_1", "USD").to_string();
        assert_eq!(own, format!("CUSTOMER#{connection}#cus_1#USD"));
        assert_ne!(Sk::Profile(connection, "cus_1#USD").to_string(), own);
        assert_ne!(Sk::Customer(connection, "cus_1#USD", "EUR").to_string(), Sk::Customer(connection, "cus_1", "USD#EUR").to_string());
        assert_eq!(Sk::Profile(connection, "ann@example.org/7").to_string(), format!("CUSTOMER#{connection}#ann@example.org/7"));
    }
}
