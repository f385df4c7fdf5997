//! OpenAI's words, and Groq's where they differ.

use super::{Fault, Row};

const INVALID: &str = "invalid_request_error";
const UNKNOWN: &str = "The model `{model}` does not exist or you do not have access to it.";

pub(super) const ROWS: [Row; 15] = [
    (Fault::InvalidRequest, 400, INVALID, Some("invalid_value"), "Invalid value for 'messages'."),
    (
        Fault::ContextTooLong,
        400,
        INVALID,
        Some("context_length_exceeded"),
        "This model's maximum context length is 922000 tokens. However, your messages resulted in 934567 tokens. Please reduce the length of the messages.",
    ),
    (
        Fault::TooManyOutputTokens,
        400,
        INVALID,
        Some("invalid_value"),
        "max_tokens is too large: 999999. This model supports at most 128000 completion tokens, whereas you provided 999999.",
    ),
    (
        Fault::ToolsUnsupported,
        400,
        INVALID,
        Some("unsupported_parameter"),
        "Unsupported parameter: 'tools' is not supported with this model.",
    ),
    (
        Fault::BadImage,
        400,
        INVALID,
        Some("image_parse_error"),
        "You uploaded an unsupported image. Please make sure your image is valid.",
    ),
    (Fault::InvalidKey, 401, INVALID, Some("invalid_api_key"), "Incorrect API key provided: sk-****rong."),
    (
        Fault::NoCredit,
        429,
        "insufficient_quota",
        Some("insufficient_quota"),
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    (
        Fault::Permission,
        403,
        INVALID,
        Some("model_not_available"),
        "Project `proj_x` does not have access to model `{model}`",
    ),
    (
        Fault::Region,
        403,
        "request_forbidden",
        Some("unsupported_country_region_territory"),
        "Country, region, or territory not supported",
    ),
    (Fault::UnknownModel, 404, INVALID, Some("model_not_found"), UNKNOWN),
    (Fault::RequestTooLarge, 413, INVALID, None, "Request body is too large."),
    (
        Fault::RateLimit,
        429,
        "requests",
        Some("rate_limit_exceeded"),
        "Rate limit reached for {model} on requests per min (RPM): Limit 500, Used 500.",
    ),
    (
        Fault::Server,
        500,
        "server_error",
        None,
        "The server had an error while processing your request. Sorry about that!",
    ),
    (
        Fault::Overloaded,
        503,
        "server_error",
        Some("server_is_overloaded"),
        "The engine is currently overloaded, please try again later",
    ),
    (Fault::Timeout, 504, "server_error", Some("timeout"), "The request timed out."),
];

pub(super) const GROQ_ROWS: [Row; 6] = [
    (
        Fault::ContextTooLong,
        400,
        INVALID,
        Some("context_length_exceeded"),
        "Please reduce the length of the messages or completion.",
    ),
    (Fault::ToolsUnsupported, 400, INVALID, None, "`tool calling` is not supported with this model"),
    (Fault::InvalidKey, 401, INVALID, Some("invalid_api_key"), "Invalid API Key"),
    (
        Fault::RateLimit,
        429,
        "tokens",
        Some("rate_limit_exceeded"),
        "Rate limit reached for model `{model}` on tokens per minute (TPM): Limit 8000, Used 8000.",
    ),
    (Fault::Server, 500, "internal_server_error", None, "Internal Server Error"),
    (Fault::Overloaded, 503, "internal_server_error", None, "Service unavailable. Please try again later."),
];
