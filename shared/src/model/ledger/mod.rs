//! The rules that turn Stripe's movements into ledger entries. Pure: no clock, no I/O.
//!
//! The base is Stripe's list of balance transactions, the only complete record of what moved a
//! balance. Each becomes a few *legs* ([`mirror`]), each leg one entry ([`Entry`]) under a unique
//! reference ([`Reference`]). The legs of any record move the mirror by exactly its `net`. What
//! does not add up, or what no rule knows, is still posted, and reported as a [`Finding`].

pub mod account;
pub mod account_rule;
pub mod balance_kind;
pub mod breakdown;
pub mod chart;
pub mod classify;
pub mod customer;
pub mod entry;
pub mod error;
pub mod figures;
pub mod finding;
pub mod legs;
pub mod opening;
pub mod owner;
pub mod privacy;
pub mod reference;
pub mod time;

pub use account::Account;
pub use account_rule::{
    ACCOUNT_RULE_DELAY_SECONDS, AccountRule, AccountRules, MAX_ACCOUNT_RULES, RuleNames,
};
pub use balance_kind::{BalanceKind, OtherBalance};
pub use breakdown::{Breakdown, Breakdowns, CategoryFigures, Movement, Offset, Role};
pub(crate) use chart::MirrorIds;
pub use chart::{AccountChoice, Chart, UsedNames};
pub use classify::{ChargeAccount, ChargeAccounts, OffsetAccount, charge_entry, knows_name};
pub use customer::{customer_of, identity_id};
pub(crate) use entry::META_ACCOUNT;
pub use entry::{Entry, Posting};
pub use figures::{Figures, Slice, Slices};
pub use finding::Finding;
pub use legs::{LEG_KINDS_VERSION, Leg, LegKind, Mirrored, mirror};
pub use opening::{
    LATE_SECONDS, LaterOpening, Opening, OpeningChange, OpeningEntry, WHOLE_HISTORY,
};
pub use owner::{Mode, Owner};
pub use reference::{OpeningReference, REFERENCE_PREFIX, Reference};
pub use time::{SECONDS_PER_DAY, SECONDS_PER_HOUR, day_from, day_of, hour_of, rfc3339, utc_date};

#[cfg(test)]
mod tests;
