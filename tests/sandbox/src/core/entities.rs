//! Ledgers, balances and identities: creation, links and metadata.

mod balance_fields;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use uuid::Uuid;

use self::balance_fields::BalanceFields;
use super::database;
use super::error::{self, ApiError};
use super::meta::{Meta, MetaInput};
use super::state::{Stamp, State};
use super::time::parse_rfc3339;
use super::types::{Balance, FIRST_VERSION, IDENTITY_FIELDS, Identity, Ledger, Parent};

/// The body of `POST /ledgers`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct LedgerRequest {
    /// Required.
    pub name: Option<String>,
    /// Free keys and values.
    pub meta_data: Option<MetaInput>,
}

/// The body of `POST /balances`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct BalanceRequest {
    /// Required.
    pub ledger_id: Option<String>,
    /// An identity that exists.
    pub identity_id: Option<String>,
    /// Required.
    pub currency: Option<String>,
    /// `@name`, in the general ledger only.
    pub indicator: Option<String>,
    /// Kept without effect.
    pub track_fund_lineage: Option<bool>,
    /// Kept without effect.
    pub allocation_strategy: Option<String>,
    /// Free keys and values.
    pub meta_data: Option<MetaInput>,
}

/// The body of `POST /identities` and `PUT /identities/{id}`.
#[derive(Debug, Clone, Default)]
pub struct IdentityRequest {
    identity_id: String,
    fields: [String; IDENTITY_FIELDS.len()],
    dob: Option<i64>,
    meta_data: Option<MetaInput>,
}

impl IdentityRequest {
    /// The same without the id that the caller chose.
    pub fn without_id(self) -> Self {
        Self { identity_id: String::new(), ..self }
    }
}

impl<'de> Deserialize<'de> for IdentityRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut body = Map::deserialize(deserializer)?;
        let mut text = |field: &str| match body.remove(field) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(serde::de::Error::custom(format!("{field} must be a string"))),
        };
        let mut request = Self { identity_id: text("identity_id")?, ..Self::default() };
        for (value, field) in request.fields.iter_mut().zip(IDENTITY_FIELDS) {
            *value = text(field)?;
        }
        request.dob = match body.remove("dob") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(parse_rfc3339(&text).ok_or_else(|| {
                serde::de::Error::custom(format!("parsing time {text:?}: not RFC 3339"))
            })?),
            Some(_) => return Err(serde::de::Error::custom("dob must be a string")),
        };
        request.meta_data = match body.remove("meta_data") {
            None | Some(Value::Null) => None,
            Some(Value::Object(map)) => Some(map),
            Some(_) => return Err(serde::de::Error::custom("meta_data must be an object")),
        };
        Ok(request)
    }
}

const STRATEGIES: [&str; 3] = ["FIFO", "LIFO", "PROPORTIONAL"];

impl State {
    /// `POST /ledgers`. Names are not unique: a repeated call makes a second ledger.
    ///
    /// # Errors
    /// A name that is missing.
    pub fn create_ledger(
        &mut self,
        request: LedgerRequest,
        stamp: &mut Stamp<'_>,
    ) -> Result<u32, ApiError> {
        let name = ledger_name(request.name)?;
        let meta = request.meta_data.map(|meta| self.meta_of(&meta));
        Ok(self.push_ledger(Ledger {
            id: format!("ldg_{}", (stamp.fresh)()),
            name,
            created_at: stamp.now,
            meta,
        }))
    }

    /// `PUT /ledgers/{id}`: its name, and nothing else of it.
    ///
    /// # Errors
    /// A name that is missing; an unknown ledger.
    pub fn rename_ledger(&mut self, id: &str, request: LedgerRequest) -> Result<u32, ApiError> {
        let name = ledger_name(request.name)?;
        let at = *self.ledger_ids.get(id).ok_or_else(no_ledger)?;
        self.ledgers[at as usize].name = name;
        Ok(at)
    }

    /// `POST /balances`. Without an indicator a repeated call makes a second balance.
    ///
    /// # Errors
    /// Broken rules; an unknown ledger or identity; an indicator taken in this currency.
    pub fn create_balance(
        &mut self,
        request: BalanceRequest,
        stamp: &mut Stamp<'_>,
    ) -> Result<u32, ApiError> {
        let fields = BalanceFields::of(&request);
        fields.check()?;
        let (ledger, identity) = self.links_of(&fields)?;
        let BalanceFields { currency, indicator, lineage, strategy, .. } = fields;
        let meta = request.meta_data.map(|meta| self.meta_of(&meta));
        let balance = Balance {
            id: format!("bln_{}", (stamp.fresh)()),
            indicator: (!indicator.is_empty()).then(|| self.intern(&indicator)),
            currency: self.intern(&currency),
            ledger,
            identity,
            credit: 0,
            debit: 0,
            inflight_credit: 0,
            inflight_debit: 0,
            created_at: stamp.now,
            meta,
            track_fund_lineage: lineage,
            allocation_strategy: if strategy.is_empty() {
                STRATEGIES[0].to_owned()
            } else {
                strategy
            },
            version: FIRST_VERSION,
            txns: Vec::new(),
        };
        Ok(self.push_balance(balance))
    }

    /// The ledger and the identity of a new balance.
    fn links_of(&self, fields: &BalanceFields) -> Result<(u32, Option<u32>), ApiError> {
        let BalanceFields { ledger_id, currency, identity_id, indicator, .. } = fields;
        let ledger = self.ledger_ids.get(ledger_id).copied();
        let identity = self.identity_ids.get(identity_id).copied();
        let invalid =
            |details| ApiError::new(error::BAD_REQUEST, "Invalid ledger ID").details(details);
        let ledger = ledger.ok_or_else(|| {
            invalid(database::absent("balances", "ledger_id", ledger_id, "ledgers"))
        })?;
        if !identity_id.is_empty() && identity.is_none() {
            let absent = database::absent("balances", "identity_id", identity_id, "identity");
            return Err(invalid(absent));
        }
        if !indicator.is_empty() && self.by_indicator(indicator, currency).is_some() {
            let message =
                format!("Balance already exists for indicator '{indicator}' and '{currency}'");
            let details = database::taken(
                "balances",
                "unique_indicator_currency",
                "indicator, currency",
                &format!("{indicator}, {currency}"),
            );
            return Err(ApiError::new(error::CONFLICT, message).details(details));
        }
        Ok((ledger, identity))
    }

    /// `POST /identities`. Nothing but the form of a given id is validated.
    ///
    /// # Errors
    /// An id of another form, or one that exists.
    pub fn create_identity(
        &mut self,
        request: IdentityRequest,
        stamp: &mut Stamp<'_>,
    ) -> Result<u32, ApiError> {
        let refused = |message: String| ApiError::new(error::IDT_VALIDATION, message);
        let mut id = request.identity_id;
        if id.is_empty() {
            id = format!("idt_{}", (stamp.fresh)());
        }
        let Some(suffix) = id.strip_prefix("idt_") else {
            return Err(refused("identity_id must start with the 'idt_' prefix".to_owned()));
        };
        if Uuid::try_parse(suffix).is_err() {
            let message = "identity_id suffix after 'idt_' must be a valid UUID";
            return Err(refused(message.to_owned()).caused());
        }
        if self.identity_ids.contains_key(&id) {
            let details =
                database::taken("identity", "identity_identity_id_key", "identity_id", &id);
            return Err(refused(format!("Identity already exists: {id}")).details(details));
        }
        let meta = request.meta_data.map(|meta| self.meta_of(&meta));
        Ok(self.push_identity(Identity {
            id,
            fields: request.fields,
            dob: request.dob,
            created_at: stamp.now,
            meta,
            balances: Vec::new(),
        }))
    }

    /// `PUT /identities/{id}`: sets what is not empty, and replaces the whole metadata when it is
    /// given.
    ///
    /// # Errors
    /// Nothing to set; an unknown identity.
    pub fn update_identity(&mut self, id: &str, request: IdentityRequest) -> Result<(), ApiError> {
        let blank = request.fields.iter().all(String::is_empty);
        if blank && request.dob.is_none() && request.meta_data.is_none() {
            let message = "No fields provided for update";
            return Err(ApiError::new(error::BAD_REQUEST, message));
        }
        let Some(&at) = self.identity_ids.get(id) else {
            let message = format!("Identity with ID '{id}' not found");
            return Err(ApiError::new(error::IDT_NOT_FOUND, message));
        };
        let meta = request.meta_data.map(|meta| self.meta_of(&meta));
        let identity = &mut self.identities[at as usize];
        for (value, given) in identity.fields.iter_mut().zip(request.fields) {
            if !given.is_empty() {
                *value = given;
            }
        }
        identity.dob = request.dob.or(identity.dob);
        if let Some(meta) = meta {
            self.identity_meta.add(at, Some(&meta));
            identity.meta = Some(meta);
        }
        Ok(())
    }

    /// `PUT /balances/{id}/identity`: links a balance to an identity, whatever it was linked to
    /// before.
    ///
    /// # Errors
    /// An unknown identity, then an unknown balance.
    pub fn link_identity(&mut self, balance_id: &str, identity_id: &str) -> Result<(), ApiError> {
        let missing = |what: &str, id: &str| {
            ApiError::new(error::BAL_NOT_FOUND, format!("{what} with ID '{id}' not found")).caused()
        };
        let Some(&identity) = self.identity_ids.get(identity_id) else {
            return Err(missing("Identity", identity_id));
        };
        let Some(&balance) = self.balance_ids.get(balance_id) else {
            return Err(missing("Balance", balance_id));
        };
        self.balances[balance as usize].identity = Some(identity);
        let known = &mut self.identities[identity as usize].balances;
        if !known.contains(&balance) {
            known.push(balance);
        }
        Ok(())
    }

    /// `POST /{id}/metadata`: merges top-level keys. The answer holds the merged metadata, but for
    /// transactions only what was sent; there the rows whose parent it is are changed too.
    ///
    /// # Errors
    /// An id whose prefix is not known; an id that does not exist.
    pub fn merge_metadata(&mut self, id: &str, input: &MetaInput) -> Result<Meta, ApiError> {
        let missing = || ApiError::new(error::META_NOT_FOUND, "entity not found");
        if id.starts_with("txn_") || id.starts_with("bulk_") {
            return self.merge_txn_metadata(id, input).ok_or_else(missing);
        }
        let table = match id.split_once('_') {
            Some(("ldg", _)) => &self.ledger_ids,
            Some(("bln", _)) => &self.balance_ids,
            Some(("idt", _)) => &self.identity_ids,
            _ => {
                let message = format!("invalid entity ID format: {id}");
                return Err(ApiError::new(error::META_INVALID_ID, message));
            }
        };
        let at = *table.get(id).ok_or_else(missing)?;
        let slot = at as usize;
        let mut meta = match &id[..3] {
            "ldg" => self.ledgers[slot].meta.clone(),
            "bln" => self.balances[slot].meta.clone(),
            _ => self.identities[slot].meta.clone(),
        }
        .unwrap_or_default();
        self.merge_into(&mut meta, input);
        match &id[..3] {
            "ldg" => self.ledgers[slot].meta = Some(meta.clone()),
            "bln" => {
                self.balance_meta.add(at, Some(&meta));
                self.balances[slot].meta = Some(meta.clone());
            }
            _ => {
                self.identity_meta.add(at, Some(&meta));
                self.identities[slot].meta = Some(meta.clone());
            }
        }
        Ok(meta)
    }

    fn merge_txn_metadata(&mut self, id: &str, input: &MetaInput) -> Option<Meta> {
        let parent = Parent::parse(id)?;
        let mut rows = self.children.get(&parent).cloned().unwrap_or_default();
        if let Parent::Txn(id) = parent {
            rows.extend(self.txn_ids.get(&id));
        }
        if rows.is_empty() {
            return None;
        }
        for at in rows {
            let mut meta = self.txn(at).meta.clone();
            self.merge_into(&mut meta, input);
            self.txn_meta.add(at, Some(&meta));
            self.txns[at as usize].meta = meta;
        }
        Some(self.meta_of(input))
    }
}

fn ledger_name(given: Option<String>) -> Result<String, ApiError> {
    let blank = || ApiError::new(error::VALIDATION, "name: cannot be blank.").plural();
    given.filter(|name| !name.is_empty()).ok_or_else(blank)
}

/// The error of an unknown ledger.
pub(super) fn no_ledger() -> ApiError {
    ApiError::new(error::LGR_NOT_FOUND, "Ledger not found").caused()
}
