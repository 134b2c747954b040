//! Reconciliation certificates: a list, one for the screen, and one as a file that others can
//! check.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Extract};
use axum::response::IntoResponse;
use stripe_sync::model::certificate::kept::StoredCertificate;
use stripe_sync::model::error::Error;
use stripe_sync::model::session::Portal;
use stripe_sync::platform::store::certificates::MAX_CERTIFICATES_PAGE;
use stripe_sync::platform::web::{ApiResult, ProblemDetails};

use crate::dto::certificate_table::csv_of;
use crate::dto::certificates::{CertificatePage, CertificateSummary, CertificatesQuery, Proof};
use crate::etag::Lasting;
use crate::extract::{Authenticated, ValidQuery, page_size, page_start, parse_id};
use crate::file::{CSV, named};
use crate::state::State;

/// The certificates, newest first.
#[utoipa::path(get, path = "/portal/api/certificates", params(CertificatesQuery),
    responses((status = 200, body = CertificatePage), (status = 401, body = ProblemDetails)))]
pub(crate) async fn certificates(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    ValidQuery(query): ValidQuery<CertificatesQuery>,
) -> ApiResult<Json<CertificatePage>> {
    let Some(connection) = &portal.connection else {
        return Ok(Json(CertificatePage { certificates: Vec::new(), next: None }));
    };
    let (before, limit) =
        (page_start(query.before.as_deref())?, page_size(query.limit, MAX_CERTIFICATES_PAGE));
    let page = state
        .store()
        .certificates()
        .page(&portal.install, connection.connection, before, limit)
        .await?;
    let certificates = page.certificates.iter().map(CertificateSummary::of).collect();
    Ok(Json(CertificatePage { certificates, next: page.next.map(|id| id.to_string()) }))
}

async fn load(state: &State, portal: &Portal, id: &str) -> Result<StoredCertificate, Error> {
    let connection = portal.connection.as_ref().ok_or(Error::NotFound)?;
    state
        .store()
        .certificates()
        .get(&portal.install, connection.connection, parse_id(id)?)
        .await?
        .ok_or(Error::NotFound)
}

/// One certificate.
#[utoipa::path(get, path = "/portal/api/certificates/{id}", params(("id" = String, Path)),
    responses((status = 200, body = Proof), (status = 304), (status = 404, body = ProblemDetails)))]
pub(crate) async fn certificate(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    Path(id): Path<String>,
) -> ApiResult<Lasting<Json<Proof>>> {
    let kept = load(&state, &portal, &id).await?;
    // A thinned certificate no longer changes; a whole one may be thinned.
    Ok(Lasting(true, Json(Proof::of_kept(&kept))))
}

/// One certificate as stored, for verification elsewhere. All hashes are SHA-256 of JSON in its
/// canonical form: keys sorted, without white space (RFC 8785). `previous` is the hash of the
/// certificate before.
///
/// From `version` 3 on, `body` is the hash of the document without `id`, `at`, `verdict`,
/// `previous`, `body` and `hash`, and `hash` is that of an object of `id`, `at`, `verdict`,
/// `previous` (if there is one) and `body`. A document with `thinned` no longer has a body: its
/// `hash` is checked in the same way. Before version 3, `hash` is that of the document without it.
#[utoipa::path(get, path = "/portal/api/certificates/{id}/document", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 304),
        (status = 404, body = ProblemDetails)))]
pub(crate) async fn document(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    Path(id): Path<String>,
) -> ApiResult {
    let certificate = load(&state, &portal, &id).await?;
    let body = serde_json::to_string(&certificate.document()?).map_err(Error::internal)?;
    file(&certificate, "json", "application/json", body)
}

/// One certificate as a table: its lines, then the causes of differences.
#[utoipa::path(get, path = "/portal/api/certificates/{id}/table", params(("id" = String, Path)),
    responses((status = 200, content_type = "text/csv", body = String), (status = 304),
        (status = 404, body = ProblemDetails)))]
pub(crate) async fn table(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    Path(id): Path<String>,
) -> ApiResult {
    let certificate = load(&state, &portal, &id).await?;
    let body = csv_of(&certificate).map_err(Error::internal)?;
    file(&certificate, "csv", CSV, body)
}

fn file(
    certificate: &StoredCertificate,
    extension: &str,
    content_type: &'static str,
    body: String,
) -> ApiResult {
    let name = format!("certificate-{}.{extension}", certificate.id());
    let file = named(&name, content_type, body)?;
    Ok(Lasting(true, file).into_response())
}
