//! Records that tests add to a Stripe account.

use serde_json::{Value, json};

/// Charges, as the simulators' control takes them. What is not set, the simulators choose.
#[derive(Debug, Clone)]
pub struct Charge(Value);

/// A charge in USD; minor units.
#[must_use]
pub fn charge(amount: i64) -> Charge {
    Charge(json!({"type": "charge", "amount": amount, "currency": "usd"}))
}

impl Charge {
    /// Stripe's fee, minor units.
    #[must_use]
    pub fn fee(self, fee: i64) -> Self {
        self.with("fee", fee)
    }

    /// Another currency, in lower case.
    #[must_use]
    pub fn currency(self, currency: &str) -> Self {
        self.with("currency", currency)
    }

    /// The customer who pays.
    #[must_use]
    pub fn customer(self, id: &str) -> Self {
        self.with("customer", id)
    }

    /// The customer's name.
    #[must_use]
    pub fn customer_name(self, name: &str) -> Self {
        self.with("customer_name", name)
    }

    /// The customer's email address.
    #[must_use]
    pub fn customer_email(self, address: &str) -> Self {
        self.with("customer_email", address)
    }

    /// When it was created, Unix seconds.
    #[must_use]
    pub fn created(self, at: i64) -> Self {
        self.with("created", at)
    }

    /// How many equal ones.
    #[must_use]
    pub fn count(self, count: u64) -> Self {
        self.with("count", count)
    }

    /// After how long Stripe lists it, milliseconds.
    #[must_use]
    pub fn visible_after_ms(self, milliseconds: u64) -> Self {
        self.with("visible_after_ms", milliseconds)
    }

    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0[name] = value.into();
        self
    }
}

impl From<Charge> for Value {
    fn from(charge: Charge) -> Self {
        charge.0
    }
}
