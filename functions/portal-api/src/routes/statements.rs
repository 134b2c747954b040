//! Statements, journal summaries and series, over the stored figures.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Extract};
use axum::response::IntoResponse;
use stripe_sync::app::figures::{self, FiguresDetail, FiguresStatus, PeriodFigures};
use stripe_sync::app::reconciling;
use stripe_sync::model::error::Error;
use stripe_sync::model::ledger::Chart;
use stripe_sync::model::period::{MAX_DAYS, Period};
use stripe_sync::model::reconciling::InTransit;
use stripe_sync::model::session::Portal;
use stripe_sync::model::statement::{self, BySubject, JournalLine, Statement};
use stripe_sync::platform::clock;
use stripe_sync::platform::web::{ApiResult, ProblemDetails};

use crate::dto::series::{Series, SeriesQuery, SeriesStep};
use crate::dto::statement_table::{journal_csv, statement_csv};
use crate::dto::statements::{
    FiguresStanding, Journal, JournalQuery, JournalSplit, MonthQuery, PeriodQuery, Reconciled,
    Statements,
};
use crate::etag::Lasting;
use crate::extract::{Reader, ValidQuery};
use crate::file::csv;
use crate::state::State;

/// The longest series: ten years.
const MAX_SERIES_DAYS: i32 = 3660;

/// The statements of a UTC month. A month in another time zone is refused: request its days.
#[utoipa::path(get, path = "/portal/api/statements/{month}",
    params(("month" = String, Path, description = "`yyyy-mm`"), MonthQuery),
    responses((status = 200, body = Statements), (status = 304),
        (status = 400, body = ProblemDetails)))]
pub(crate) async fn month(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
    Path(month): Path<String>,
    ValidQuery(query): ValidQuery<MonthQuery>,
) -> ApiResult<Lasting<Json<Statements>>> {
    in_utc(query.time_zone.as_deref())?;
    answer(&state, &portal, Period::month(&month)?).await
}

/// The statements of some UTC days.
#[utoipa::path(get, path = "/portal/api/statements", params(PeriodQuery),
    responses((status = 200, body = Statements), (status = 304),
        (status = 400, body = ProblemDetails)))]
pub(crate) async fn days(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
    ValidQuery(query): ValidQuery<PeriodQuery>,
) -> ApiResult<Lasting<Json<Statements>>> {
    answer(&state, &portal, Period::days(&query.from, &query.to)?).await
}

/// The same as a table.
#[utoipa::path(get, path = "/portal/api/statements.csv", params(PeriodQuery),
    responses((status = 200, content_type = "text/csv", body = String), (status = 304),
        (status = 400, body = ProblemDetails)))]
pub(crate) async fn table(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
    ValidQuery(query): ValidQuery<PeriodQuery>,
) -> ApiResult {
    let period = Period::days(&query.from, &query.to)?;
    let Found { figures, statements, transit } = found(&state, &portal, period).await?;
    let reconciled = Reconciled::of(&statements, transit.as_ref())?;
    let body = statement_csv(period, &reconciled).map_err(Error::internal)?;
    Ok(Lasting(is_final(&figures), file("statement", period, body)?).into_response())
}

/// The journal summary of some UTC days: debits and credits by account, balanced in each currency.
#[utoipa::path(get, path = "/portal/api/journal", params(JournalQuery),
    responses((status = 200, body = Journal), (status = 304),
        (status = 400, body = ProblemDetails)))]
pub(crate) async fn journal(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
    ValidQuery(query): ValidQuery<JournalQuery>,
) -> ApiResult<Lasting<Json<Journal>>> {
    let period = Period::days(&query.from, &query.to)?;
    let (figures, lines) = lines(&state, &portal, period, query.by).await?;
    let standing = FiguresStanding::of(&portal, period, &figures);
    Ok(Lasting(is_final(&figures), Json(Journal::of(standing, &lines))))
}

/// The same as a table, for an ERP.
#[utoipa::path(get, path = "/portal/api/journal.csv", params(JournalQuery),
    responses((status = 200, content_type = "text/csv", body = String), (status = 304),
        (status = 400, body = ProblemDetails)))]
pub(crate) async fn journal_table(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
    ValidQuery(query): ValidQuery<JournalQuery>,
) -> ApiResult {
    let period = Period::days(&query.from, &query.to)?;
    let (figures, lines) = lines(&state, &portal, period, query.by).await?;
    let body = journal_csv(&lines).map_err(Error::internal)?;
    Ok(Lasting(is_final(&figures), file("journal", period, body)?).into_response())
}

/// Money by day up to 92 days, by month beyond, and how each day compares with the ledger.
#[utoipa::path(get, path = "/portal/api/series", params(SeriesQuery),
    responses((status = 200, body = Series), (status = 400, body = ProblemDetails)))]
pub(crate) async fn series(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
    ValidQuery(query): ValidQuery<SeriesQuery>,
) -> ApiResult<Json<Series>> {
    let period = Period::any(&query.from, &query.to)?;
    if period.length() > MAX_SERIES_DAYS {
        let detail = format!("A series has at most {MAX_SERIES_DAYS} days.");
        return Err(Error::BadRequest { field: Some("to"), detail }.into());
    }
    let (step, detail) = if period.length() <= MAX_DAYS {
        (SeriesStep::Day, FiguresDetail::Days)
    } else {
        (SeriesStep::Month, FiguresDetail::Months)
    };
    let figures = figures::load(state.store(), &portal, period, detail, clock::now()).await?;
    let days = match step {
        SeriesStep::Day => figures::calendar(state.store(), &portal, period, &figures).await?,
        SeriesStep::Month => Default::default(),
    };
    let currency = query.currency.map(|currency| currency.to_uppercase());
    let standing = FiguresStanding::of(&portal, period, &figures);
    Ok(Json(Series::of(standing, step, currency.as_deref(), &figures.parts, &days)))
}

fn in_utc(zone: Option<&str>) -> Result<(), Error> {
    match zone {
        None | Some("UTC" | "Etc/UTC") => Ok(()),
        Some(_) => Err(Error::BadRequest {
            field: Some("time_zone"),
            detail: "Months are UTC months: figures are kept by UTC hour and closed by UTC day. \
                     Ask for UTC days instead, with from and to on /portal/api/statements."
                .to_owned(),
        }),
    }
}

async fn answer(
    state: &State,
    portal: &Portal,
    period: Period,
) -> ApiResult<Lasting<Json<Statements>>> {
    let Found { figures, statements, transit } = found(state, portal, period).await?;
    let statements = Reconciled::of(&statements, transit.as_ref())?;
    let standing = FiguresStanding::of(portal, period, &figures);
    Ok(Lasting(is_final(&figures), Json(Statements::of(standing, &statements))))
}

fn is_final(figures: &PeriodFigures) -> bool {
    figures.status == Some(FiguresStatus::Final)
}

/// What a statement is made of.
struct Found {
    figures: PeriodFigures,
    statements: Vec<Statement>,
    /// Payouts in transit, by currency; absent when there are more than were read.
    transit: Option<BTreeMap<String, InTransit>>,
}

async fn found(state: &State, portal: &Portal, period: Period) -> Result<Found, Error> {
    let now = clock::now();
    let (figures, transit) = tokio::try_join!(
        figures::load(state.store(), portal, period, FiguresDetail::Statement, now),
        reconciling::in_transit(state.store(), portal, period),
    )?;
    let transit = transit.filter(|_| !figures.payouts_to_come);
    Ok(Found { statements: figures.statements()?, figures, transit })
}

/// The lines of a journal, each with its date.
async fn lines(
    state: &State,
    portal: &Portal,
    period: Period,
    by: Option<JournalSplit>,
) -> Result<(PeriodFigures, Vec<(String, JournalLine)>), Error> {
    let by_day = by == Some(JournalSplit::Day);
    let detail = if by_day { FiguresDetail::Days } else { FiguresDetail::Sums };
    let figures = figures::load(state.store(), portal, period, detail, clock::now()).await?;
    let Some(connection) = &portal.connection else { return Ok((figures, Vec::new())) };
    let chart = Chart::new(connection.mirror.clone()).map_err(Error::internal)?;
    let of = |date: &str, figures: &BySubject| -> Result<Vec<(String, JournalLine)>, Error> {
        let lines = statement::journal(&chart, figures)?;
        Ok(lines.into_iter().map(|line| (date.to_owned(), line)).collect())
    };
    let lines = if by_day {
        let days = figures.parts.iter().map(|(date, figures)| of(date, figures));
        days.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect()
    } else {
        of(&period.to.to_string(), &figures.period)?
    };
    Ok((figures, lines))
}

fn file(what: &str, period: Period, body: String) -> ApiResult {
    csv(&format!("{what}-{}-{}", period.from, period.to), None, body)
}
