//! What rules let happen, and above all what they do not.

mod spellings;

use serde_json::json;

use super::*;
use ArgumentTest::{Host, Is, StartsWith};
use ToolPermission::{Allow, Ask, Deny};

fn rule(test: ArgumentTest, value: &str, permission: ToolPermission) -> ArgumentRule {
    ArgumentRule { argument: "/path".into(), test, values: vec![value.into()], permission }
}

/// What one rule about `path` says of it.
fn said(test: ArgumentTest, value: &str, permission: ToolPermission, path: &str) -> Option<ToolPermission> {
    ruled(&[rule(test, value, permission)], &json!({"path": path}))
}

#[test]
fn a_folder_is_what_lies_in_it_and_nothing_beside_it() {
    for value in ["/home/x", "/home/x/", "/home/./y/../x"] {
        for inside in ["/home/x", "/home/x/", "/home/x/a", "/home/x/../x/a", "/home//x/./a"] {
            assert_eq!(said(StartsWith, value, Allow, inside), Some(Allow), "{value} {inside}");
        }
        for outside in [
            "/home/xyz",
            "/home/x/../../etc/passwd",
            "/home/x/../y",
            "/home",
            "/",
            "",
            "/etc/passwd",
            "/home/X/a",
            "/home/x/%2e%2e/y",
            "/home/x\u{0}/a",
            "home/x/a",
            "~/x",
            "../home/x",
            "\\home\\x\\..\\..\\etc",
            "/home/x/../../../home/x",
            "//home/x/a",
            " /home/x/a",
            "/home/x/$(id)",
            "/home/x/*",
        ] {
            assert_eq!(said(StartsWith, value, Allow, outside), None, "{value} {outside}");
        }
    }
    assert_eq!(said(StartsWith, "src/", Allow, "./src/main.rs"), Some(Allow));
    assert_eq!(said(StartsWith, "src/", Allow, "src/../secret"), None);
    assert_eq!(said(StartsWith, "src/", Allow, "/src/main.rs"), None);
    assert_eq!(said(StartsWith, "C:\\work", Allow, "c:/work/a"), Some(Allow));
    assert_eq!(said(StartsWith, "C:\\work", Allow, "C:\\work\\..\\windows"), None);
}

#[test]
fn what_is_denied_cannot_be_said_in_another_way() {
    for path in ["/etc", "/etc/passwd", "/home/../etc/passwd", "//etc/passwd", "/etc/../etc/./shadow"] {
        let told = said(StartsWith, "/etc", Deny, path);
        assert!(matches!(told, Some(Deny | Ask)), "{path}: {told:?}");
    }
    // What cannot be read is asked about, never let pass.
    for path in ["/ETC/passwd", "../../etc/passwd", "etc/passwd", "/%2e%2e/etc", "~/../../etc", "/etc\u{0}"] {
        assert_eq!(said(StartsWith, "/etc", Deny, path), Some(Ask), "{path}");
    }
    assert_eq!(said(StartsWith, "/etc", Deny, "/home/etc"), None);
    assert_eq!(said(StartsWith, "rm ", Deny, "rm -rf /; ls"), Some(Deny));
    assert_eq!(said(StartsWith, "rm ", Deny, "  RM -rf /"), Some(Ask));
    assert_eq!(said(Is, "main", Deny, "MAIN "), Some(Ask));
    assert_eq!(said(Is, "/etc/passwd", Deny, "/etc/../etc/passwd"), Some(Deny));
    assert_eq!(said(Is, "/etc/passwd", Allow, "/etc/../etc/passwd"), None);
    assert_eq!(said(Is, "/etc/passwd", Deny, "passwd"), Some(Ask));
}

#[test]
fn a_beginning_allows_nothing_that_is_joined_to_it() {
    assert_eq!(said(StartsWith, "git status", Allow, "git status --short"), Some(Allow));
    assert_eq!(said(StartsWith, "docs", Allow, "docs/../../etc"), None);
    for more in ["; rm -rf /", " && id", "$(id)", " | sh", "\nid", " > /etc/passwd", "`id`"] {
        assert_eq!(said(StartsWith, "git status", Allow, &format!("git status{more}")), None, "{more}");
        assert_eq!(said(StartsWith, "git status", Ask, &format!("git status{more}")), Some(Ask), "{more}");
    }
}

#[test]
fn hosts_are_those_that_a_browser_would_ask() {
    for good in [
        "https://example.com",
        "http://EXAMPLE.com:8080/a?b#c",
        "https://example.com./",
        "https://example.com/@ann?to=a@b",
    ] {
        assert_eq!(said(Host, "example.com", Allow, good), Some(Allow), "{good}");
    }
    for bad in [
        "https://example.com.evil.test",
        "https://example.com@evil.test/",
        "https://a:b@example.com/",
        "https://evil.test/?https://example.com",
        "https://evil.test#example.com",
        "https://a.example.com",
        "https://evil.test\\@example.com",
        "https:/example.com",
        "ftp://example.com/",
        "example.com",
        "https://exam%70le.com",
        "https://example.com\n.evil.test",
        "https://\u{ff45}xample.com",
    ] {
        assert_eq!(said(Host, "example.com", Allow, bad), None, "{bad}");
    }
    assert_eq!(said(Host, "*.example.com", Allow, "https://a.b.example.com/"), Some(Allow));
    assert_eq!(said(Host, "*.example.com", Allow, "https://example.com/"), None);
    assert_eq!(said(Host, "*.example.com", Allow, "https://badexample.com/"), None);
    assert_eq!(said(Host, "evil.test", Deny, "//evil.test"), Some(Ask));
    let below = |text| said(StartsWith, "https://api.example.com/v1", Allow, text);
    assert_eq!(below("https://api.example.com:443/v1/users?x=1"), Some(Allow));
    for bad in [
        "https://api.example.com/v1/../v2",
        "https://api.example.com/v10",
        "http://api.example.com/v1",
        "https://api.example.com.evil.test/v1",
        "https://api.example.com@evil.test/v1",
    ] {
        assert_eq!(below(bad), None, "{bad}");
    }
}

#[test]
fn the_strictest_of_all_rules_counts() {
    let rules = [
        rule(StartsWith, "/home", Allow),
        rule(StartsWith, "/home/ann/.ssh", Deny),
        rule(StartsWith, "/home/ann/mail", Ask),
    ];
    let said = |path: &str| ruled(&rules, &json!({"path": path}));
    assert_eq!(said("/home/ann/a.txt"), Some(Allow));
    assert_eq!(said("/home/ann/.ssh/id"), Some(Deny));
    assert_eq!(said("/home/bob/../ann/mail/1"), Some(Ask));
    assert_eq!(said("/etc"), None);
    assert_eq!(ruled(&rules, &json!({})), Some(Ask), "what is not there cannot be read");
    assert_eq!(ruled(&rules[..1], &json!({})), None);
    assert_eq!(ruled(&[], &json!({"path": "/home"})), None);
}

#[test]
fn every_one_of_a_list_has_to_be_allowed_and_one_is_enough_to_deny() {
    let allow = [rule(StartsWith, "/home", Allow)];
    let told = |rules: &[ArgumentRule], paths: Value| ruled(rules, &json!({"path": paths}));
    assert_eq!(told(&allow, json!(["/home/a", "/home/b"])), Some(Allow));
    for paths in
        [json!(["/home/a", "/etc"]), json!([]), json!([["/home/a"]]), json!({"a": "/home"}), json!(null)]
    {
        assert_eq!(told(&allow, paths.clone()), None, "{paths}");
    }
    let deny = [rule(StartsWith, "/etc", Deny)];
    assert_eq!(told(&deny, json!(["/home/a", "/etc/passwd"])), Some(Deny));
    assert_eq!(told(&deny, json!(["/home/a", 7])), Some(Ask), "it cannot be told where that leads");
    assert_eq!(told(&deny, json!([{"a": 1}])), Some(Ask));
}

#[test]
fn values_are_compared_as_they_are_written() {
    let rules = [ArgumentRule { values: vec!["5".into(), "true".into()], ..rule(Is, "", Allow) }];
    for (value, allowed) in [
        (json!(5), true),
        (json!("5"), true),
        (json!(true), true),
        (json!(5.5), false),
        (json!(false), false),
    ] {
        assert_eq!(ruled(&rules, &json!({"path": value})).is_some(), allowed, "{value}");
    }
    let deep = ArgumentRule { argument: "/a~1b/c".into(), ..rule(Is, "x", Allow) };
    assert_eq!(ruled(&[deep], &json!({"a/b": {"c": "x"}})), Some(Allow));
}

#[test]
fn a_test_of_tomorrow_allows_nothing() {
    let read = |permission: &str| {
        let json =
            json!({"argument": "/path", "test": "resembles", "values": ["a"], "permission": permission});
        serde_json::from_value::<ArgumentRule>(json).unwrap()
    };
    let told = |permission| ruled(&[read(permission)], &json!({"path": "a"}));
    assert_eq!([told("allow"), told("ask"), told("deny")], [None, Some(Ask), Some(Ask)]);
}

#[test]
fn what_makes_no_sense_is_refused_by_name() {
    let check = |rule: ArgumentRule| ToolPatch { permission: None, rules: Some(vec![rule]) }.check();
    for good in [
        rule(Is, "a", Allow),
        rule(StartsWith, "/home", Deny),
        rule(StartsWith, "git ", Allow),
        rule(StartsWith, "https://a.example/x", Allow),
        rule(Host, "*.example.com", Ask),
    ] {
        assert!(check(good.clone()).is_ok(), "{good:?}");
    }
    for (bad, field) in [
        (ArgumentRule { argument: "path".into(), ..rule(Is, "a", Allow) }, "rules[0].argument"),
        (ArgumentRule { argument: "/a~2".into(), ..rule(Is, "a", Allow) }, "rules[0].argument"),
        (ArgumentRule { values: Vec::new(), ..rule(Is, "a", Allow) }, "rules[0].values"),
        (rule(Is, " ", Allow), "rules[0].values"),
        (rule(StartsWith, "../..", Allow), "rules[0].values"),
        (rule(StartsWith, "https://a@b.example", Allow), "rules[0].values"),
        (rule(StartsWith, "https://a.example/?q=1", Allow), "rules[0].values"),
        (rule(Host, "https://a.example", Allow), "rules[0].values"),
        (rule(ArgumentTest::Unknown, "a", Allow), "rules[0].test"),
    ] {
        let error = check(bad.clone()).expect_err("it makes no sense");
        assert_eq!(error.fields[0].field, field, "{bad:?}");
    }
    assert!(ToolPatch::default().check().is_err());
    assert!(ToolPatch { rules: Some(Vec::new()), ..ToolPatch::default() }.check().is_ok());
    let many = vec![rule(Is, "a", Allow); MOST_RULES + 1];
    assert!(ToolPatch { rules: Some(many), ..ToolPatch::default() }.check().is_err());
}

#[test]
fn a_schema_offers_its_arguments() {
    let schema = json!({"type": "object", "properties": {
        "path": {"type": "string"},
        "a/b": {"type": "object", "properties": {"c~": {"type": "integer"}}},
        "files": {"type": "array", "items": {"type": "string"}},
        "deep": {"properties": {"er": {"properties": {"and": {"properties": {"deeper": {}}}}}}},
    }});
    let mut found = arguments(&schema);
    found.sort();
    assert_eq!(found, ["/a~1b/c~0", "/files", "/path"]);
    assert_eq!(arguments(&json!(true)), Vec::<String>::new());
}
