//! The resources that the app reads from Stripe, and their paths.

use std::fmt;

pub(crate) const ACCOUNT: &str = "/v1/account";

pub(crate) const BALANCE: &str = "/v1/balance";

pub(crate) const BALANCE_TRANSACTIONS: &str = "/v1/balance_transactions";

pub(crate) const CUSTOMERS: &str = "/v1/customers";

pub(crate) const PAYOUTS: &str = "/v1/payouts";

/// What a key must be able to read. Each is a separate permission of a restricted key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// The account's own data.
    Account,
    /// The balance that the proof compares with.
    Balance,
    /// The balance transactions, with their sources and those sources' customers.
    BalanceTransactions,
    /// Charges.
    Charges,
    /// Customers.
    Customers,
    /// Refunds.
    Refunds,
    /// Disputes.
    Disputes,
    /// Payouts.
    Payouts,
}

impl Resource {
    /// All resources, in the best order to probe them.
    pub const ALL: [Self; 8] = [
        Self::Account,
        Self::Balance,
        Self::BalanceTransactions,
        Self::Charges,
        Self::Customers,
        Self::Refunds,
        Self::Disputes,
        Self::Payouts,
    ];

    /// The resource's name in Stripe's API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Balance => "balance",
            Self::BalanceTransactions => "balance_transactions",
            Self::Charges => "charges",
            Self::Customers => "customers",
            Self::Refunds => "refunds",
            Self::Disputes => "disputes",
            Self::Payouts => "payouts",
        }
    }

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Account => ACCOUNT,
            Self::Balance => BALANCE,
            Self::BalanceTransactions => BALANCE_TRANSACTIONS,
            Self::Charges => "/v1/charges",
            Self::Customers => CUSTOMERS,
            Self::Refunds => "/v1/refunds",
            Self::Disputes => "/v1/disputes",
            Self::Payouts => PAYOUTS,
        }
    }

    pub(crate) fn is_list(self) -> bool {
        !matches!(self, Self::Account | Self::Balance)
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
