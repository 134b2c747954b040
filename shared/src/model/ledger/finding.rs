//! What a person should know about a record that was mirrored.

/// What a person should know about a record that was mirrored all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// No rule knows the record; its gross amount is on the suspense account.
    Unclassified {
        /// Stripe's accounting category.
        reporting_category: String,
        /// Stripe's type.
        type_: String,
        /// The kind of the object behind it, empty when unknown.
        source: String,
    },
    /// Amount, fee details and net do not add up; the difference is the leg `fee:rest`, in minor units.
    DoesNotAddUp {
        /// The signed value of that leg.
        rest: i64,
    },
    /// A fee detail in another currency than the record; it is part of `fee:rest`.
    ForeignFee {
        /// Stripe's type of the detail.
        type_: String,
        /// Its currency, as sent.
        currency: String,
        /// Its amount in minor units of that currency.
        amount: i64,
    },
    /// The payment's customer is unknown, because Stripe sent only an id where the object was asked for; the guests' account was used.
    SourceNotExpanded,
}
