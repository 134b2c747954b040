//! Balances as a post would leave them.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::core::decimal::major_text;
use crate::core::posting::{Refusal, moved};
use crate::core::request::Post;
use crate::core::state::State;
use crate::core::types::Figures;

#[derive(Debug, Serialize)]
pub(crate) struct Projection {
    pub(crate) balance_id: String,
    pub(crate) role: &'static str,
    pub(crate) currency: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    r#virtual: bool,
    #[serde(flatten)]
    pub(crate) sums: serde_json::Map<String, serde_json::Value>,
}

/// Balances as they would be, in the order they were first touched.
pub(crate) struct Working<'a> {
    pub(crate) state: &'a State,
    pub(crate) touched: Vec<Touched>,
    pub(crate) by_id: HashMap<String, usize>,
}

pub(crate) struct Touched {
    pub(crate) id: String,
    pub(crate) role: &'static str,
    pub(crate) currency: String,
    pub(crate) unborn: bool,
    pub(crate) before: Figures,
    pub(crate) now: Figures,
}

impl<'a> Working<'a> {
    pub(crate) fn new(state: &'a State) -> Self {
        Self { state, touched: Vec::new(), by_id: HashMap::new() }
    }

    pub(crate) fn resolve(
        &mut self,
        side: &str,
        currency: &str,
        role: &'static str,
    ) -> Result<usize, Refusal> {
        let named = side.starts_with('@');
        let row = if named {
            self.state.by_indicator(side, currency)
        } else {
            self.state.balance_ids.get(side).copied()
        };
        let balance = row.map(|row| self.state.balance(row));
        if balance.is_none() && !named {
            return Err(Refusal::UnknownBalance(side.to_owned()));
        }
        let id = balance.map_or(side, |balance| &balance.id);
        if let Some(known) = self.by_id.get(id) {
            return Ok(*known);
        }
        let before = balance.map(crate::core::types::Balance::figures).unwrap_or_default();
        self.by_id.insert(id.to_owned(), self.touched.len());
        self.touched.push(Touched {
            id: id.to_owned(),
            role,
            currency: balance.map_or(currency, |balance| &balance.currency).to_owned(),
            unborn: balance.is_none(),
            before,
            now: before,
        });
        Ok(self.touched.len() - 1)
    }

    /// The outer error is a refusal of the whole dry run, the inner one what it would tell.
    pub(crate) fn post(&mut self, post: &Post) -> Result<Result<(), Refusal>, Refusal> {
        let from = self.resolve(&post.source, &post.currency, "source")?;
        let to = self.resolve(&post.destination, &post.currency, "destination")?;
        Ok(self.try_move(post, from, to))
    }

    pub(crate) fn try_move(&mut self, post: &Post, from: usize, to: usize) -> Result<(), Refusal> {
        if from == to {
            return Err(Refusal::SameBalance(self.touched[from].id.clone()));
        }
        let (source, destination) = moved(post, self.touched[from].now, self.touched[to].now)?;
        (self.touched[from].now, self.touched[to].now) = (source, destination);
        Ok(())
    }

    pub(crate) fn projections(&self) -> Vec<Projection> {
        self.touched.iter().map(Touched::projection).collect()
    }
}

impl Touched {
    pub(crate) fn projection(&self) -> Projection {
        let mut sums = serde_json::Map::new();
        for (when, figures) in [("current", self.before), ("resulting", self.now)] {
            let values = [
                ("balance", figures.balance()),
                ("available", figures.available()),
                ("credit_balance", figures.credit),
                ("debit_balance", figures.debit),
                ("inflight_debit_balance", figures.inflight_debit),
                ("inflight_credit_balance", figures.inflight_credit),
            ];
            sums.extend(
                values.map(|(name, value)| (format!("{when}_{name}"), value.to_string().into())),
            );
        }
        Projection {
            balance_id: self.id.clone(),
            role: self.role,
            currency: self.currency.clone(),
            r#virtual: self.unborn,
            sums,
        }
    }
}

pub(crate) fn raw(amount: i128, precision: i64) -> Box<RawValue> {
    RawValue::from_string(major_text(amount, precision))
        .unwrap_or_else(|_| RawValue::NULL.to_owned())
}
