//! The page on which files are chosen, with and without a script.

use axum::body::Body;
use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::{Desk, files};
use crate::harness::Reply;

const PAGE: &str = "/import";

/// A form with these files, as browsers send it.
fn form(cookie: &str, accept: &str, files: &[(&str, String)]) -> Request<Body> {
    let mut body = String::new();
    for (name, content) in files {
        body += &format!(
            "--cut\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\nContent-Type: application/json\r\n\r\n{content}\r\n"
        );
    }
    body += "--cut--\r\n";
    Request::post(PAGE)
        .header("host", "127.0.0.1:3000")
        .header("sec-fetch-site", "same-origin")
        .header("cookie", cookie)
        .header("accept", accept)
        .header("content-type", "multipart/form-data; boundary=cut")
        .body(Body::from(body))
        .unwrap()
}

fn is_page(reply: &Reply) -> bool {
    reply.header("content-type").starts_with("text/html")
        && reply.body.contains("enctype=\"multipart/form-data\"")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_form_works_without_a_script() {
    let desk = Desk::new().await;
    let cookie = desk.server.cookie("ann@example.com").await;
    let get = Request::get(PAGE).header("cookie", &cookie).body(Body::empty()).unwrap();
    let page = desk.server.send(get).await;
    assert!(page.status == StatusCode::OK && is_page(&page), "{page:?}");
    let all = [
        ("a.json", json!([files::claude("c1")]).to_string()),
        ("b.json", json!([files::chatgpt("g1")]).to_string()),
    ];
    let done = desk.server.send(form(&cookie, "text/html", &all)).await;
    assert!(done.status == StatusCode::OK && is_page(&done), "{done:?}");
    for said in [
        "Taken: 2 conversations with 6 messages",
        "Trip to Lisbon",
        "Arithmetic g1",
        "Left out of what was taken",
    ] {
        assert!(done.body.contains(said), "{said}: {}", done.body);
    }
    assert_eq!(desk.titles(&desk.ann).await.len(), 2);
    let none = desk.server.send(form(&cookie, "text/html", &[("", String::new())])).await;
    assert!(none.status == StatusCode::UNPROCESSABLE_ENTITY && is_page(&none), "{none:?}");
    let odd = desk.server.send(form(&cookie, "text/html", &[("x.json", "<html>".to_owned())])).await;
    assert!(odd.body.contains("neither JSON nor a zip archive"), "{odd:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_hears_how_far_it_is_and_gets_the_report() {
    let desk = Desk::new().await;
    let cookie = desk.server.cookie("ann@example.com").await;
    let all = [("a.json", json!([files::claude("c1")]).to_string())];
    let told = desk.server.send(form(&cookie, "application/x-ndjson", &all)).await;
    let lines: Vec<Value> = told.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines[0]["progress"]["of"].as_u64().unwrap() > 0, "{lines:?}");
    assert!(
        lines.last().unwrap()["html"].as_str().unwrap().contains("Taken: 1 conversation with 3 messages"),
        "{lines:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_is_for_sessions() {
    let desk = Desk::new().await;
    let get = Request::get(PAGE).body(Body::empty()).unwrap();
    let reply = desk.server.send(get).await;
    assert_eq!((reply.status, reply.header("location")), (StatusCode::SEE_OTHER, "/sign-in?next=%2Fimport"));
    let all = [("a.json", json!([files::claude("c1")]).to_string())];
    assert_eq!(desk.server.send(form("", "text/html", &all)).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_are_bounded_and_said_in_the_readers_language() {
    let desk = Desk::new().await;
    let cookie = desk.server.cookie("ann@example.com").await + "; language=pt-BR";
    let many: Vec<_> = (0..101).map(|_| ("", String::new())).collect();
    let refused = desk.server.send(form(&cookie, "text/html", &many)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{refused:?}");
    assert!(refused.body.contains("São mais de 100; envie em várias vezes."), "{refused:?}");
    let told = desk.server.send(form(&cookie, "application/x-ndjson", &many)).await.json();
    assert_eq!(told["detail"], "São mais de 100; envie em várias vezes.");
    let cut = json!([files::claude("c1"), 7]).to_string().replace("7]", "{");
    let done = desk.server.send(form(&cookie, "text/html", &[("a: b.json", cut)])).await;
    let said =
        "conversa 2: O arquivo termina cedo demais: foi cortado no caminho. O que veio antes está aqui.";
    assert!(done.body.contains(said), "{}", done.body);
}

/// A head of a part that never ends would lie in memory as long as it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_file_of_a_form_is_bounded() {
    let desk = Desk::new().await;
    let cookie = desk.server.cookie("ann@example.com").await;
    let pieces = std::iter::once(Bytes::from_static(b"--cut\r\nX: "))
        .chain(std::iter::repeat_n(Bytes::from(vec![b'x'; 64 * 1024]), 100));
    let request = form(&cookie, "application/x-ndjson", &[]);
    let body = Body::from_stream(futures::stream::iter(pieces.map(Ok::<_, std::convert::Infallible>)));
    let refused = desk.server.send(request.map(|_| body)).await;
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (StatusCode::BAD_REQUEST, &json!("malformed_body"))
    );
}
