//! What an account holds: compact rows that refer to each other by number.

use super::table::Row;
use super::words::Word;

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// One balance transaction: the only thing that moves a balance.
#[derive(Debug)]
pub(super) struct Transaction {
    pub(super) created: i64,
    pub(super) available_on: i64,
    /// When it came into being, in milliseconds: `created` for generated history, the moment of the
    /// call for records added later.
    pub(super) born_ms: i64,
    /// How much later than `born_ms` lists show it.
    pub(super) hidden_ms: i64,
    pub(super) amount: i64,
    pub(super) fee: i64,
    /// The effect on the balance: `amount - fee`, unless a test wants it otherwise.
    pub(super) net: i64,
    pub(super) fees: Box<[Fee]>,
    /// Settlement per presentment unit in millionths; 0 without conversion.
    pub(super) rate_micros: i64,
    pub(super) source: Source,
    pub(super) description: Text,
    /// The automatic payout that settles it.
    pub(super) payout: Option<u32>,
    pub(super) kind: Word,
    pub(super) category: Word,
    pub(super) balance: Word,
    pub(super) currency: Word,
}

/// One element of `fee_details`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fee {
    pub(super) amount: i64,
    pub(super) kind: Word,
    pub(super) description: Option<Word>,
    pub(super) application: Option<Word>,
    /// Another currency than the record's.
    pub(super) currency: Option<Word>,
}

/// The object that caused a balance transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    None,
    Charge(u32),
    Refund(u32),
    Dispute(u32),
    Payout(u32),
    Transfer(u32),
    TransferReversal(u32),
    ApplicationFee(u32),
    FeeRefund(u32),
    TopUp(u32),
    /// Numbered by the balance transaction itself, as are the next two.
    Reserve(u32),
    IssuingTransaction(u32),
    IssuingAuthorization(u32),
    /// An id given by a test, of an object that this simulation does not have.
    Named(Word),
}

/// A description that is composed when it is shown.
#[derive(Debug, Clone, Copy)]
pub(super) enum Text {
    None,
    Word(Word),
    /// `Order 1001`
    Order(u32),
    /// Chargeback withdrawal for a charge.
    Withdrawal(u32),
    /// Chargeback reversal for a charge.
    Reversal(u32),
}

/// How a charge was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Card,
    UsBankAccount,
    SepaDebit,
    Konbini,
}

impl Method {
    /// Its name in `payment_method_details.type`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::UsBankAccount => "us_bank_account",
            Self::SepaDebit => "sepa_debit",
            Self::Konbini => "konbini",
        }
    }
}

/// A charge, and the payment intent of the same number.
#[derive(Debug)]
pub(super) struct Charge {
    pub(super) created: i64,
    /// In `currency`, which the customer saw; the balance transaction has the settlement amount.
    pub(super) amount: i64,
    pub(super) refunded: i64,
    pub(super) currency: Word,
    pub(super) customer: Option<u32>,
    /// None when the bank declined it.
    pub(super) transaction: Option<u32>,
    pub(super) failure: Option<u32>,
    pub(super) dispute: Option<u32>,
    pub(super) method: Method,
    /// Until then a delayed method is pending.
    pub(super) settles: i64,
    pub(super) order: u32,
    pub(super) has_intent: bool,
    pub(super) application_fee: i64,
}

/// A refund of a charge, in the charge's currency.
#[derive(Debug)]
pub(super) struct Refund {
    pub(super) created: i64,
    pub(super) amount: i64,
    pub(super) charge: u32,
    pub(super) transaction: Option<u32>,
    pub(super) failure: Option<u32>,
}

/// A chargeback.
#[derive(Debug)]
pub(super) struct Dispute {
    pub(super) created: i64,
    pub(super) amount: i64,
    pub(super) charge: u32,
    pub(super) withdrawal: Option<u32>,
    pub(super) reinstated: Option<u32>,
    /// When the bank decides; won if `reinstated`, lost otherwise.
    pub(super) closes: i64,
    pub(super) reason: u8,
}

/// Money that leaves to the bank.
#[derive(Debug)]
pub(super) struct Payout {
    pub(super) created: i64,
    pub(super) arrival: i64,
    pub(super) amount: i64,
    pub(super) currency: Word,
    pub(super) automatic: bool,
    pub(super) instant: bool,
    pub(super) transaction: Option<u32>,
    /// The record that brought the money back, if it came back.
    pub(super) failure: Option<u32>,
    pub(super) canceled: bool,
}

/// Money sent to a connected account, and what came back of it.
#[derive(Debug)]
pub(super) struct Transfer {
    pub(super) created: i64,
    pub(super) amount: i64,
    pub(super) currency: Word,
    pub(super) transaction: Option<u32>,
    pub(super) reversal: Option<Return>,
}

/// The platform's cut of a connected account's charge, and what was given back of it.
#[derive(Debug)]
pub(super) struct ApplicationFee {
    pub(super) created: i64,
    pub(super) amount: i64,
    pub(super) currency: Word,
    pub(super) transaction: Option<u32>,
    pub(super) refund: Option<Return>,
}

/// What came back of a transfer or an application fee.
#[derive(Debug, Clone, Copy)]
pub(super) struct Return {
    pub(super) created: i64,
    pub(super) amount: i64,
    pub(super) transaction: u32,
}

/// Money added from the bank.
#[derive(Debug)]
pub(super) struct TopUp {
    pub(super) created: i64,
    pub(super) amount: i64,
    pub(super) currency: Word,
    pub(super) transaction: Option<u32>,
    pub(super) available_on: i64,
}

/// A customer; names and addresses follow from the number.
#[derive(Debug)]
pub(super) struct Customer {
    pub(super) created: i64,
    /// Index of the currency in which this customer usually pays.
    pub(super) money: u8,
    pub(super) business: bool,
    /// Gone: only its id answers, and lists skip it.
    pub(super) deleted: bool,
    /// What a test gave, in place of what follows from the number.
    pub(super) given: Option<Box<Given>>,
}

/// Particulars that a test gave a customer.
#[derive(Debug, Clone, Default)]
pub(super) struct Given {
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    /// First line of the address; the rest follows from the number.
    pub(super) street: Option<String>,
}

macro_rules! rows {
    ($($row:ty),*) => {
        $(impl Row for $row {
            fn created(&self) -> i64 {
                self.created
            }
        })*
    };
}
rows!(Transaction, Charge, Refund, Dispute, Payout, Transfer, ApplicationFee, TopUp, Customer);
