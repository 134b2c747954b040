//! Figures by day or month, for charts and a calendar.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stripe_sync::app::figures::DayState;
use stripe_sync::model::money::Currency;
use stripe_sync::model::statement::{BySubject, Point};
use utoipa::{IntoParams, ToSchema};

use crate::dto::statements::FiguresStanding;

/// A span of a series.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeriesQuery {
    /// The first UTC day, `yyyy-mm-dd`.
    pub(crate) from: String,
    /// The last UTC day, `yyyy-mm-dd`. Up to 92 days the points are days, beyond that months.
    pub(crate) to: String,
    /// Only this currency, for example `USD`.
    pub(crate) currency: Option<String>,
}

/// Figures by day or month, for charts and a calendar.
#[derive(Serialize, ToSchema)]
pub(crate) struct Series {
    #[serde(flatten)]
    standing: FiguresStanding,
    /// The span of a point.
    step: SeriesStep,
    currencies: Vec<SeriesOfCurrency>,
    /// How each day with records compares with the ledger; empty for months.
    days: Vec<CalendarDay>,
}

/// The span of a point of a series.
#[derive(Serialize, ToSchema, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SeriesStep {
    /// A UTC day.
    Day,
    /// A UTC month.
    Month,
}

/// One currency, over all balances.
#[derive(Serialize, ToSchema)]
pub(crate) struct SeriesOfCurrency {
    currency: String,
    exponent: u32,
    points: Vec<SeriesPoint>,
}

/// A point: amounts are decimal strings of minor units that add up to `net`.
#[derive(Serialize, ToSchema)]
pub(crate) struct SeriesPoint {
    /// `yyyy-mm-dd`, or `yyyy-mm`.
    at: String,
    pay_ins: String,
    refunds: String,
    disputes: String,
    fees: String,
    payouts: String,
    other: String,
    net: String,
}

/// A day of the calendar.
#[derive(Serialize, ToSchema)]
pub(crate) struct CalendarDay {
    date: String,
    state: CalendarState,
}

/// How a day compares with the ledger.
#[derive(Serialize, ToSchema, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CalendarState {
    /// The ledger holds exactly what Stripe's records imply.
    Match,
    /// It does not.
    Differs,
    /// It has not been compared yet.
    Open,
}

impl Series {
    pub(crate) fn of(
        standing: FiguresStanding,
        step: SeriesStep,
        currency: Option<&str>,
        parts: &BTreeMap<String, BySubject>,
        days: &BTreeMap<String, DayState>,
    ) -> Self {
        let mut currencies: BTreeMap<_, BTreeMap<String, Point>> = BTreeMap::new();
        for (at, figures) in parts {
            for ((_, of), breakdown) in figures {
                if currency.is_some_and(|currency| currency != of.as_str()) {
                    continue;
                }
                let point = currencies.entry(*of).or_default().entry(at.clone()).or_default();
                *point = point.plus(&Point::of(breakdown));
            }
        }
        let of_currency =
            |(currency, points): (Currency, BTreeMap<String, Point>)| SeriesOfCurrency {
                currency: currency.to_string(),
                exponent: currency.exponent(),
                points: points.iter().map(|(at, point)| SeriesPoint::of(at, point)).collect(),
            };
        let day = |(date, state): (&String, &DayState)| CalendarDay {
            date: date.clone(),
            state: match state {
                DayState::Match => CalendarState::Match,
                DayState::Differs => CalendarState::Differs,
                DayState::Open => CalendarState::Open,
            },
        };
        Self {
            standing,
            step,
            currencies: currencies.into_iter().map(of_currency).collect(),
            days: days.iter().map(day).collect(),
        }
    }
}

impl SeriesPoint {
    fn of(at: &str, point: &Point) -> Self {
        Self {
            at: at.to_owned(),
            pay_ins: point.pay_ins.to_string(),
            refunds: point.refunds.to_string(),
            disputes: point.disputes.to_string(),
            fees: point.fees.to_string(),
            payouts: point.payouts.to_string(),
            other: point.other.to_string(),
            net: point.net.to_string(),
        }
    }
}
