//! One account's data, and how its objects are named and found.

use std::collections::{BTreeMap, HashMap};

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::account::Mode;
use super::ids::{IdSpace, Kind};
use super::model::{
    ApplicationFee, Charge, Customer, DAY, Dispute, Method, Payout, Refund, Source, TopUp,
    Transaction, Transfer,
};
use super::table::Table;
use super::words::{Word, Words};

/// Days of history before the account's creation becomes visible: the account is older than its
/// first movement.
const ACCOUNT_AGE_DAYS: i64 = 740;

/// What tests turn at run time.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// `/v1/balance` answers what was true this long ago.
    pub(super) balance_lag_ms: i64,
    /// Lists show a record this long after it came into being.
    pub(super) list_lag_ms: i64,
    /// Added to `/v1/balance`, by currency: a balance that differs from the list.
    pub(super) balance_offset: BTreeMap<String, i64>,
    /// Requests that are answered in any second; 0 is no limit.
    pub(super) rate_limit: usize,
    /// Objects that cannot be written, by id: every answer with one of them is a 500, or a 403.
    pub(super) unrenderable: BTreeMap<String, Unrenderable>,
}

/// When an object cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Unrenderable {
    /// With expansions.
    Expanded,
    /// In a list, whatever is expanded; alone it can be.
    Listed,
    /// Never.
    Always,
    /// With expansions it needs a permission that no key has.
    Forbidden,
}

/// One account in one mode.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) account: String,
    pub(super) name: String,
    pub(super) live: bool,
    pub(super) created: i64,
    pub(super) ids: IdSpace,
    pub(super) words: Words,
    pub(super) rng: ChaCha8Rng,
    pub(super) settings: Settings,
    pub(super) transactions: Table<Transaction>,
    pub(super) charges: Table<Charge>,
    pub(super) refunds: Table<Refund>,
    pub(super) disputes: Table<Dispute>,
    pub(super) payouts: Table<Payout>,
    pub(super) transfers: Table<Transfer>,
    pub(super) application_fees: Table<ApplicationFee>,
    pub(super) topups: Table<TopUp>,
    pub(super) customers: Table<Customer>,
    /// Ids that tests gave to objects.
    named: HashMap<(Kind, u32), Box<str>>,
    names: HashMap<Box<str>, (Kind, u32)>,
}

impl Store {
    /// An account without movements, some time before `now`.
    pub(super) fn new(account: &str, mode: Mode, name: Option<&str>, now: i64, seed: u64) -> Self {
        Self {
            account: account.to_owned(),
            name: name.unwrap_or("Ledger Test Shop").to_owned(),
            live: mode == Mode::Live,
            created: (now - ACCOUNT_AGE_DAYS * DAY) / DAY * DAY,
            ids: IdSpace::new(account, mode.name()),
            words: Words::default(),
            rng: ChaCha8Rng::seed_from_u64(seed),
            settings: Settings::default(),
            transactions: Table::default(),
            charges: Table::default(),
            refunds: Table::default(),
            disputes: Table::default(),
            payouts: Table::default(),
            transfers: Table::default(),
            application_fees: Table::default(),
            topups: Table::default(),
            customers: Table::default(),
            named: HashMap::new(),
            names: HashMap::new(),
        }
    }

    /// The id of an object.
    pub(super) fn id(&self, kind: Kind, n: u32) -> String {
        match self.named.get(&(kind, n)) {
            Some(name) => name.to_string(),
            None => self.ids.encode(kind, n),
        }
    }

    /// Gives an object the id that a test asked for.
    pub(super) fn name_object(&mut self, kind: Kind, n: u32, id: &str) {
        self.named.insert((kind, n), id.into());
        self.names.insert(id.into(), (kind, n));
    }

    /// The existing object that an id names.
    pub(super) fn find(&self, id: &str) -> Option<(Kind, u32)> {
        if let Some(&found) = self.names.get(id) {
            return Some(found);
        }
        let (kind, n) = self.ids.decode(id)?;
        let card = |n| self.charges.get(n).method == Method::Card;
        let exists = match kind {
            Kind::Transaction | Kind::Event => n < self.transactions.count(),
            Kind::Charge => n < self.charges.count() && card(n),
            Kind::Payment => n < self.charges.count() && !card(n),
            Kind::Intent => n < self.charges.count() && self.charges.get(n).has_intent,
            Kind::Refund | Kind::PaymentRefund => n < self.refunds.count(),
            Kind::Dispute => n < self.disputes.count(),
            Kind::Payout => n < self.payouts.count(),
            Kind::Customer => n < self.customers.count(),
            Kind::Transfer => n < self.transfers.count(),
            Kind::TransferReversal => {
                n < self.transfers.count() && self.transfers.get(n).reversal.is_some()
            }
            Kind::ApplicationFee => n < self.application_fees.count(),
            Kind::FeeRefund => {
                n < self.application_fees.count() && self.application_fees.get(n).refund.is_some()
            }
            Kind::TopUp => n < self.topups.count(),
            Kind::Reserve | Kind::IssuingTransaction | Kind::IssuingAuthorization => {
                n < self.transactions.count()
            }
        };
        (exists && self.id(kind, n) == id).then_some((kind, n))
    }

    /// The kind of id a charge has: `ch_…` for cards, `py_…` for the rest.
    pub(super) fn charge_kind(&self, n: u32) -> Kind {
        match self.charges.get(n).method {
            Method::Card => Kind::Charge,
            _ => Kind::Payment,
        }
    }

    /// The id of a charge.
    pub(super) fn charge_id(&self, n: u32) -> String {
        self.id(self.charge_kind(n), n)
    }

    /// The id of a refund: `re_…`, or `pyr_…` when it is not a card's.
    pub(super) fn refund_id(&self, n: u32) -> String {
        match self.charge_kind(self.refunds.get(n).charge) {
            Kind::Charge => self.id(Kind::Refund, n),
            _ => self.id(Kind::PaymentRefund, n),
        }
    }

    /// The source that an id names: an object of this account, or a word that records use.
    pub(super) fn source(&self, id: &str) -> Option<Source> {
        let Some((kind, n)) = self.find(id) else {
            return self.words.find(id).map(Source::Named);
        };
        Some(match kind {
            Kind::Charge | Kind::Payment => Source::Charge(n),
            Kind::Refund | Kind::PaymentRefund => Source::Refund(n),
            Kind::Dispute => Source::Dispute(n),
            Kind::Payout => Source::Payout(n),
            Kind::Transfer => Source::Transfer(n),
            Kind::TransferReversal => Source::TransferReversal(n),
            Kind::ApplicationFee => Source::ApplicationFee(n),
            Kind::FeeRefund => Source::FeeRefund(n),
            Kind::TopUp => Source::TopUp(n),
            Kind::Reserve => Source::Reserve(n),
            Kind::IssuingTransaction => Source::IssuingTransaction(n),
            Kind::IssuingAuthorization => Source::IssuingAuthorization(n),
            Kind::Transaction | Kind::Event | Kind::Intent | Kind::Customer => return None,
        })
    }

    /// When lists begin to show a record, in milliseconds.
    pub(super) fn visible_from(&self, row: &Transaction) -> i64 {
        row.born_ms + row.hidden_ms.max(self.settings.list_lag_ms)
    }

    /// Whether lists show a record at `now_ms`. A record of generated history with `created` in the
    /// past has always been there; one that a test dates into the future is there at once, as with
    /// test clocks.
    pub(super) fn visible(&self, n: u32, now_ms: i64) -> bool {
        self.visible_from(self.transactions.get(n)) <= now_ms
    }

    /// Gives all rows that were added their place in the lists.
    pub(super) fn place_all(&mut self) {
        self.transactions.place();
        self.charges.place();
        self.refunds.place();
        self.disputes.place();
        self.payouts.place();
        self.transfers.place();
        self.application_fees.place();
        self.topups.place();
        self.customers.place();
    }

    /// A word for a text that records use.
    pub(super) fn word(&mut self, text: &str) -> Word {
        self.words.intern(text)
    }
}
