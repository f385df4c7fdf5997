//! The command line: what it prints where, and how it exits.

use crate::client::Place;
use crate::harness::PASSWORD;

#[tokio::test]
async fn an_admin_and_a_token_are_made() {
    let place = Place::new();
    let create =
        ["admin", "user", "create", "--email", "Ada@Example.com", "--role", "admin", "--password-stdin"];
    let made = place.run(&create, &format!("{PASSWORD}\n")).await;
    assert_eq!((made.code, made.stdout.as_str()), (Some(0), ""), "{made:?}");
    let again = place.run(&create, PASSWORD).await;
    assert_eq!(again.code, Some(1), "{again:?}");
    let token =
        place.run(&["admin", "token", "create", "--email", "ada@example.com", "--name", "laptop"], "").await;
    assert_eq!((token.code, token.stderr.as_str()), (Some(0), ""));
    assert!(token.stdout.starts_with("vtk_") && token.stdout.lines().count() == 1, "{token:?}");
    let server = place.serve().await;
    let me = server.json("GET", token.stdout.trim(), "/api/v1/users/me", None).await;
    assert_eq!((&me["email"], &me["role"]), (&"ada@example.com".into(), &"admin".into()));
}

#[tokio::test]
async fn a_user_is_given_a_limit_of_their_own() {
    let place = Place::new();
    let create = ["admin", "user", "create", "--email", "ada@example.com", "--password-stdin"];
    assert_eq!(place.run(&create, PASSWORD).await.code, Some(0));
    for (tokens, said) in [("500", "500 tokens a day"), ("0", "no daily limit"), ("none", "of their role")] {
        let limit = ["admin", "user", "limit", "--email", "Ada@example.com", "--tokens", tokens];
        let set = place.run(&limit, "").await;
        assert_eq!((set.code, set.stdout.as_str()), (Some(0), ""), "{set:?}");
        assert!(set.stderr.contains("ada@example.com") && set.stderr.contains(said), "{set:?}");
    }
    let nobody =
        place.run(&["admin", "user", "limit", "--email", "no@example.com", "--tokens", "1"], "").await;
    assert_eq!(nobody.code, Some(1), "{nobody:?}");
}

#[tokio::test]
async fn somebody_of_the_issuer_is_given_an_account() {
    let place = Place::new();
    let create = ["admin", "user", "create", "--email", "ada@example.com", "--password-stdin"];
    assert_eq!(place.run(&create, PASSWORD).await.code, Some(0));
    let link = ["admin", "user", "link", "--email", "Ada@example.com", "--subject", "user_1"];
    let nameless = place.run(&link, "").await;
    assert!(nameless.code == Some(1) && nameless.stderr.contains("OIDC_ISSUER"), "{nameless:?}");
    let place = place.set("OIDC_ISSUER", "https://id.example.com").set("OIDC_AUDIENCE", "vertice");
    for _ in 0..2 {
        let linked = place.run(&link, "").await;
        assert!(
            linked.code == Some(0) && linked.stderr.contains("user_1 of https://id.example.com"),
            "{linked:?}"
        );
    }
    let other = ["admin", "user", "create", "--email", "bob@example.com", "--password-stdin"];
    assert_eq!(place.run(&other, PASSWORD).await.code, Some(0));
    let taken =
        place.run(&["admin", "user", "link", "--email", "bob@example.com", "--subject", "user_1"], "").await;
    assert!(taken.code == Some(1) && taken.stderr.contains("another account"), "{taken:?}");
}

#[tokio::test]
async fn a_redis_that_is_not_there_stops_the_start_and_is_found_by_the_doctor() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let place = Place::new().set("REDIS_URL", &format!("redis://:hunter2@{free}"));
    let started = place.run(&["serve"], "").await;
    assert_eq!(started.code, Some(1), "{started:?}");
    assert!(started.stderr.contains("Check REDIS_URL"), "{started:?}");
    let ill = place.run(&["doctor"], "").await;
    assert_eq!(ill.code, Some(1), "{ill:?}");
    assert!(ill.stdout.contains("BROKEN  counters: Redis cannot be used"), "{ill:?}");
    assert!(!format!("{started:?}{ill:?}").contains("hunter2"));
}

#[tokio::test]
async fn what_fails_exits_with_1_and_says_why() {
    let place = Place::new();
    let nobody =
        place.run(&["admin", "token", "create", "--email", "no@example.com", "--name", "x"], "").await;
    assert_eq!((nobody.code, nobody.stdout.as_str()), (Some(1), ""));
    assert!(!nobody.stderr.is_empty());
    let create = ["admin", "user", "create", "--email", "a@example.com", "--password-stdin"];
    let weak = place.run(&create, "short").await;
    assert_eq!(weak.code, Some(1), "{weak:?}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let place = place.set("VERTICE_ADDR", &taken.local_addr().unwrap().to_string());
    let busy = place.run(&["serve"], "").await;
    assert_eq!(busy.code, Some(1));
    assert!(busy.stderr.contains("VERTICE_ADDR"), "{busy:?}");
}

#[tokio::test]
async fn wrong_usage_exits_with_2() {
    let place = Place::new();
    for arguments in [
        &["nonsense"][..],
        &["admin"],
        &["admin", "user", "create", "--email", "a@example.com"],
        &["admin", "user", "create", "--email", "a@example.com", "--role", "king", "--password-stdin"],
        &["admin", "token", "create", "--name", "x"],
        &["admin", "user", "limit", "--email", "a@example.com"],
        &["admin", "user", "limit", "--email", "a@example.com", "--tokens", "many"],
        &["serve", "--port", "1"],
    ] {
        assert_eq!(place.run(arguments, "").await.code, Some(2), "{arguments:?}");
    }
    assert_eq!(place.run(&["--version"], "").await.code, Some(0));
}

#[tokio::test]
async fn bad_settings_stop_every_command() {
    let place = Place::new().set("RATE_LIMIT_BURST", "0").set("LOG_FORMAT", "xml");
    std::fs::write(
        place.path().join(".env"),
        "DATABASE_URL=mysql://root:hunter2@localhost\nLOG_FORMAT=json\n",
    )
    .unwrap();
    for command in ["serve", "doctor"] {
        let outcome = place.run(&[command], "").await;
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        for text in ["RATE_LIMIT_BURST", "LOG_FORMAT", "DATABASE_URL", "for example: LOG_FORMAT=json"] {
            assert!(outcome.stderr.contains(text), "{text}: {outcome:?}");
        }
        assert!(!outcome.stderr.contains("hunter2"));
    }
}

#[tokio::test]
async fn the_doctor_finds_what_is_broken() {
    let place = Place::new().set("ANTHROPIC_API_KEY", "sk-ant-hunter2");
    let well = place.run(&["doctor"], "").await;
    assert_eq!(well.code, Some(0), "{well:?}");
    assert!(well.stdout.contains("ok      database") && !well.stdout.contains("hunter2"), "{well:?}");
    assert!(well.stdout.contains("ok      proxies: none is trusted"), "{well:?}");
    std::fs::write(place.path().join("file"), "").unwrap();
    let ill = place.set("VERTICE_DATA_DIR", "file/below").run(&["doctor"], "").await;
    assert_eq!(ill.code, Some(1), "{ill:?}");
    assert!(ill.stdout.contains("BROKEN  data directory"), "{ill:?}");
}

#[tokio::test]
async fn a_server_without_its_page_says_how_to_get_one() {
    let place = Place::new().set("LEPTOS_SITE_ROOT", "elsewhere");
    let served = place.run(&["serve"], "").await;
    assert_eq!(served.code, Some(1), "{served:?}");
    for text in ["elsewhere/pkg/vertice.js is missing", "cargo xtask build --release", "LEPTOS_SITE_ROOT"] {
        assert!(served.stderr.contains(text), "{text}: {served:?}");
    }
    let ill = place.run(&["doctor"], "").await;
    assert!(ill.code == Some(1) && ill.stdout.contains("BROKEN  page"), "{ill:?}");
}

#[tokio::test]
async fn commands_may_come_before_and_beside_the_first_start() {
    let place = Place::new();
    let create = |email: &'static str| {
        let place = &place;
        async move {
            place.run(&["admin", "user", "create", "--email", email, "--password-stdin"], PASSWORD).await
        }
    };
    let (server, first, second) =
        futures::join!(place.serve(), create("a@example.com"), create("b@example.com"));
    let third = create("c@example.com").await;
    for made in [first, second, third] {
        assert_eq!(made.code, Some(0), "{made:?}");
    }
    drop(server);
}
