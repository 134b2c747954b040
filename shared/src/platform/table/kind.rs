//! The properties of each kind of item: its prefix, its lifetime, its schema.

use strum::IntoEnumIterator as _;
use ulid::Ulid;

/// A kind of item. A new one cannot be forgotten: every property of a kind is a match over all of
/// them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumIter)]
pub enum ItemKind {
    /// The install record.
    Meta,
    /// The Stripe connection.
    Stripe,
    /// The remains of an older connection.
    Cleanup,
    /// What the overview shows.
    Summary,
    /// The settings.
    Settings,
    /// Openings, their days, and their records.
    Opening,
    /// A Stripe event that was received.
    Event,
    /// That a signing secret has verified an event.
    Signed,
    /// A Stripe object that is re-read until it is settled.
    Object,
    /// A Stripe object that an event names.
    Hint,
    /// Re-reads of objects, counted by day.
    Reads,
    /// The progress of adding up payouts.
    Payouts,
    /// A payout, and its line in the list.
    Payout,
    /// A record whose calls fail.
    Suspect,
    /// An alert in Blnk.
    Alert,
    /// A notice: a reported matter, and each message.
    Notice,
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
    /// The breakdowns of a UTC day.
    Figures,
    /// The progress of the backfill of figures.
    Backfill,
    /// Sums of closed days.
    Closed,
    /// The figures of a completed month.
    Month,
    /// A certificate.
    Proof,
    /// A candidate's key.
    Key,
    /// An entry of the audit trail.
    Activity,
}

/// When an item is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// It stays: a removed install leaves a tombstone.
    Install,
    /// The clean-up removes it when its connection has ended.
    Connection,
    /// It is written with a time to live.
    Expires,
    /// The app deletes it after use.
    Consumed,
}

impl ItemKind {
    /// The prefix of the kind's sort keys.
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
            Self::Payout => "PAYOUT#",
            Self::Suspect => "SUSPECT#",
            Self::Alert => "ALERT#",
            Self::Notice => "NOTICE#",
            Self::Launch => "LAUNCH#",
            Self::Run => "RUN#",
            Self::Problem => "PROBLEM#",
            Self::Customer => "CUSTOMER#",
            Self::Changed => "CHANGED#",
            Self::Day => "DAY#",
            Self::Figures => "FIGURES#",
            Self::Backfill => "BACKFILL#",
            Self::Closed => "CLOSED#",
            Self::Month => "MONTH#",
            Self::Proof => "PROOF#",
            Self::Key => "KEY#",
            Self::Activity => "ACTIVITY#",
        }
    }

    /// When items of the kind are removed.
    #[must_use]
    pub const fn lifetime(self) -> Lifetime {
        match self {
            Self::Meta => Lifetime::Install,
            Self::Stripe | Self::Cleanup | Self::Key => Lifetime::Consumed,
            Self::Event
            | Self::Signed
            | Self::Hint
            | Self::Changed
            | Self::Launch
            | Self::Activity => Lifetime::Expires,
            Self::Summary
            | Self::Settings
            | Self::Opening
            | Self::Object
            | Self::Reads
            | Self::Payouts
            | Self::Payout
            | Self::Suspect
            | Self::Alert
            | Self::Notice
            | Self::Run
            | Self::Problem
            | Self::Customer
            | Self::Day
            | Self::Figures
            | Self::Backfill
            | Self::Closed
            | Self::Month
            | Self::Proof => Lifetime::Connection,
        }
    }

    /// The version of the kind's layout that this code writes. It grows when an older version of
    /// the code could misread an item.
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
            | Self::Payout
            | Self::Suspect
            | Self::Alert
            | Self::Notice
            | Self::Launch
            | Self::Run
            | Self::Problem
            | Self::Customer
            | Self::Changed
            | Self::Day
            | Self::Figures
            | Self::Backfill
            | Self::Closed
            | Self::Month
            | Self::Key
            | Self::Activity => 1,
            Self::Proof => 2,
        }
    }

    /// The prefix of the sort keys of a connection's items of the kind.
    #[must_use]
    pub fn of_connection(self, connection: Ulid) -> String {
        format!("{}{connection}#", self.prefix())
    }

    /// The kind of a stored sort key. `None` for a kind that this version does not know: such an
    /// item is not touched.
    #[must_use]
    pub fn of(sk: &str) -> Option<Self> {
        Self::iter().find(|kind| {
            let prefix = kind.prefix();
            if prefix.ends_with('#') { sk.starts_with(prefix) } else { sk == prefix }
        })
    }
}
