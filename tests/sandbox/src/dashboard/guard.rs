//! Only the dashboard's own page may call its API: it hands out keys and uninstalls apps without
//! asking who is there.

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::refused::Refused;

/// Names this machine is called by; any other is a name that someone else made point here.
const LOCAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Lets through what the page itself sends, and what comes from no page at all.
pub(super) async fn same_origin(request: Request, next: Next) -> Response {
    if let Err(why) = check(request.headers()) {
        return Refused(StatusCode::FORBIDDEN, why.to_owned()).into_response();
    }
    next.run(request).await
}

fn check(headers: &HeaderMap) -> Result<(), &'static str> {
    let text = |name: header::HeaderName| {
        headers.get(name).map(|value| value.to_str().unwrap_or_default())
    };
    let host = text(header::HOST).unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) => name,
        _ => host,
    };
    if !LOCAL_NAMES.contains(&name) {
        return Err("this name is not the dashboard's");
    }
    if text(header::ORIGIN).is_some_and(|origin| origin != format!("http://{host}")) {
        return Err("called from another origin");
    }
    let site = headers.get("sec-fetch-site").map(|value| value.to_str().unwrap_or_default());
    if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return Err("called from another site");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    fn asked(lines: &[(&'static str, &'static str)]) -> bool {
        let lines = lines
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        check(&HeaderMap::from_iter(lines)).is_ok()
    }

    #[test]
    fn other_pages_and_other_names_are_turned_away() {
        let host = ("host", "localhost:4000");
        assert!(asked(&[host]), "a script without a browser");
        assert!(asked(&[
            host,
            ("origin", "http://localhost:4000"),
            ("sec-fetch-site", "same-origin")
        ]));
        assert!(
            asked(&[("host", "127.0.0.1:4000"), ("sec-fetch-site", "none")]),
            "typed into the address bar"
        );
        assert!(
            !asked(&[host, ("origin", "http://abc.execute-api.localhost:4566")]),
            "the portal in its frame"
        );
        assert!(!asked(&[host, ("sec-fetch-site", "same-site")]), "another port of this machine");
        assert!(!asked(&[host, ("origin", "null")]), "a sandboxed frame");
        assert!(!asked(&[("host", "rebound.example:4000")]), "a name made to point here");
        assert!(!asked(&[]));
    }
}
