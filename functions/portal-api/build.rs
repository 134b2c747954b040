//! Embeds the built page. Building it is the job of `npm run build` in `ui/`, which every command
//! of the Makefile does first.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use flate2::{Compression, write::GzEncoder};

fn main() -> io::Result<()> {
    let dist = PathBuf::from("ui/dist");
    println!("cargo::rerun-if-changed=ui/dist");
    #[expect(
        clippy::disallowed_methods,
        reason = "cargo tells a build script where to write by these variables alone"
    )]
    let (out, profile) = (
        PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?),
        env::var("PROFILE").map_err(io::Error::other)?,
    );
    let mut names: Vec<String> = match fs::read_dir(&dist) {
        Ok(entries) => {
            entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
        }
        Err(_) if profile == "release" => {
            return Err(io::Error::other(
                "the portal's page is not built: run `npm ci && npm run build` in \
                 functions/portal-api/ui first",
            ));
        }
        Err(_) => {
            println!(
                "cargo::warning=the portal's page is not built (npm run build in \
                 functions/portal-api/ui): the portal will say so"
            );
            Vec::new()
        }
    };
    names.sort();
    let page =
        names.iter().position(|name| name == "index.html").map(|at| dist.join(names.remove(at)));
    let page = page.map_or_else(
        || {
            Ok(b"<!doctype html><title>Stripe Sync</title><p>The portal's page is not built."
                .to_vec())
        },
        fs::read,
    )?;
    let mut code = format!(
        "/// The page itself.\npub static PAGE: Asset = {};\n",
        asset(&out, "index.html", &page)?
    );
    code.push_str("/// The files that the page names.\npub static ASSETS: &[Asset] = &[\n");
    for name in &names {
        code.push_str(&format!("    {},\n", asset(&out, name, &fs::read(dist.join(name))?)?));
    }
    code.push_str("];\n");
    fs::write(out.join("assets.rs"), code)
}

/// Writes a file and its compressed form beside the code that embeds both.
fn asset(out: &Path, name: &str, bytes: &[u8]) -> io::Result<String> {
    let content_type = match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    let (plain, gzip) = (out.join(name), out.join(format!("{name}.gz")));
    fs::write(&plain, bytes)?;
    fs::write(&gzip, encoder.finish()?)?;
    Ok(format!(
        "Asset {{ name: {name:?}, content_type: {content_type:?}, plain: \
            include_bytes!({plain:?}), gzip: include_bytes!({gzip:?}) }}"
    ))
}
