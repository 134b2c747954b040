use portal_api::assets::{ASSETS, PAGE};
use test_support::Call;

use crate::world::{DASHBOARD, world};

/// All files of the page, compressed, are smaller than this. A first view loads about half of them.
const MAX_PAGE_BYTES: usize = 125_000;

#[tokio::test]
async fn the_page_is_locked_down_and_opening_it_uses_nothing_up() {
    let world = world().await;
    let token = world.launch().await.sign(&world.secrets);
    world.aws.forget();
    let path = format!("/portal?token={token}");
    for _ in 0..10 {
        let reply =
            Call::new("GET", &path).header("sec-fetch-site", "cross-site").to(&world.router).await;
        assert_eq!((reply.status, reply.header("content-type")), (200, "text/html; charset=utf-8"));
        assert_eq!(reply.body, PAGE.plain);
        assert!(!reply.text().contains(&token), "the page is the same for everybody");
        assert_eq!(
            (reply.header("cache-control"), reply.header("referrer-policy")),
            ("no-store", "no-referrer")
        );
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        let policy: Vec<&str> =
            reply.header("content-security-policy").split(';').map(str::trim).collect();
        for directive in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
        ] {
            assert!(policy.contains(&directive), "{directive} in {policy:?}");
        }
        assert!(
            policy.contains(&format!("frame-ancestors 'self' {DASHBOARD}").as_str()),
            "{policy:?}"
        );
        assert!(!policy.iter().any(|directive| directive.contains("unsafe")), "{policy:?}");
        assert_eq!(reply.header("x-frame-options"), "", "it would forbid the dashboard's frame");
        assert!(
            reply
                .headers
                .keys()
                .all(|name| !name.starts_with("access-control") && name != "set-cookie")
        );
    }
    assert_eq!(world.aws.calls(), Vec::<String>::new());
    assert_eq!(world.redeem(&token).await.status, 200);
}

#[tokio::test]
async fn files_never_change_under_their_name_and_come_compressed_when_asked() {
    let world = world().await;
    for asset in ASSETS {
        assert!(
            String::from_utf8_lossy(PAGE.plain).contains(asset.name) || asset.name.contains('-'),
            "{} is not named by its content",
            asset.name
        );
        let path = format!("/portal/assets/{}", asset.name);
        let plain = Call::new("GET", &path).to(&world.router).await;
        let zipped = Call::new("GET", &path)
            .header("accept-encoding", "gzip, deflate, br")
            .to(&world.router)
            .await;
        for reply in [&plain, &zipped] {
            assert_eq!(
                (reply.status, reply.header("content-type"), reply.header("vary")),
                (200, asset.content_type, "Accept-Encoding")
            );
            assert_eq!(reply.header("cache-control"), "public, max-age=31536000, immutable");
        }
        assert_eq!((plain.header("content-encoding"), plain.body.as_slice()), ("", asset.plain));
        assert_eq!(
            (zipped.header("content-encoding"), zipped.body.as_slice()),
            ("gzip", asset.gzip)
        );
    }
    let total: usize = ASSETS.iter().chain([&PAGE]).map(|asset| asset.gzip.len()).sum();
    assert!(total < MAX_PAGE_BYTES, "{total} bytes");
    for missing in [
        "/portal/assets/nothing.js",
        "/portal/assets/..%2f..%2fCargo.toml",
        "/portal/api/nothing",
        "/elsewhere",
    ] {
        let reply = Call::new("GET", missing).to(&world.router).await;
        assert_eq!((reply.status, reply.code().as_str()), (404, "not_found"), "{missing}");
    }
}
