//! The offset accounts: the other side of every entry on a mirror.

/// The shared offset accounts: one of each per Stripe account. Customers' balances are in addition
/// to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// Payments without a customer.
    Guests,
    /// All payments, when they share one account.
    Customers,
    /// Money on its way between Stripe and the bank.
    Payouts,
    /// Disputed payments.
    Disputes,
    /// What Stripe and networks charge.
    Fees,
    /// Taxes on fees, and withheld taxes.
    Tax,
    /// Transfers to and from connected accounts or the platform.
    Connect,
    /// The platform's application fees, earned or paid.
    Platform,
    /// Held for negative connected accounts.
    ConnectReserved,
    /// Held as a reserve against risk, by Stripe or a network.
    Reserves,
    /// The minimum kept back from automatic payouts.
    PayoutMinimum,
    /// Advances, loans and receivables.
    Advances,
    /// Spending with issued cards.
    IssuingSpend,
    /// Climate contributions and orders.
    Climate,
    /// Unclaimed money of customers.
    Unclaimed,
    /// Records that no rule knows, for a person to review.
    Suspense,
    /// The balance before the mirror began.
    Opening,
}

impl Account {
    /// All offset accounts.
    pub const ALL: [Self; 17] = [
        Self::Guests,
        Self::Customers,
        Self::Payouts,
        Self::Disputes,
        Self::Fees,
        Self::Tax,
        Self::Connect,
        Self::Platform,
        Self::ConnectReserved,
        Self::Reserves,
        Self::PayoutMinimum,
        Self::Advances,
        Self::IssuingSpend,
        Self::Climate,
        Self::Unclaimed,
        Self::Suspense,
        Self::Opening,
    ];

    /// The account's key: the suffix of its name, and its key in the settings.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Guests => "guests",
            Self::Customers => "customers",
            Self::Payouts => "payouts",
            Self::Disputes => "disputes",
            Self::Fees => "fees",
            Self::Tax => "tax",
            Self::Connect => "connect",
            Self::Platform => "platform",
            Self::ConnectReserved => "connect_reserved",
            Self::Reserves => "reserves",
            Self::PayoutMinimum => "payout_minimum",
            Self::Advances => "advances",
            Self::IssuingSpend => "issuing_spend",
            Self::Climate => "climate",
            Self::Unclaimed => "unclaimed",
            Self::Suspense => "suspense",
            Self::Opening => "opening",
        }
    }

    /// Finds an account by its key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|account| account.key() == key)
    }
}
