//! The frame of the OpenAPI document, and what all routes share: failures, and the format of times.

use utoipa::openapi::header::Header;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response};
use utoipa::{Modify, OpenApi as Describe};

use stripe_sync::model::activity::Kind as ActivityKind;
use stripe_sync::model::payout::item::Reconciliation;

use crate::dto::runs::RunFilter;
use crate::dto::statements::JournalSplit;

/// The media type of every failure.
const PROBLEM: &str = "application/problem+json";
/// The schema of every failure.
const DETAILS: &str = "ProblemDetails";
/// The media type and the schema of the gateway's own responses.
const GATEWAYS: &str = "application/json";
const GATEWAY_MESSAGE: &str = "GatewayMessage";
/// Their statuses: an unknown path, too many requests, or a function that cannot run.
const BY_THE_GATEWAY: [&str; 3] = ["404", "429", "503"];

/// Descriptions for responses that rarely change.
const UNCHANGED: &str = "The caller already has this response: nothing changed.";
const TAGGED: &str = "A hash of the body, for responses that rarely change. Others have none.";
const KNOWN: &str = "The `ETag` of a response that the caller has.";

/// The frame of the document: the routes fill it.
#[derive(Describe)]
#[openapi(
    info(title = "Stripe Sync for Blnk Cloud: portal API",
        description = "The API of the portal's page."),
    // A query parameter refers to its type; only the types of bodies are collected by themselves.
    components(schemas(ActivityKind, JournalSplit, Reconciliation, RunFilter)),
    security(("session" = [])),
    modifiers(&Security)
)]
pub(crate) struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme(
            "session",
            SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
        );
    }
}

/// Adds to each operation the responses that all operations have in common.
pub(crate) fn complete(mut document: OpenApi) -> OpenApi {
    for item in document.paths.paths.values_mut() {
        for operation in
            [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch]
                .into_iter()
                .flatten()
        {
            fail_like_all(operation);
            revalidate(operation);
        }
    }
    if let Some(components) = &mut document.components {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let message = ObjectBuilder::new()
            .description(Some("An error of the gateway in front of this API."))
            .property("message", text)
            .required("message");
        components.schemas.insert(GATEWAY_MESSAGE.to_owned(), message.into());
    }
    for schema in
        document.components.iter_mut().flat_map(|components| components.schemas.values_mut())
    {
        write_times(schema);
    }
    document
}

fn fail_like_all(operation: &mut Operation) {
    let mut failures = vec![
        ("401", "The session is missing or has ended."),
        ("410", "The session, or the launch, has ended."),
    ];
    failures.push(("429", "Too many requests. Retry."));
    failures.push(("503", "A service that this API depends on does not respond. Retry."));
    let parameters = operation.parameters.iter().flatten();
    let are_in = |place: ParameterIn| {
        parameters.clone().any(
            |parameter| matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == place),
        )
    };
    let (asks, names) = (are_in(ParameterIn::Query), are_in(ParameterIn::Path));
    if operation.request_body.is_some() || asks || names {
        failures.push(("400", "The request is invalid."));
    }
    if operation.request_body.is_some() {
        failures.push(("413", "The body is too large."));
    }
    if names {
        failures.push(("404", "Not found."));
        // Gateways decode paths before they hand them on: a name with a `#` or a `/` in it is
        // another path then.
        failures.push(("405", "The method is not allowed."));
    }
    // An operation without a session takes a token, which only the portal's own page may send.
    if operation.security.is_some() {
        failures.push(("403", "The request comes from another origin."));
    }
    let responses = &mut operation.responses.responses;
    for (status, text) in failures {
        responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(Response::new(text)));
    }
    for (status, response) in
        responses.iter_mut().filter(|(status, _)| status.starts_with(['4', '5']))
    {
        let RefOr::T(response) = response else { continue };
        if response.description.is_empty() {
            response.description = described(status).to_owned();
        }
        response.content.clear();
        if status != "429" {
            response.content.insert(
                PROBLEM.to_owned(),
                RefOr::T(Content::new(Some(Ref::from_schema_name(DETAILS)))),
            );
        }
        if BY_THE_GATEWAY.contains(&status.as_str()) {
            response.content.insert(
                GATEWAYS.to_owned(),
                RefOr::T(Content::new(Some(Ref::from_schema_name(GATEWAY_MESSAGE)))),
            );
        }
    }
}

/// Adds what an operation with rarely changing responses accepts and returns: the ETag and the 304.
fn revalidate(operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    let Some(RefOr::T(unchanged)) = responses.get_mut("304") else { return };
    UNCHANGED.clone_into(&mut unchanged.description);
    if let Some(RefOr::T(answer)) = responses.get_mut("200") {
        let mut tag = Header::new(ObjectBuilder::new().schema_type(Type::String));
        tag.description = Some(TAGGED.to_owned());
        answer.headers.insert("ETag".to_owned(), RefOr::T(tag));
    }
    let known = ParameterBuilder::new()
        .name("If-None-Match")
        .parameter_in(ParameterIn::Header)
        .description(Some(KNOWN))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build();
    operation.parameters.get_or_insert_default().push(known.into());
}

fn described(status: &str) -> &'static str {
    match status {
        "403" => "A permission is missing.",
        "404" => "Not found.",
        "409" => "The request conflicts with the current state.",
        "422" => "The request is valid and cannot be fulfilled.",
        _ => "The request failed.",
    }
}

/// Every time in a response is RFC 3339; its name is `at` or ends in `_at`.
fn write_times(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            for (name, property) in &mut object.properties {
                match property {
                    RefOr::T(Schema::Object(text)) if name == "at" || name.ends_with("_at") => {
                        text.format = Some(SchemaFormat::KnownFormat(KnownFormat::DateTime));
                    }
                    other => write_times(other),
                }
            }
        }
        Schema::AllOf(parts) => parts.items.iter_mut().for_each(write_times),
        Schema::OneOf(parts) => parts.items.iter_mut().for_each(write_times),
        Schema::AnyOf(parts) => parts.items.iter_mut().for_each(write_times),
        _ => {}
    }
}
