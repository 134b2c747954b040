//! Files to download.

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::IntoResponse as _;
use stripe_sync::model::error::Error;
use stripe_sync::platform::web::ApiResult;

/// Where the next file begins, when one does not hold everything.
const NEXT_CURSOR: HeaderName = HeaderName::from_static("next-cursor");

/// The type of a table.
pub(crate) const CSV: &str = "text/csv; charset=utf-8";

/// A file of this name, its extension included.
pub(crate) fn named(name: &str, content_type: &'static str, body: String) -> ApiResult {
    let name = format!("attachment; filename=\"{name}\"");
    let name = HeaderValue::from_str(&name).map_err(Error::internal)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, body).into_response())
}

/// A table, and where the next one begins.
pub(crate) fn csv(name: &str, next: Option<String>, body: String) -> ApiResult {
    let mut file = named(&format!("{name}.csv"), CSV, body)?;
    if let Some(next) = next {
        let next = HeaderValue::from_str(&next).map_err(Error::internal)?;
        file.headers_mut().insert(NEXT_CURSOR, next);
    }
    Ok(file)
}
