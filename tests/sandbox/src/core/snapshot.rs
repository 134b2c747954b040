//! A ledger as a JSON document, and back: to stop a sandbox today and go on tomorrow, or to begin a
//! test in the middle.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::meta::{Meta, MetaInput};
use super::state::State;
use super::types::{
    Balance, Dates, FIRST_VERSION, Figures, IDENTITY_FIELDS, Identity, Ledger, Parent, Status, Txn,
    parse_uuid,
};

/// All rows of a ledger. Times are microseconds since the epoch, amounts minor units.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    pub(super) ledgers: Vec<LedgerRow>,
    pub(super) identities: Vec<IdentityRow>,
    pub(super) balances: Vec<BalanceRow>,
    pub(super) transactions: Vec<TxnRow>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LedgerRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) created_at: i64,
    pub(super) meta_data: Option<Box<RawValue>>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct IdentityRow {
    pub(super) id: String,
    pub(super) fields: Vec<String>,
    pub(super) dob: Option<i64>,
    pub(super) created_at: i64,
    pub(super) meta_data: Option<Box<RawValue>>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct BalanceRow {
    pub(super) id: String,
    pub(super) indicator: Option<String>,
    pub(super) currency: String,
    pub(super) ledger: String,
    pub(super) identity: Option<String>,
    pub(super) credit: i128,
    pub(super) debit: i128,
    pub(super) inflight_credit: i128,
    pub(super) inflight_debit: i128,
    pub(super) created_at: i64,
    pub(super) meta_data: Option<Box<RawValue>>,
    pub(super) track_fund_lineage: bool,
    pub(super) allocation_strategy: String,
    #[serde(default)]
    pub(super) version: Option<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct TxnRow {
    pub(super) id: String,
    pub(super) parent: Option<String>,
    pub(super) source: String,
    pub(super) destination: String,
    pub(super) reference: String,
    pub(super) currency: String,
    pub(super) description: String,
    pub(super) amount: i128,
    pub(super) precision: i64,
    pub(super) status: Cow<'static, str>,
    pub(super) hash: String,
    pub(super) created_at: i64,
    pub(super) effective_at: Option<i64>,
    pub(super) scheduled_for: Option<i64>,
    pub(super) inflight_expiry: Option<i64>,
    pub(super) inflight_commit: Option<i64>,
    pub(super) meta_data: Box<RawValue>,
}

fn meta_text(meta: &Meta) -> Box<RawValue> {
    let text = serde_json::to_string(meta).unwrap_or_default();
    RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

impl State {
    /// All its rows.
    pub fn snapshot(&self) -> Snapshot {
        let ledgers = self.ledgers.iter().map(|ledger| LedgerRow {
            id: ledger.id.clone(),
            name: ledger.name.clone(),
            created_at: ledger.created_at,
            meta_data: ledger.meta.as_ref().map(meta_text),
        });
        let identities = self.identities.iter().map(|identity| IdentityRow {
            id: identity.id.clone(),
            fields: identity.fields.to_vec(),
            dob: identity.dob,
            created_at: identity.created_at,
            meta_data: identity.meta.as_ref().map(meta_text),
        });
        Snapshot {
            ledgers: ledgers.collect(),
            identities: identities.collect(),
            balances: self.balances.iter().map(|balance| self.balance_row(balance)).collect(),
            transactions: self.txns.iter().map(|txn| self.txn_row(txn)).collect(),
        }
    }

    fn balance_row(&self, balance: &Balance) -> BalanceRow {
        BalanceRow {
            id: balance.id.clone(),
            indicator: balance.indicator.as_deref().map(str::to_owned),
            currency: balance.currency.to_string(),
            ledger: self.ledgers[balance.ledger as usize].id.clone(),
            identity: balance.identity.map(|at| self.identities[at as usize].id.clone()),
            credit: balance.credit,
            debit: balance.debit,
            inflight_credit: balance.inflight_credit,
            inflight_debit: balance.inflight_debit,
            created_at: balance.created_at,
            meta_data: balance.meta.as_ref().map(meta_text),
            track_fund_lineage: balance.track_fund_lineage,
            allocation_strategy: balance.allocation_strategy.clone(),
            version: Some(balance.version),
        }
    }

    fn txn_row(&self, txn: &Txn) -> TxnRow {
        let dates = txn.dates.as_deref().copied().unwrap_or_default();
        TxnRow {
            id: Parent::Txn(txn.id).text(),
            parent: txn.parent.map(Parent::text),
            source: self.balance(txn.source).id.clone(),
            destination: self.balance(txn.destination).id.clone(),
            reference: txn.reference.to_string(),
            currency: txn.currency.to_string(),
            description: txn.description.to_string(),
            amount: txn.amount,
            precision: txn.precision,
            status: Cow::Borrowed(txn.status.as_str()),
            hash: hex::encode(txn.hash),
            created_at: txn.created_at,
            effective_at: txn.effective,
            scheduled_for: dates.scheduled_for,
            inflight_expiry: dates.inflight_expiry,
            inflight_commit: dates.inflight_commit,
            meta_data: meta_text(&txn.meta),
        }
    }

    /// The ledger that a snapshot was taken of.
    ///
    /// # Errors
    /// A row that names what is not there, that cannot be read, or that is there twice.
    pub fn restore(snapshot: Snapshot) -> Result<Self, String> {
        let mut state = Self::default();
        for row in snapshot.ledgers {
            let meta = state.read_meta(row.meta_data.as_deref())?;
            state.push_ledger(Ledger {
                id: row.id,
                name: row.name,
                created_at: row.created_at,
                meta,
            });
        }
        for row in snapshot.identities {
            let meta = state.read_meta(row.meta_data.as_deref())?;
            let fields: Result<[String; IDENTITY_FIELDS.len()], _> = row.fields.try_into();
            let fields =
                fields.map_err(|_| format!("{}: not as many fields as there are", row.id))?;
            state.push_identity(Identity {
                id: row.id,
                fields,
                dob: row.dob,
                created_at: row.created_at,
                meta,
                balances: Vec::new(),
            });
        }
        for row in snapshot.balances {
            state.restore_balance(row)?;
        }
        for row in snapshot.transactions {
            state.restore_txn(&row)?;
        }
        Ok(state)
    }

    fn read_meta(&mut self, text: Option<&RawValue>) -> Result<Option<Meta>, String> {
        let Some(text) = text else { return Ok(None) };
        let input: MetaInput =
            serde_json::from_str(text.get()).map_err(|error| format!("meta_data: {error}"))?;
        Ok(Some(self.meta_of(&input)))
    }

    fn restore_balance(&mut self, row: BalanceRow) -> Result<(), String> {
        let missing = |what: &str| format!("{}: its {what} is not there", row.id);
        let ledger = *self.ledger_ids.get(&row.ledger).ok_or_else(|| missing("ledger"))?;
        let identity = row
            .identity
            .as_ref()
            .map(|id| self.identity_ids.get(id).copied().ok_or_else(|| missing("identity")));
        let identity = identity.transpose()?;
        let taken = row
            .indicator
            .as_ref()
            .is_some_and(|name| self.by_indicator(name, &row.currency).is_some());
        if taken || self.balance_ids.contains_key(&row.id) {
            return Err(format!("{}: it is there twice", row.id));
        }
        let mut balance = Balance {
            indicator: row.indicator.as_deref().map(|name| self.intern(name)),
            currency: self.intern(&row.currency),
            meta: self.read_meta(row.meta_data.as_deref())?,
            ledger,
            identity,
            credit: 0,
            debit: 0,
            inflight_credit: 0,
            inflight_debit: 0,
            created_at: row.created_at,
            track_fund_lineage: row.track_fund_lineage,
            allocation_strategy: row.allocation_strategy,
            id: row.id,
            version: FIRST_VERSION,
            txns: Vec::new(),
        };
        balance.set_figures(Figures {
            credit: row.credit,
            debit: row.debit,
            inflight_credit: row.inflight_credit,
            inflight_debit: row.inflight_debit,
        });
        balance.version = row.version.unwrap_or(FIRST_VERSION);
        self.push_balance(balance);
        Ok(())
    }

    fn restore_txn(&mut self, row: &TxnRow) -> Result<(), String> {
        let broken = |what: &str| format!("{}: {what}", row.id);
        let side = |id: &str| {
            self.balance_ids.get(id).copied().ok_or_else(|| broken("a balance of it is not there"))
        };
        let (source, destination) = (side(&row.source)?, side(&row.destination)?);
        let id = row
            .id
            .strip_prefix("txn_")
            .and_then(parse_uuid)
            .ok_or_else(|| broken("no id of a transaction"))?;
        if self.txn_ids.contains_key(&id) || self.references.contains_key(row.reference.as_str()) {
            return Err(broken("its id or its reference is there twice"));
        }
        let mut hash = [0; 32];
        hex::decode_to_slice(&row.hash, &mut hash)
            .map_err(|_| broken("its hash cannot be read"))?;
        let dates = Dates {
            scheduled_for: row.scheduled_for,
            inflight_expiry: row.inflight_expiry,
            inflight_commit: row.inflight_commit,
        };
        let parent = row
            .parent
            .as_deref()
            .map(|parent| Parent::parse(parent).ok_or_else(|| broken("its parent cannot be read")));
        let txn = Txn {
            id,
            parent: parent.transpose()?,
            source,
            destination,
            status: Status::parse(&row.status)
                .ok_or_else(|| broken("its status cannot be read"))?,
            reference: row.reference.as_str().into(),
            currency: self.intern(&row.currency),
            description: row.description.as_str().into(),
            amount: row.amount,
            precision: row.precision,
            hash,
            created_at: row.created_at,
            effective: row.effective_at,
            dates: (dates != Dates::default()).then(|| Box::new(dates)),
            meta: self.read_meta(Some(&row.meta_data))?.unwrap_or_default(),
        };
        self.push_txn(txn);
        Ok(())
    }
}
