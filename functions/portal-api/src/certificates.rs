//! Reconciliation certificates: a list, one for the screen, and one as a file that others can check.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Extract};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use stripe_sync::error::Error;
use stripe_sync::sync::{Cause, CauseKind, Certificate, Line, LineVerdict, MAX_CERTIFICATES_PAGE, Verdict};
use stripe_sync::web::Answer;
use utoipa::{IntoParams, ToSchema};

use crate::api::{Asked, Authenticated, DEFAULT_PAGE, parse_id};
use crate::dto::ProblemDetails;
use crate::dto::of::minor;
use crate::handler::State;

/// A comparison of both sides. Amounts are decimal strings of minor units.
#[derive(Serialize, ToSchema)]
pub(crate) struct Proof {
    id: String,
    run_id: String,
    at: String,
    verdict: Verdict,
    lines: Vec<ProofLine>,
    /// Made without the right to write: what is not in the ledger is not missing, but not posted.
    shadow: bool,
    /// The entries that make both sides differ, as far as they were found.
    causes: Vec<ProofCause>,
    /// There are more than are named.
    more_causes: bool,
    /// Everything that differs is a leg that could not be posted and stands as a problem.
    explained: bool,
    open_problems: u64,
    /// The hash of the certificate before this one.
    #[schema(required)]
    previous: Option<String>,
    #[schema(required)]
    hash: Option<String>,
}

/// One balance in one currency, in minor units.
#[derive(Serialize, ToSchema)]
struct ProofLine {
    balance: String,
    mirror: String,
    currency: String,
    exponent: u32,
    /// Stripe's own figure; absent when it reports none.
    #[schema(required)]
    stripe: Option<String>,
    /// The mirror, seen from Stripe's side.
    ledger: String,
    /// What Stripe's records should have made.
    expected: String,
    /// Stripe's balance less the sum of Stripe's list.
    #[schema(required)]
    d1: Option<String>,
    /// Expected less ledger.
    d2: String,
    /// The mirror's debits: expected, and in the ledger.
    debits: [String; 2],
    /// The mirror's credits: expected, and in the ledger.
    credits: [String; 2],
    verdict: LineVerdict,
    #[schema(required)]
    note: Option<String>,
    records: u64,
    entries: u64,
    /// Hours whose entries were compared one by one and agree.
    hours_agreed: u64,
    /// Those that do not.
    hours_differing: u64,
}

/// An entry, or the want of one, that makes both sides differ.
#[derive(Serialize, ToSchema)]
struct ProofCause {
    kind: CauseKind,
    mirror: String,
    currency: String,
    exponent: u32,
    reference: String,
    #[schema(required)]
    stripe_id: Option<String>,
    #[schema(required)]
    ledger_id: Option<String>,
    /// What the mirror should have moved by; positive is a debit.
    #[schema(required)]
    expected: Option<String>,
    /// What it moved by.
    #[schema(required)]
    found: Option<String>,
    #[schema(required)]
    at: Option<String>,
    /// The problem that explains it.
    #[schema(required)]
    problem_id: Option<String>,
}

/// A page of certificates, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct CertificatePage {
    certificates: Vec<CertificateSummary>,
    #[schema(required)]
    next: Option<String>,
}

/// A certificate in a list.
#[derive(Serialize, ToSchema)]
struct CertificateSummary {
    id: String,
    run_id: String,
    at: String,
    verdict: Verdict,
    currencies: Vec<String>,
    records: u64,
    causes: u64,
    explained: bool,
    #[schema(required)]
    hash: Option<String>,
}

impl Proof {
    pub(crate) fn of(certificate: &Certificate) -> Self {
        Self {
            id: certificate.id.to_string(),
            run_id: certificate.run.to_string(),
            at: certificate.at.rfc3339(),
            verdict: certificate.verdict,
            lines: certificate.lines.iter().map(ProofLine::of).collect(),
            shadow: certificate.shadow,
            causes: certificate.causes.iter().map(ProofCause::of).collect(),
            more_causes: certificate.more_causes,
            explained: certificate.explained(),
            open_problems: certificate.open_problems,
            previous: certificate.previous.clone(),
            hash: certificate.hash.clone(),
        }
    }
}

impl ProofLine {
    fn of(line: &Line) -> Self {
        Self {
            balance: line.balance.clone(),
            mirror: line.mirror.clone(),
            currency: line.currency.clone(),
            exponent: line.exponent,
            stripe: line.stripe.map(minor),
            ledger: minor(line.ledger),
            expected: minor(line.expected),
            d1: line.d1.map(minor),
            d2: minor(line.d2),
            debits: [minor(line.debits.0), minor(line.debits.1)],
            credits: [minor(line.credits.0), minor(line.credits.1)],
            verdict: line.verdict,
            note: line.note.clone(),
            records: line.records,
            entries: line.legs,
            hours_agreed: line.hours.agreed,
            hours_differing: line.hours.differing,
        }
    }
}

impl ProofCause {
    fn of(cause: &Cause) -> Self {
        Self {
            kind: cause.kind,
            mirror: cause.mirror.clone(),
            currency: cause.currency.clone(),
            exponent: exponent(&cause.currency),
            reference: cause.reference.clone(),
            stripe_id: cause.stripe_id.clone(),
            ledger_id: cause.ledger_id.clone(),
            expected: cause.expected.map(minor),
            found: cause.found.map(minor),
            at: cause.at.clone(),
            problem_id: cause.problem.clone(),
        }
    }
}

fn exponent(currency: &str) -> u32 {
    currency.parse().map_or(2, stripe_sync::money::Currency::exponent)
}

impl CertificateSummary {
    fn of(certificate: &Certificate) -> Self {
        let mut currencies: Vec<String> = certificate.lines.iter().map(|line| line.currency.clone()).collect();
        currencies.sort_unstable();
        currencies.dedup();
        Self {
            id: certificate.id.to_string(),
            run_id: certificate.run.to_string(),
            at: certificate.at.rfc3339(),
            verdict: certificate.verdict,
            currencies,
            records: certificate.lines.iter().map(|line| line.records).sum(),
            causes: certificate.causes.len() as u64,
            explained: certificate.explained(),
            hash: certificate.hash.clone(),
        }
    }
}

/// Which page of the certificates.
#[derive(serde::Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CertificatesQuery {
    /// The `next` of the page before.
    before: Option<String>,
    /// Certificates in the page.
    limit: Option<i32>,
}

/// The certificates, newest first.
#[utoipa::path(get, path = "/portal/api/certificates", params(CertificatesQuery), responses((status = 200, body = CertificatePage), (status = 401, body = ProblemDetails)))]
pub(crate) async fn certificates(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    Asked(query): Asked<CertificatesQuery>,
) -> Answer<Json<CertificatePage>> {
    let Some(connection) = &portal.connection else { return Ok(Json(CertificatePage { certificates: Vec::new(), next: None })) };
    let before = query.before.as_deref().map(str::parse).transpose().map_err(|_| Error::field("before", "is not the next of a page"))?;
    let limit = query.limit.unwrap_or(DEFAULT_PAGE).clamp(1, MAX_CERTIFICATES_PAGE);
    let page = state.connector.store.certificates(&portal.install, connection.connection, before, limit).await?;
    let certificates = page.certificates.iter().map(CertificateSummary::of).collect();
    Ok(Json(CertificatePage { certificates, next: page.next.map(|id| id.to_string()) }))
}

async fn load(state: &State, portal: &stripe_sync::session::Portal, id: &str) -> Result<Certificate, Error> {
    let connection = portal.connection.as_ref().ok_or(Error::NotFound)?;
    state.connector.store.certificate(&portal.install, connection.connection, parse_id(id)?).await?.ok_or(Error::NotFound)
}

/// One certificate.
#[utoipa::path(get, path = "/portal/api/certificates/{id}", params(("id" = String, Path)), responses((status = 200, body = Proof), (status = 404, body = ProblemDetails)))]
pub(crate) async fn certificate(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    Path(id): Path<String>,
) -> Answer<Json<Proof>> {
    Ok(Json(Proof::of(&load(&state, &portal, &id).await?)))
}

/// One certificate as it is kept, to be checked elsewhere: `hash` is SHA-256 of the document without it, its keys sorted and without
/// white space (RFC 8785); `previous` is the hash of the certificate before.
#[utoipa::path(get, path = "/portal/api/certificates/{id}/document", params(("id" = String, Path)), responses((status = 200, body = Object), (status = 404, body = ProblemDetails)))]
pub(crate) async fn document(Extract(state): Extract<Arc<State>>, Authenticated(portal): Authenticated, Path(id): Path<String>) -> Answer {
    let certificate = load(&state, &portal, &id).await?;
    let body = serde_json::to_string(&serde_json::to_value(&certificate).map_err(Error::internal)?).map_err(Error::internal)?;
    file(&certificate, "json", "application/json", body)
}

/// One certificate as a table: its lines, then what makes both sides differ.
#[utoipa::path(get, path = "/portal/api/certificates/{id}/table", params(("id" = String, Path)), responses((status = 200, content_type = "text/csv", body = String), (status = 404, body = ProblemDetails)))]
pub(crate) async fn table(Extract(state): Extract<Arc<State>>, Authenticated(portal): Authenticated, Path(id): Path<String>) -> Answer {
    let certificate = load(&state, &portal, &id).await?;
    let body = csv_of(&certificate).map_err(Error::internal)?;
    file(&certificate, "csv", "text/csv; charset=utf-8", body)
}

fn file(certificate: &Certificate, extension: &str, content_type: &'static str, body: String) -> Answer {
    let name = format!("attachment; filename=\"certificate-{}.{extension}\"", certificate.id);
    let name = HeaderValue::from_str(&name).map_err(Error::internal)?;
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(content_type)), (header::CONTENT_DISPOSITION, name)];
    let response: Response = (headers, body).into_response();
    Ok(response)
}

/// The columns of the table; a row leaves empty what it does not have.
const COLUMNS: [&str; 23] = [
    "certificate",
    "hash",
    "previous",
    "at",
    "row",
    "verdict",
    "balance",
    "mirror",
    "currency",
    "exponent",
    "stripe",
    "expected",
    "ledger",
    "d1",
    "d2",
    "records",
    "entries",
    "hours_agreed",
    "hours_differing",
    "reference",
    "stripe_id",
    "ledger_id",
    "problem_or_note",
];

/// Amounts are integers of minor units; `exponent` says how many decimal places they have.
fn csv_of(certificate: &Certificate) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    let name = |value: &Option<String>| value.clone().unwrap_or_default();
    let word =
        |value: serde_json::Result<serde_json::Value>| value.ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default();
    let head = [certificate.id.to_string(), name(&certificate.hash), name(&certificate.previous), certificate.at.rfc3339()];
    for line in &certificate.lines {
        let optional = |sum: Option<stripe_sync::sync::Sum>| sum.map(minor).unwrap_or_default();
        let cells = [
            "line".to_owned(),
            word(serde_json::to_value(line.verdict)),
            line.balance.clone(),
            line.mirror.clone(),
            line.currency.clone(),
            line.exponent.to_string(),
            optional(line.stripe),
            minor(line.expected),
            minor(line.ledger),
            optional(line.d1),
            minor(line.d2),
            line.records.to_string(),
            line.legs.to_string(),
            line.hours.agreed.to_string(),
            line.hours.differing.to_string(),
            String::new(),
            String::new(),
            String::new(),
            name(&line.note),
        ];
        writer.write_record(head.iter().chain(&cells).map(|cell| plain(cell)))?;
    }
    for cause in &certificate.causes {
        let optional = |sum: Option<stripe_sync::sync::Sum>| sum.map(minor).unwrap_or_default();
        let mut cells = vec!["cause".to_owned(), word(serde_json::to_value(cause.kind)), String::new(), cause.mirror.clone()];
        cells.extend([
            cause.currency.clone(),
            exponent(&cause.currency).to_string(),
            String::new(),
            optional(cause.expected),
            optional(cause.found),
        ]);
        cells.extend(std::iter::repeat_n(String::new(), 6));
        cells.extend([cause.reference.clone(), name(&cause.stripe_id), name(&cause.ledger_id), name(&cause.problem)]);
        writer.write_record(head.iter().chain(&cells).map(|cell| plain(cell)))?;
    }
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A cell that no spreadsheet takes for a formula: references may hold what others wrote. A number stays a number.
fn plain(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '@', '\t', '\r']) || (cell.starts_with('-') && cell.parse::<i128>().is_err());
    if formula { format!("'{cell}") } else { cell.to_owned() }
}
