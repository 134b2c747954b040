//! The page's files, embedded when the function was built.

/// A file of the page.
#[derive(Debug)]
pub struct Asset {
    /// Its name; it holds a hash of the content.
    pub name: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Its bytes.
    pub plain: &'static [u8],
    /// The same, compressed.
    pub gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));
