//! `GET /portal…` and `/portal/api/…`: the portal's page and its JSON API.
//!
//! A route reads the request (`extract`), calls the library's use cases (`stripe_sync::app`) and
//! answers with a shape of `dto`.

pub mod assets;
mod dto;
mod etag;
mod extract;
mod file;
mod openapi;
pub mod router;
mod routes;
pub mod state;
