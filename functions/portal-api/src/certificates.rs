//! Reconciliation certificates: a list, one for the screen, and one as a file that others can check.

mod dto;
mod table;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Extract};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use stripe_sync::model::certificate::Certificate;
use stripe_sync::model::error::Error;
use stripe_sync::platform::store::certificates::MAX_CERTIFICATES_PAGE;
use stripe_sync::platform::web::{ApiResult, ProblemDetails};
use utoipa::IntoParams;

use crate::api::{Asked, Authenticated, DEFAULT_PAGE, parse_id};
use crate::handler::State;

pub(crate) use dto::Proof;
use dto::{CertificatePage, CertificateSummary};

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
) -> ApiResult<Json<CertificatePage>> {
    let Some(connection) = &portal.connection else { return Ok(Json(CertificatePage { certificates: Vec::new(), next: None })) };
    let before = query.before.as_deref().map(str::parse).transpose().map_err(|_| Error::field("before", "is not the next of a page"))?;
    let limit = query.limit.unwrap_or(DEFAULT_PAGE).clamp(1, MAX_CERTIFICATES_PAGE);
    let page = state.connector.store.certificates().page(&portal.install, connection.connection, before, limit).await?;
    let certificates = page.certificates.iter().map(CertificateSummary::of).collect();
    Ok(Json(CertificatePage { certificates, next: page.next.map(|id| id.to_string()) }))
}

async fn load(state: &State, portal: &stripe_sync::model::session::Portal, id: &str) -> Result<Certificate, Error> {
    let connection = portal.connection.as_ref().ok_or(Error::NotFound)?;
    state.connector.store.certificates().get(&portal.install, connection.connection, parse_id(id)?).await?.ok_or(Error::NotFound)
}

/// One certificate.
#[utoipa::path(get, path = "/portal/api/certificates/{id}", params(("id" = String, Path)), responses((status = 200, body = Proof), (status = 404, body = ProblemDetails)))]
pub(crate) async fn certificate(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    Path(id): Path<String>,
) -> ApiResult<Json<Proof>> {
    Ok(Json(Proof::of(&load(&state, &portal, &id).await?)))
}

/// One certificate as it is kept, to be checked elsewhere: `hash` is SHA-256 of the document without it, its keys sorted and without
/// white space (RFC 8785); `previous` is the hash of the certificate before.
#[utoipa::path(get, path = "/portal/api/certificates/{id}/document", params(("id" = String, Path)), responses((status = 200, body = Object), (status = 404, body = ProblemDetails)))]
pub(crate) async fn document(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    Path(id): Path<String>,
) -> ApiResult {
    let certificate = load(&state, &portal, &id).await?;
    let body = serde_json::to_string(&serde_json::to_value(&certificate).map_err(Error::internal)?).map_err(Error::internal)?;
    file(&certificate, "json", "application/json", body)
}

/// One certificate as a table: its lines, then what makes both sides differ.
#[utoipa::path(get, path = "/portal/api/certificates/{id}/table", params(("id" = String, Path)), responses((status = 200, content_type = "text/csv", body = String), (status = 404, body = ProblemDetails)))]
pub(crate) async fn table(Extract(state): Extract<Arc<State>>, Authenticated(portal): Authenticated, Path(id): Path<String>) -> ApiResult {
    let certificate = load(&state, &portal, &id).await?;
    let body = table::csv_of(&certificate).map_err(Error::internal)?;
    file(&certificate, "csv", "text/csv; charset=utf-8", body)
}

fn file(certificate: &Certificate, extension: &str, content_type: &'static str, body: String) -> ApiResult {
    let name = format!("attachment; filename=\"certificate-{}.{extension}\"", certificate.id);
    let name = HeaderValue::from_str(&name).map_err(Error::internal)?;
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(content_type)), (header::CONTENT_DISPOSITION, name)];
    let response: Response = (headers, body).into_response();
    Ok(response)
}
