//! The codes of problems. They are stored with each problem and shown by the API.

/// The code of a record of which nothing can be made; it is not among the expected figures either.
pub(crate) const RECORD_UNREADABLE: &str = "record_unreadable";

/// The code of a record, an object or a customer that the Stripe key may not read, although it may read the lists.
pub(crate) const RIGHT_MISSING: &str = "right_missing";

/// The code of a record of which Stripe gives the amounts, but not the objects behind it.
pub(crate) const RECORD_UNRENDERED: &str = "record_unrendered";

/// The code of a part of Stripe's list of which nothing can be had.
pub(crate) const PAGE_UNREADABLE: &str = "page_unreadable";

/// The code of a record that Stripe does not have any more.
pub(crate) const RECORD_GONE: &str = "record_gone";

/// Somebody else's entry on a mirror.
pub(crate) const FOREIGN_ENTRY: &str = "foreign_entry";

/// An entry of ours of which Stripe lists no record.
pub(crate) const ENTRY_UNLISTED: &str = "entry_unlisted";

/// An entry of ours that is not what its record should have made.
pub(crate) const ENTRY_CHANGED: &str = "entry_changed";

/// A record whose entry is not in the ledger although nothing refused it.
pub(crate) const ENTRY_MISSING: &str = "entry_missing";

/// What a proof finds in the ledger.
pub(crate) const DRIFT_CODES: [&str; 4] = [FOREIGN_ENTRY, ENTRY_UNLISTED, ENTRY_CHANGED, ENTRY_MISSING];

/// The code of a record whose customer the ledger would not make.
pub(crate) const CUSTOMER_REFUSED: &str = "customer_refused";

/// The code of an identity that the ledger would not change.
pub(crate) const IDENTITY_REFUSED: &str = "identity_refused";

/// The code of a customer who has more than one balance in a currency.
pub(crate) const BALANCE_DOUBLED: &str = "balance_doubled";

/// The code of a call that is answered in an undocumented shape.
pub(crate) const UNKNOWN_SHAPE: &str = "unknown_answer";

/// The code of a record that was set aside because its calls fail, and nobody else's.
pub(crate) const SET_ASIDE: &str = "set_aside";

/// The code of a customer whose identity was set aside so: no money is concerned.
pub(crate) const IDENTITY_SET_ASIDE: &str = "identity_set_aside";
