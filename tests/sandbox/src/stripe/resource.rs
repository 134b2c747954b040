//! The lists of the API: what they hold, what they are filtered by, and what a key needs to read
//! them.

use axum::http::StatusCode;

use super::error::Failure;
use super::expand::Node;
use super::ids::Kind;
use super::model::{DAY, Source};
use super::params::{CursorId, Params};
use super::render::{View, event_type};
use super::table::{Cursor, Window};

/// Events are kept this long.
const EVENT_AGE: i64 = 30 * DAY;

/// One kind of object with a list of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource {
    Transactions,
    Charges,
    Intents,
    Customers,
    Refunds,
    Disputes,
    Payouts,
    Transfers,
    ApplicationFees,
    TopUps,
    Events,
}

/// A page of row numbers, and whether more follow.
type Page = (Vec<u32>, bool);

impl Resource {
    pub(super) const ALL: [Self; 11] = [
        Self::Transactions,
        Self::Charges,
        Self::Intents,
        Self::Customers,
        Self::Refunds,
        Self::Disputes,
        Self::Payouts,
        Self::Transfers,
        Self::ApplicationFees,
        Self::TopUps,
        Self::Events,
    ];

    /// The list's path.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Transactions => "/v1/balance_transactions",
            Self::Charges => "/v1/charges",
            Self::Intents => "/v1/payment_intents",
            Self::Customers => "/v1/customers",
            Self::Refunds => "/v1/refunds",
            Self::Disputes => "/v1/disputes",
            Self::Payouts => "/v1/payouts",
            Self::Transfers => "/v1/transfers",
            Self::ApplicationFees => "/v1/application_fees",
            Self::TopUps => "/v1/topups",
            Self::Events => "/v1/events",
        }
    }

    /// What messages call an object of the list.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Transactions => "balance transaction",
            Self::Charges => "charge",
            Self::Intents => "payment_intent",
            Self::Customers => "customer",
            Self::Refunds => "refund",
            Self::Disputes => "dispute",
            Self::Payouts => "payout",
            Self::Transfers => "transfer",
            Self::ApplicationFees => "application fee",
            Self::TopUps => "topup",
            Self::Events => "event",
        }
    }

    /// What messages call the id in the path.
    pub(super) fn param(self) -> &'static str {
        match self {
            Self::Intents => "intent",
            _ => "id",
        }
    }

    /// The permission to read the list; refunds come with charges.
    pub(super) fn permission(self) -> &'static str {
        match self {
            Self::Transactions => "balance_read",
            Self::Charges | Self::Refunds => "charge_read",
            Self::Intents => "payment_intent_read",
            Self::Customers => "customer_read",
            Self::Disputes => "dispute_read",
            Self::Payouts => "payout_read",
            Self::Transfers => "transfer_read",
            Self::ApplicationFees => "application_fee_read",
            Self::TopUps => "top_up_read",
            Self::Events => "event_read",
        }
    }

    /// Parameters besides those that every list has.
    pub(super) fn filters(self) -> &'static [&'static str] {
        match self {
            Self::Transactions => &["currency", "payout", "source", "type"],
            Self::Charges => &["customer", "payment_intent", "transfer_group"],
            Self::Intents => &["customer", "customer_account"],
            Self::Customers => &["email", "test_clock"],
            Self::Refunds | Self::Disputes => &["charge", "payment_intent"],
            Self::Payouts => &["arrival_date", "destination", "status"],
            Self::Transfers => &["destination", "transfer_group"],
            Self::ApplicationFees => &["charge"],
            Self::TopUps => &["amount", "status"],
            Self::Events => &["delivery_success", "type", "types"],
        }
    }

    /// What can be expanded below an object of the list.
    pub(super) fn node(self) -> Node {
        match self {
            Self::Transactions => Node::Transaction,
            Self::Charges => Node::Charge,
            Self::Intents => Node::Intent,
            Self::Customers => Node::Customer,
            Self::Refunds => Node::Refund,
            Self::Disputes => Node::Dispute,
            Self::Payouts => Node::Payout,
            Self::Transfers => Node::Transfer,
            Self::ApplicationFees => Node::ApplicationFee,
            Self::TopUps => Node::TopUp,
            Self::Events => Node::Event,
        }
    }

    /// The kind of object `n` of the list.
    pub(super) fn kind(self, view: &View<'_>, n: u32) -> Kind {
        match self {
            Self::Transactions => Kind::Transaction,
            Self::Charges => view.store.charge_kind(n),
            Self::Intents => Kind::Intent,
            Self::Customers => Kind::Customer,
            Self::Refunds => match view.store.charge_kind(view.store.refunds.get(n).charge) {
                Kind::Charge => Kind::Refund,
                _ => Kind::PaymentRefund,
            },
            Self::Disputes => Kind::Dispute,
            Self::Payouts => Kind::Payout,
            Self::Transfers => Kind::Transfer,
            Self::ApplicationFees => Kind::ApplicationFee,
            Self::TopUps => Kind::TopUp,
            Self::Events => Kind::Event,
        }
    }

    /// The object of this list that an id names, if lists could show it now.
    pub(super) fn find(self, view: &View<'_>, id: &str) -> Option<(Kind, u32)> {
        let (kind, n) = view.store.find(id)?;
        let own = match self {
            Self::Transactions => kind == Kind::Transaction && view.store.visible(n, view.now_ms),
            Self::Events => kind == Kind::Event && shows_event(view, n),
            Self::Charges => matches!(kind, Kind::Charge | Kind::Payment),
            Self::Refunds => matches!(kind, Kind::Refund | Kind::PaymentRefund),
            _ => kind == self.kind(view, n),
        };
        own.then_some((kind, n))
    }

    /// One page of the list.
    ///
    /// # Errors
    /// 400 for a cursor or a filter that names nothing.
    pub(super) fn page(self, view: &View<'_>, params: &Params) -> Result<Page, Failure> {
        let window = self.window(view, params)?;
        let store = view.store;
        Ok(match self {
            Self::Transactions => return transactions(view, params, window),
            Self::Charges | Self::Intents => return self.charges(view, params, window),
            Self::Refunds => {
                let of = self.payment(view, params)?;
                let own = |charge: u32| of.is_none_or(|of| of == charge);
                store.refunds.page(window, |_, row| own(row.charge))
            }
            Self::Disputes => {
                let of = self.payment(view, params)?;
                let own = |charge: u32| of.is_none_or(|of| of == charge);
                store.disputes.page(window, |_, row| own(row.charge))
            }
            Self::Payouts => {
                let status = params.filter("status");
                store.payouts.page(window, |_, row| {
                    let returned = row.failure.is_some_and(|n| store.visible(n, view.now_ms));
                    let same = |status| status == view.payout_status(row, returned);
                    params.arrival.has(row.arrival) && status.is_none_or(same)
                })
            }
            Self::Customers => {
                let email = params.filter("email");
                let same =
                    |n: u32| email.is_none_or(|email| view.email(n).as_deref() == Some(email));
                store.customers.page(window, |n, row| !row.deleted && same(n))
            }
            Self::Transfers => {
                let grouped = params.filter("transfer_group").is_some();
                store.transfers.page(window, |_, _| !grouped)
            }
            Self::ApplicationFees => {
                let charged = params.filter("charge").is_some();
                store.application_fees.page(window, |_, _| !charged)
            }
            Self::TopUps => {
                let (amount, status) = (params.filter("amount"), params.filter("status"));
                store.topups.page(window, |_, row| {
                    let same = |status| status == view.topup_status(row.available_on);
                    status.is_none_or(same)
                        && amount.is_none_or(|amount| amount.parse() == Ok(row.amount))
                })
            }
            Self::Events => {
                let types: Vec<&str> =
                    params.values("type").chain(params.values("types")).collect();
                store.transactions.page(window, |n, row| {
                    let event = event_type(store, row).unwrap_or_default();
                    shows_event(view, n) && (types.is_empty() || types.contains(&event))
                })
            }
        })
    }

    fn charges(self, view: &View<'_>, params: &Params, window: Window) -> Result<Page, Failure> {
        let customer = match params.filter("customer") {
            Some(id) => Some(Self::Customers.named(view, id, "customer")?.1),
            None => None,
        };
        let intent = match params.filter("payment_intent") {
            Some(id) => Some(Self::Intents.named(view, id, "payment_intent")?.1),
            None => None,
        };
        let grouped = ["transfer_group", "customer_account"];
        let nothing = grouped.iter().any(|name| params.filter(name).is_some());
        Ok(view.store.charges.page(window, |n, row| {
            !nothing
                && (self == Self::Charges || row.has_intent)
                && customer.is_none_or(|customer| row.customer == Some(customer))
                && intent.is_none_or(|intent| intent == n)
        }))
    }

    /// The charge that `charge` or `payment_intent` filters by.
    fn payment(self, view: &View<'_>, params: &Params) -> Result<Option<u32>, Failure> {
        if let Some(id) = params.filter("charge") {
            return Ok(Some(Self::Charges.named(view, id, "charge")?.1));
        }
        match params.filter("payment_intent") {
            Some(id) => Ok(Some(Self::Intents.named(view, id, "payment_intent")?.1)),
            None => Ok(None),
        }
    }

    /// An object that a parameter names.
    fn named(self, view: &View<'_>, id: &str, param: &str) -> Result<(Kind, u32), Failure> {
        let missing = || Failure::missing(StatusCode::BAD_REQUEST, self.noun(), id, param);
        self.find(view, id).ok_or_else(missing)
    }

    fn window(self, view: &View<'_>, params: &Params) -> Result<Window, Failure> {
        let cursor = match &params.cursor {
            None => None,
            Some(CursorId::After(id)) => {
                Some(Cursor::After(self.named(view, id, "starting_after")?.1))
            }
            Some(CursorId::Before(id)) => {
                Some(Cursor::Before(self.named(view, id, "ending_before")?.1))
            }
        };
        Ok(Window { from: params.created.from, to: params.created.to, cursor, limit: params.limit })
    }
}

fn shows_event(view: &View<'_>, n: u32) -> bool {
    let row = view.store.transactions.get(n);
    view.store.visible(n, view.now_ms)
        && row.created >= view.now() - EVENT_AGE
        && event_type(view.store, row).is_some()
}

fn transactions(view: &View<'_>, params: &Params, window: Window) -> Result<Page, Failure> {
    let store = view.store;
    let word = |name: &str| params.filter(name).map(|text| store.words.find(text));
    let (kind, currency) = (word("type"), word("currency"));
    // An id that no record refers to filters everything away.
    let source = params.filter("source").map(|id| store.source(id).unwrap_or(Source::None));
    let payout = match params.filter("payout") {
        Some(id) => {
            let (_, n) = Resource::Payouts.named(view, id, "payout")?;
            if !store.payouts.get(n).automatic {
                let text = "Balance transaction history can only be filtered on automatic \
                    transfers, not manual.";
                return Err(Failure::param("invalid_request", "payout", text));
            }
            Some(n)
        }
        None => None,
    };
    Ok(store.transactions.page(window, |n, row| {
        kind.is_none_or(|kind| kind == Some(row.kind))
            && currency.is_none_or(|currency| currency == Some(row.currency))
            && source.is_none_or(|source| source != Source::None && source == row.source)
            && payout.is_none_or(|payout| row.payout == Some(payout))
            && store.visible(n, view.now_ms)
    }))
}
