//! Google's words.

use super::{Fault, Row};

const INVALID: &str = "INVALID_ARGUMENT";

pub(super) const ROWS: [Row; 15] = [
    (
        Fault::InvalidRequest,
        400,
        INVALID,
        None,
        "* GenerateContentRequest.contents: contents is not specified\n",
    ),
    (
        Fault::ContextTooLong,
        400,
        INVALID,
        None,
        "The input token count (1112345) exceeds the maximum number of tokens allowed (1048576).",
    ),
    (
        Fault::TooManyOutputTokens,
        400,
        INVALID,
        None,
        "Unable to submit request because it has a maxOutputTokens value of 999999 but the supported range is from 1 (inclusive) to 65537 (exclusive).",
    ),
    (Fault::ToolsUnsupported, 400, INVALID, None, "Function calling is not enabled for models/{model}"),
    (Fault::BadImage, 400, INVALID, None, "Unable to process input image."),
    (Fault::InvalidKey, 400, INVALID, None, "API key not valid. Please pass a valid API key."),
    (
        Fault::NoCredit,
        429,
        "RESOURCE_EXHAUSTED",
        None,
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    (Fault::Permission, 403, "PERMISSION_DENIED", None, "The caller does not have permission"),
    (Fault::Region, 400, "FAILED_PRECONDITION", None, "User location is not supported for the API use."),
    (
        Fault::UnknownModel,
        404,
        "NOT_FOUND",
        None,
        "models/{model} is not found for API version v1beta, or is not supported for generateContent.",
    ),
    (Fault::RequestTooLarge, 400, INVALID, None, "Request payload size exceeds the limit: 20971520 bytes."),
    (Fault::RateLimit, 429, "RESOURCE_EXHAUSTED", None, "Resource has been exhausted (e.g. check quota)."),
    (Fault::Server, 500, "INTERNAL", None, "An internal error has occurred."),
    (Fault::Overloaded, 503, "UNAVAILABLE", None, "The model is overloaded. Please try again later."),
    (Fault::Timeout, 504, "DEADLINE_EXCEEDED", None, "Deadline expired before operation could complete."),
];
