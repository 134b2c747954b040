//! The portal's page and its files: headers, caching, and what they may load.

use it::{Answer, Stack, Step};

/// The values of an attribute in a page.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let pattern = format!("{name}=\"");
    page.match_indices(&pattern)
        .filter_map(|(at, _)| page[at + pattern.len()..].split_once('"'))
        .map(|(value, _)| value)
        .collect()
}

#[tokio::test]
async fn the_page_allows_only_the_dashboard_to_frame_it_and_is_never_cached() -> Step {
    let stack = Stack::from_environment()?;
    let dashboard = it::stack::variable("DASHBOARD_URL")?;
    for query in ["", "?token=l1.bm90aGluZw.bm90aGluZw"] {
        let page = Answer::to(stack.http.get(format!("{}/portal{query}", stack.api))).await?;
        page.taken()?;
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert!(
            !page.headers.contains_key("x-frame-options"),
            "it would forbid what frame-ancestors allows"
        );
        let policy = page.header("content-security-policy");
        let directive = |name: &str| {
            policy.split(';').map(str::trim).find_map(|part| part.strip_prefix(name)).map(str::trim)
        };
        let ancestors: Vec<&str> =
            directive("frame-ancestors").unwrap_or_default().split(' ').collect();
        assert!(ancestors.contains(&dashboard.as_str()), "{policy}");
        assert!(
            !ancestors.iter().any(|source| matches!(*source, "*" | "http:" | "https:")),
            "{policy}"
        );
        assert_eq!(directive("default-src"), Some("'none'"));
        assert_eq!(
            (directive("script-src"), directive("connect-src"), directive("base-uri")),
            (Some("'self'"), Some("'self'"), Some("'none'"))
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        // Nothing inline, nothing from third parties, and nothing of the token.
        assert!(
            !page.text.contains("bm90aGluZw")
                && !page.text.contains("<style")
                && !page.text.contains(" style=")
        );
        assert!(
            page.text
                .match_indices("<script")
                .all(|(at, _)| page.text[at..]
                    .starts_with("<script type=\"module\" crossorigin src=\"")),
            "{}",
            page.text
        );
        for used in attributes(&page.text, "src").into_iter().chain(attributes(&page.text, "href"))
        {
            assert!(!used.contains("//"), "a third party: {used}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_pages_files_have_a_hash_in_their_name_and_are_cached_for_a_year() -> Step {
    let stack = Stack::from_environment()?;
    let page = Answer::to(stack.http.get(format!("{}/portal", stack.api))).await?.text;
    let files: Vec<&str> = attributes(&page, "src")
        .into_iter()
        .chain(attributes(&page, "href"))
        .filter(|used| used.contains("assets/"))
        .collect();
    assert!(
        files.iter().any(|file| file.ends_with(".js"))
            && files.iter().any(|file| file.ends_with(".css")),
        "{files:?}"
    );
    for file in files {
        let name = file.rsplit('/').next().unwrap_or_default();
        let asset =
            Answer::to(stack.http.get(format!("{}/portal/assets/{name}", stack.api))).await?;
        asset.taken()?;
        assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable", "{name}");
        assert_eq!(asset.header("x-content-type-options"), "nosniff");
        assert!(
            asset.header("content-type").starts_with(if name.ends_with(".js") {
                "text/javascript"
            } else {
                "text/css"
            }),
            "{name}"
        );
        assert!(!asset.text.is_empty());
        let other = name.replace('-', "-0");
        let missing =
            Answer::to(stack.http.get(format!("{}/portal/assets/{other}", stack.api))).await?;
        missing.refused(404, "not_found")?;
        assert_eq!(missing.header("cache-control"), "no-store", "a missing file may appear later");
    }
    for elsewhere in ["/portal/assets/index.html", "/portal/api/nothing"] {
        Answer::to(stack.http.get(format!("{}{elsewhere}", stack.api)))
            .await?
            .refused(404, "not_found")?;
    }
    Ok(())
}
