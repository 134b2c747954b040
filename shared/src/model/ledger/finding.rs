//! What a person should know about a record that was mirrored.

/// What a person should know about a record that was nevertheless mirrored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// No rule covers the record, neither the app's nor a person's. Its gross amount is on the
    /// suspense account.
    Unclassified {
        /// Stripe's accounting category.
        reporting_category: String,
        /// Stripe's type.
        type_: String,
        /// The kind of the object behind it. Empty when unknown.
        source: String,
    },
    /// Amount, fee details and net do not add up. The difference is the leg `fee:rest`, in minor
    /// units.
    DoesNotAddUp {
        /// The signed value of that leg.
        rest: i64,
    },
    /// A fee detail in another currency than the record. It is part of `fee:rest`.
    ForeignFee {
        /// Stripe's type of the detail.
        type_: String,
        /// Its currency, as sent.
        currency: String,
        /// Its amount in minor units of that currency.
        amount: i64,
    },
    /// The payment's customer is unknown, because Stripe sent only an id for an object that the
    /// request expanded. The guests' account was used.
    SourceNotExpanded,
}
