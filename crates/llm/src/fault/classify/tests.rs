//! Complaints as providers write them, and the faults they are.

use super::*;

fn fault(status: Option<u16>, body: &str) -> Fault {
    let mut complaint = Complaint::parse(body).unwrap_or_default();
    complaint.status = status.or(complaint.status);
    complaint.into_fault()
}

#[test]
fn statuses_types_and_codes() {
    let cases = [
        (Some(401), r#"{"error":{"type":"authentication_error","message":"x"}}"#, FaultKind::Auth, false),
        (Some(429), r#"{"error":{"code":"insufficient_quota"}}"#, FaultKind::Billing, false),
        (Some(429), r#"{"error":{"code":"rate_limit_exceeded"}}"#, FaultKind::RateLimited, true),
        (Some(402), "{}", FaultKind::Billing, false),
        (
            Some(400),
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}"#,
            FaultKind::Billing,
            false,
        ),
        (
            None,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low."}}"#,
            FaultKind::Billing,
            false,
        ),
        (Some(403), "nothing", FaultKind::Permission, false),
        (
            Some(404),
            r#"{"error":{"type":"invalid_request_error","message":"no"}}"#,
            FaultKind::NotFound,
            false,
        ),
        (Some(409), "", FaultKind::Unavailable, true),
        (Some(413), "", FaultKind::ContextTooLong, false),
        (Some(529), "", FaultKind::Overloaded, true),
        (Some(500), r#"{"error":{"type":"api_error"}}"#, FaultKind::Unavailable, true),
        (
            Some(400),
            r#"{"error":{"type":"invalid_request_error","message":"prompt is too long: 1 > 0"}}"#,
            FaultKind::ContextTooLong,
            false,
        ),
        (Some(400), r#"{"error":{"code":"context_length_exceeded"}}"#, FaultKind::ContextTooLong, false),
        (Some(400), r#"{"error":{"type":"invalid_request_error"}}"#, FaultKind::Rejected, false),
        (
            None,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            FaultKind::Overloaded,
            true,
        ),
        (None, r#"{"error":{"code":429,"message":"slow down"}}"#, FaultKind::RateLimited, true),
        (None, r#"{"error":"model runner has stopped"}"#, FaultKind::Unavailable, true),
        (
            Some(400),
            r#"{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"API key not valid.","details":[{"reason":"API_KEY_INVALID"}]}}"#,
            FaultKind::Auth,
            false,
        ),
        (
            None,
            r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"slow","details":[{"retryDelay":"17s"}]}}"#,
            FaultKind::RateLimited,
            true,
        ),
        (
            Some(400),
            r#"{"error":{"status":"FAILED_PRECONDITION","message":"User location is not supported for the API use."}}"#,
            FaultKind::Region,
            false,
        ),
        (
            Some(403),
            r#"{"error":{"code":"unsupported_country_region_territory","message":"x"}}"#,
            FaultKind::Region,
            false,
        ),
        (Some(400), r#"{"error":{"code":"content_filter","message":"x"}}"#, FaultKind::ContentFilter, false),
        (
            Some(400),
            r#"{"error":{"type":"invalid_request_error","message":"registry/gemma:2b does not support tools"}}"#,
            FaultKind::Incapable,
            false,
        ),
        (
            Some(500),
            r#"{"error":{"code":500,"type":"server_error","message":"image input is not supported - hint: mmproj"}}"#,
            FaultKind::Incapable,
            false,
        ),
        (
            Some(503),
            r#"[{"error":{"code":503,"status":"UNAVAILABLE","message":"busy"}}]"#,
            FaultKind::Overloaded,
            true,
        ),
        (Some(498), r#"{"error":{"type":"capacity_exceeded"}}"#, FaultKind::Overloaded, true),
    ];
    for (status, body, kind, retry) in cases {
        let fault = fault(status, body);
        assert_eq!((fault.kind, fault.retry), (kind, retry), "{status:?} {body}");
    }
    assert_eq!(Complaint::parse(r#"{"choices":[]}"#), None);
}

#[test]
fn what_is_wrong_with_the_request_is_told_from_the_providers_trouble() {
    let cases = [
        (None, r#"{"error":{"code":"image_parse_error","message":"x"}}"#, FaultKind::Rejected),
        (None, r#"{"error":{"code":"invalid_base64_image","message":"x"}}"#, FaultKind::Rejected),
        (None, r#"{"error":{"code":"invalid_prompt","message":"x"}}"#, FaultKind::Rejected),
        (
            None,
            r#"{"error":{"code":"image_content_policy_violation","message":"x"}}"#,
            FaultKind::ContentFilter,
        ),
        (Some(400), r#"{"error":{"type":"server_error","message":"bad schema"}}"#, FaultKind::Rejected),
        (Some(422), r#"{"error":{"message":"bad schema"}}"#, FaultKind::Rejected),
    ];
    for (status, body, kind) in cases {
        assert_eq!((fault(status, body).kind, fault(status, body).retry), (kind, false), "{status:?} {body}");
    }
}

#[test]
fn details_are_short_and_without_keys() {
    let body = format!(r#"{{"error":{{"message":"bad key (sk-proj-123)\n {}"}}}}"#, "long ".repeat(200));
    let detail = fault(Some(400), &body).detail.unwrap();
    assert!(detail.starts_with("bad key [hidden] long") && detail.chars().count() <= 501, "{detail}");
    assert_eq!(fault(Some(401), &body).detail, None);
}
