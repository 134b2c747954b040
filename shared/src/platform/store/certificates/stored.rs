//! How a certificate is stored. From version 3 of its layout on, an item holds the certificate's
//! line, with its hashes as bytes, and the compressed text that the body's hash covers. So the text
//! is never encoded again, and thinning removes one attribute.
//!
//! Earlier versions stored each member as an attribute. Such items are read as they are; they have
//! schema 1 or none.

use std::io::{Read, Write};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde_json::json;

use crate::model::certificate::kept::{StoredCertificate, Thinned};
use crate::model::certificate::{Certificate, VERSION, Verdict};
use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::time::Millis;
use crate::platform::table::attribute::{Item, attr, n, s};
use crate::platform::table::item::known_item;
use crate::platform::table::keys::{Sk, key};
use crate::platform::table::kind::ItemKind;

/// Attribute names of a certificate since version 3 of the layout. Names of byte attributes are
/// short, and none is the name of a text in earlier layouts: an earlier version finds only a word
/// that it does not know.
pub(crate) mod name {
    /// When Stripe's balance was read.
    pub(crate) const AT: &str = "at";
    /// The overall result, as a letter. No earlier version knows the letters, and so each leaves
    /// the item alone.
    pub(crate) const VERDICT: &str = "verdict";
    /// The hash of the previous certificate.
    pub(crate) const PREVIOUS: &str = "p";
    /// The hash of the body.
    pub(crate) const BODY: &str = "b";
    /// The certificate's hash.
    pub(crate) const HASH: &str = "h";
    /// The text of the body, compressed. Absent when the certificate is thinned.
    pub(crate) const TEXT: &str = "text";
    /// The certificate is thinned.
    pub(crate) const THINNED: &str = "thinned";
}

/// All attributes that an item of this layout has.
const KNOWN: [&str; 11] = [
    attr::PK,
    attr::SK,
    attr::SCHEMA,
    attr::TTL,
    name::AT,
    name::VERDICT,
    name::PREVIOUS,
    name::BODY,
    name::HASH,
    name::TEXT,
    name::THINNED,
];

/// The longest text of a body in bytes. DynamoDB takes no item of more than 400 KB.
const MAX_TEXT: u64 = 8_000_000;

const VERDICTS: [(Verdict, &str); 3] =
    [(Verdict::Match, "="), (Verdict::Mismatch, "x"), (Verdict::Inconclusive, "?")];

/// A certificate as an item.
pub(crate) fn to_stored(
    install: &InstallId,
    sk: &Sk<'_>,
    certificate: &Certificate,
) -> Result<Item> {
    let line = Thinned::of(certificate)
        .ok_or_else(|| Error::internal("a certificate that is not sealed is not stored"))?;
    let mut item = line_item(install, sk, &line)?;
    item.insert(name::TEXT.to_owned(), compressed(&certificate.body_text()?)?);
    Ok(item)
}

/// The attributes of every certificate, whole or thinned.
fn line_item(install: &InstallId, sk: &Sk<'_>, line: &Thinned) -> Result<Item> {
    let word = VERDICTS.iter().find(|(verdict, _)| *verdict == line.verdict);
    let mut item = key(install, sk);
    item.insert(attr::SCHEMA.to_owned(), n(ItemKind::Proof.schema()));
    item.insert(name::AT.to_owned(), n(line.at.0));
    item.extend(word.map(|(_, word)| (name::VERDICT.to_owned(), s(*word))));
    if let Some(previous) = &line.previous {
        item.insert(name::PREVIOUS.to_owned(), bytes(previous)?);
    }
    item.insert(name::BODY.to_owned(), bytes(&line.body)?);
    item.insert(name::HASH.to_owned(), bytes(&line.hash)?);
    Ok(item)
}

/// A thinned certificate as an item.
#[cfg(test)]
pub(crate) fn thinned_item(install: &InstallId, sk: &Sk<'_>, line: &Thinned) -> Result<Item> {
    let mut item = line_item(install, sk, line)?;
    item.insert(name::THINNED.to_owned(), AttributeValue::Bool(true));
    Ok(item)
}

/// A stored certificate of any layout. `None` when only a newer version knows its layout: such an
/// item is not touched.
pub(crate) fn from_stored(item: Item) -> Result<Option<StoredCertificate>> {
    let schema = item.get(attr::SCHEMA).and_then(|schema| schema.as_n().ok());
    let schema: i64 = schema.map_or(Ok(1), |schema| schema.parse()).map_err(Error::internal)?;
    if schema > ItemKind::Proof.schema() {
        tracing::warn!(schema, "a certificate of a newer version is left alone");
        return Ok(None);
    }
    if schema < ItemKind::Proof.schema() {
        return Ok(known_item::<Certificate>(item)?.map(whole));
    }
    let Some(line) = line_of(&item)? else { return Ok(None) };
    let Some(AttributeValue::B(text)) = item.get(name::TEXT) else {
        return Ok(Some(StoredCertificate::Thinned(line)));
    };
    let mut document: serde_json::Value =
        serde_json::from_slice(&inflated(text.as_ref())?).map_err(Error::internal)?;
    let members = document.as_object_mut().ok_or_else(|| malformed("the body"))?;
    members.extend([
        ("id".to_owned(), json!(line.id)),
        ("at".to_owned(), json!(line.at)),
        ("verdict".to_owned(), json!(line.verdict)),
        ("body".to_owned(), json!(line.body)),
        ("hash".to_owned(), json!(line.hash)),
    ]);
    if let Some(previous) = line.previous {
        members.insert("previous".to_owned(), json!(previous));
    }
    serde_json::from_value(document).map(whole).map(Some).map_err(Error::internal)
}

fn whole(certificate: Certificate) -> StoredCertificate {
    StoredCertificate::Whole(Box::new(certificate))
}

/// The line of a stored certificate. `None` when it holds a word that only a newer version knows.
fn line_of(item: &Item) -> Result<Option<Thinned>> {
    let word = text(item, name::VERDICT)?;
    let Some((verdict, _)) = VERDICTS.iter().find(|(_, known)| *known == word) else {
        tracing::warn!(word, "a certificate of a newer version is left alone");
        return Ok(None);
    };
    let id = text(item, attr::SK)?.rsplit('#').next().unwrap_or_default();
    let at = item.get(name::AT).and_then(|at| at.as_n().ok()).ok_or_else(|| malformed(name::AT))?;
    let previous = item.contains_key(name::PREVIOUS).then(|| hash(item, name::PREVIOUS));
    Ok(Some(Thinned {
        version: VERSION,
        id: id.parse().map_err(Error::internal)?,
        at: Millis(at.parse().map_err(Error::internal)?),
        verdict: *verdict,
        previous: previous.transpose()?,
        body: hash(item, name::BODY)?,
        hash: hash(item, name::HASH)?,
    }))
}

/// Whether an item has only attributes that this version knows.
pub(crate) fn is_known(item: &Item) -> bool {
    item.keys().all(|name| KNOWN.contains(&name.as_str()))
}

fn text<'i>(item: &'i Item, name: &str) -> Result<&'i str> {
    let text = item.get(name).and_then(|text| text.as_s().ok());
    text.map(String::as_str).ok_or_else(|| malformed(name))
}

fn hash(item: &Item, name: &str) -> Result<String> {
    let bytes = item.get(name).and_then(|bytes| bytes.as_b().ok());
    bytes.map(|bytes| hex::encode(bytes.as_ref())).ok_or_else(|| malformed(name))
}

fn malformed(name: &str) -> Error {
    Error::internal(format!("a stored certificate without a valid {name}"))
}

/// A hash as bytes.
pub(crate) fn bytes(hash: &str) -> Result<AttributeValue> {
    let bytes = hex::decode(hash).map_err(Error::internal)?;
    Ok(AttributeValue::B(Blob::new(bytes)))
}

fn compressed(text: &[u8]) -> Result<AttributeValue> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).map_err(Error::internal)?;
    Ok(AttributeValue::B(Blob::new(encoder.finish().map_err(Error::internal)?)))
}

fn inflated(compressed: &[u8]) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut decoder = DeflateDecoder::new(compressed).take(MAX_TEXT);
    decoder.read_to_end(&mut text).map_err(Error::internal)?;
    Ok(text)
}

#[cfg(test)]
mod tests;
