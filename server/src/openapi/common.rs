//! What is the same for all operations: credentials, and how they fail.

use utoipa::{
    Modify,
    openapi::{
        Content, Header, OpenApi, Ref, RefOr, Response,
        header::HeaderBuilder,
        path::{Operation, ParameterIn},
        schema::{ObjectBuilder, Type},
        security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};

use super::described;

const SCHEME: &str = "token";

/// Paths that ask nobody who they are.
const OPEN: [&str; 4] = ["/health", "/ready", "/metrics", "/api/openapi.json"];

/// Adds it.
pub(super) struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        let mut http = Http::new(HttpAuthScheme::Bearer);
        http.description =
            Some("A personal API token (`vtk_…`), or a JWT of the issuer that the server names. Browsers send a session cookie instead.".into());
        components.add_security_scheme(SCHEME, SecurityScheme::Http(http));
        for (path, item) in &mut document.paths.paths {
            let operations = [
                ("get", &mut item.get),
                ("post", &mut item.post),
                ("put", &mut item.put),
                ("patch", &mut item.patch),
                ("delete", &mut item.delete),
            ];
            for (method, operation) in operations {
                let Some(operation) = operation else { continue };
                operation.operation_id = Some(id(method, path));
                // A summary is one line; the comment it is made from may be longer.
                operation.summary = operation.summary.take().map(|text| text.replace('\n', " "));
                if OPEN.contains(&path.as_str()) {
                    operation.security = Some(Vec::new());
                } else {
                    operation.security = Some(vec![SecurityRequirement::new(SCHEME, [""; 0])]);
                    add_failures(operation, path.starts_with("/v1/"));
                }
            }
        }
    }
}

/// A name for programs that are made from the document: `get_conversations_id`. Functions here share names.
fn id(method: &str, path: &str) -> String {
    let path = path.strip_prefix("/api/v1").or_else(|| path.strip_prefix("/api")).unwrap_or(path);
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}

/// A failure: its status, when it comes, and whether it says when to try again.
type Case = (&'static str, &'static str, bool);

fn add_failures(operation: &mut Operation, is_openai: bool) {
    let has_body = operation.request_body.is_some();
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let has_id = parameters.iter().any(
        |parameter| matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Path),
    );
    let reads_input = has_body || !parameters.is_empty();
    let invalid: Case = if is_openai {
        ("400", "The input is not valid", false)
    } else {
        ("422", "The input is not valid; `errors` says where", false)
    };
    let cases: [(bool, Case); 11] = [
        (true, ("401", "No credentials, or bad ones", false)),
        (true, ("403", "The token lacks the scope, or the caller is no admin", false)),
        (has_id || has_body, ("404", "There is no such object, or it is another user's", false)),
        (true, ("413", "The body is too large", false)),
        (has_body, ("415", "The body is not JSON", false)),
        (reads_input, invalid),
        (has_body && !is_openai, ("400", "The body is not valid JSON", false)),
        (true, ("429", "Too many requests, or the quota is used up", true)),
        (true, ("500", "A defect; it is in the log", false)),
        (true, ("503", "Not right now", true)),
        // Failures of providers keep the status that says them best.
        (true, ("default", "Any other failure", false)),
    ];
    for (applies, (status, text, has_wait)) in cases {
        if applies {
            let failure = failure(text, is_openai, has_wait);
            operation.responses.responses.entry(status.to_owned()).or_insert(RefOr::T(failure));
        }
    }
}

fn failure(text: &str, is_openai: bool, has_wait: bool) -> Response {
    let (media_type, schema) =
        if is_openai { ("application/json", "ErrorBody") } else { ("application/problem+json", "Problem") };
    let mut response = described(text);
    let content = Content::new(Some(Ref::from_schema_name(schema)));
    response.content.insert(media_type.to_owned(), RefOr::T(content));
    if has_wait {
        response.headers.insert("Retry-After".to_owned(), RefOr::T(retry_after()));
    }
    response
}

fn retry_after() -> Header {
    let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
    HeaderBuilder::new()
        .schema(Some(seconds))
        .description(Some("Seconds until it is worth trying again"))
        .build()
}
