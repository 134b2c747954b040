//! Tables as files to save.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::IntoResponse as _;
use stripe_sync::model::error::Error;
use stripe_sync::platform::web::ApiResult;

/// Where the next file begins, when one does not hold everything.
const NEXT_CURSOR: HeaderName = HeaderName::from_static("next-cursor");

/// A CSV file.
pub(crate) fn csv(name: &str, next: Option<String>, body: String) -> ApiResult {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let file = format!("attachment; filename=\"{name}.csv\"");
    let file = HeaderValue::from_str(&file).map_err(Error::internal)?;
    headers.insert(header::CONTENT_DISPOSITION, file);
    if let Some(next) = next {
        headers.insert(NEXT_CURSOR, HeaderValue::from_str(&next).map_err(Error::internal)?);
    }
    Ok((headers, body).into_response())
}
