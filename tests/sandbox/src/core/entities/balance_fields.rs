//! The fields of a new balance, and the rules for them.

use std::collections::BTreeMap;

use super::{BalanceRequest, STRATEGIES};
use crate::core::error::{self, ApiError};
use crate::core::types::GENERAL_LEDGER;

/// The fields of a new balance, as Core reads them: absent ones are empty.
pub(super) struct BalanceFields {
    pub(super) ledger_id: String,
    pub(super) currency: String,
    pub(super) identity_id: String,
    pub(super) indicator: String,
    pub(super) lineage: bool,
    pub(super) strategy: String,
}

impl BalanceFields {
    pub(super) fn of(request: &BalanceRequest) -> Self {
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        Self {
            ledger_id: text(&request.ledger_id),
            currency: text(&request.currency),
            identity_id: text(&request.identity_id),
            indicator: text(&request.indicator).trim().to_owned(),
            lineage: request.track_fund_lineage.unwrap_or_default(),
            strategy: text(&request.allocation_strategy).trim().to_uppercase(),
        }
    }

    /// The rules that need nothing but the request.
    pub(super) fn check(&self) -> Result<(), ApiError> {
        let mut broken = BTreeMap::new();
        let blank = "cannot be blank";
        if self.ledger_id.is_empty() {
            broken.insert("ledger_id", blank);
        }
        if self.currency.is_empty() {
            broken.insert("currency", blank);
        }
        if self.lineage && self.identity_id.is_empty() {
            let message = "identity_id is required when track_fund_lineage is enabled";
            broken.insert("identity_id", message);
        }
        if !self.strategy.is_empty() && !STRATEGIES.contains(&self.strategy.as_str()) {
            let message = "allocation_strategy must be one of: FIFO, LIFO, PROPORTIONAL";
            broken.insert("allocation_strategy", message);
        }
        if let Some(message) = broken_indicator(&self.indicator, &self.ledger_id) {
            broken.insert("indicator", message);
        }
        if broken.is_empty() {
            return Ok(());
        }
        let texts: Vec<_> = broken.iter().map(|(k, v)| format!("{k}: {v}")).collect();
        let message = format!("{}.", texts.join("; "));
        Err(ApiError::new(error::VALIDATION, message).plural())
    }
}

fn broken_indicator(indicator: &str, ledger_id: &str) -> Option<&'static str> {
    if indicator.is_empty() {
        return None;
    }
    if ledger_id != GENERAL_LEDGER {
        return Some(
            "indicator is only allowed for General Ledger balances (ledger_id = general_ledger_id)",
        );
    }
    let name = indicator.strip_prefix('@').unwrap_or_default();
    let well_formed = !name.is_empty() && !name.contains(char::is_whitespace);
    (!well_formed)
        .then_some("indicator must start with '@' and contain no whitespace (e.g. '@cash')")
}
