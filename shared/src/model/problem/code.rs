//! The codes of problems. They are stored with each problem and shown by the API.

/// A record that cannot be mirrored. It is not among the expected figures either.
pub(crate) const RECORD_UNREADABLE: &str = "record_unreadable";

/// A record, an object or a customer that the Stripe key may not read, although it may read the
/// lists.
pub(crate) const RIGHT_MISSING: &str = "right_missing";

/// A record for which Stripe returns the amounts, but not the objects behind it.
pub(crate) const RECORD_UNRENDERED: &str = "record_unrendered";

/// A part of Stripe's list that cannot be read.
pub(crate) const PAGE_UNREADABLE: &str = "page_unreadable";

/// A record that no longer exists at Stripe.
pub(crate) const RECORD_GONE: &str = "record_gone";

/// A foreign entry on a mirror.
pub(crate) const FOREIGN_ENTRY: &str = "foreign_entry";

/// An entry of ours whose record Stripe does not list.
pub(crate) const ENTRY_UNLISTED: &str = "entry_unlisted";

/// An entry of ours that differs from what its record implies.
pub(crate) const ENTRY_CHANGED: &str = "entry_changed";

/// A record whose entry is not in the ledger although nothing refused it.
pub(crate) const ENTRY_MISSING: &str = "entry_missing";

/// The differences that a proof finds in the ledger.
pub(crate) const DRIFT_CODES: [&str; 4] = [FOREIGN_ENTRY, ENTRY_UNLISTED, ENTRY_CHANGED, ENTRY_MISSING];

/// A record whose customer the ledger refused to create.
pub(crate) const CUSTOMER_REFUSED: &str = "customer_refused";

/// An identity that the ledger refused to change.
pub(crate) const IDENTITY_REFUSED: &str = "identity_refused";

/// A customer with more than one balance in a currency.
pub(crate) const BALANCE_DOUBLED: &str = "balance_doubled";

/// A call that is answered in an undocumented shape.
pub(crate) const UNKNOWN_SHAPE: &str = "unknown_answer";

/// A record that was set aside because its calls fail while others succeed.
pub(crate) const SET_ASIDE: &str = "set_aside";

/// A customer whose identity was set aside for the same reason. No money is affected.
pub(crate) const IDENTITY_SET_ASIDE: &str = "identity_set_aside";
