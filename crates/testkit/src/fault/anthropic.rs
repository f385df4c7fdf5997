//! Anthropic's words.

use super::{Fault, Row};

const INVALID: &str = "invalid_request_error";

pub(super) const ROWS: [Row; 15] = [
    (Fault::InvalidRequest, 400, INVALID, None, "messages: at least one message is required"),
    (Fault::ContextTooLong, 400, INVALID, None, "prompt is too long: 1012345 tokens > 1000000 maximum"),
    (
        Fault::TooManyOutputTokens,
        400,
        INVALID,
        None,
        "max_tokens: 999999 > 128000, which is the maximum allowed number of output tokens for {model}",
    ),
    (Fault::ToolsUnsupported, 400, INVALID, None, "'{model}' does not support tool use."),
    (
        Fault::BadImage,
        400,
        INVALID,
        None,
        "messages.0.content.0.image.source.base64: image exceeds 5 MB maximum: 6291456 bytes > 5242880 bytes",
    ),
    (Fault::InvalidKey, 401, "authentication_error", None, "invalid x-api-key"),
    (
        Fault::NoCredit,
        400,
        INVALID,
        None,
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
    ),
    (
        Fault::Permission,
        403,
        "permission_error",
        None,
        "Your API key does not have permission to use the specified resource.",
    ),
    (Fault::Region, 403, "forbidden", None, "Request not allowed"),
    (Fault::UnknownModel, 404, "not_found_error", None, "model: {model}"),
    (Fault::RequestTooLarge, 413, "request_too_large", None, "Request exceeds the maximum size"),
    (
        Fault::RateLimit,
        429,
        "rate_limit_error",
        None,
        "This request would exceed your organization's rate limit of 50 requests per minute.",
    ),
    (Fault::Server, 500, "api_error", None, "Internal server error"),
    (Fault::Overloaded, 529, "overloaded_error", None, "Overloaded"),
    (Fault::Timeout, 504, "timeout_error", None, "Request timed out"),
];
