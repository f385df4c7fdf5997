//! Files over real HTTP: kept, read, served, refused. What a model gets of them is tried in `attached.rs`.

use http::StatusCode;
use serde_json::{Value, json};
use vertice_domain::Action;
use vertice_testkit::specimens::{self, png};

use crate::{
    client::{Answer, Place, Running},
    permissions::{ID, Step},
};

pub(crate) const FILES: &str = "/api/v1/files";
const MB: usize = 1024 * 1024;

/// What the routes do.
pub(crate) fn routes() -> Vec<Step> {
    vec![
        ("POST", "/api/v1/files", Some(Action::WriteFiles), Some(json!("no form"))),
        ("GET", "/api/v1/files/{id}", Some(Action::ReadFiles), None),
        ("DELETE", "/api/v1/files/{id}", Some(Action::WriteFiles), None),
    ]
}

/// A server, and Ann's token.
pub(crate) struct Counter {
    pub(crate) place: Place,
    pub(crate) server: Running,
    pub(crate) token: String,
}

impl Counter {
    pub(crate) async fn new(variables: &[(&str, &str)]) -> Self {
        let base = [("RATE_LIMIT_REQUESTS_PER_MINUTE", "1000000"), ("RATE_LIMIT_BURST", "1000000")];
        let all = base.iter().chain(variables);
        let place = all.fold(Place::new(), |place, (name, value)| place.set(name, value));
        let token = place.token("ann@example.com").await;
        let server = place.serve().await;
        Self { place, server, token }
    }

    /// Sends a file and reads the answer, good or bad.
    pub(crate) async fn send(&self, name: &str, bytes: &[u8]) -> (StatusCode, Value) {
        let answer = self.server.post_form(&self.token, &part("file", Some(name), bytes)).await;
        (answer.status, answer.json().await)
    }

    /// Sends a file that is taken.
    pub(crate) async fn keep(&self, name: &str, bytes: &[u8]) -> Value {
        let (status, file) = self.send(name, bytes).await;
        assert_eq!(status, 201, "{file}");
        file
    }

    pub(crate) async fn open(&self, method: &str, file: &Value, query: &str) -> Answer {
        let path = format!("{FILES}/{}{query}", file["id"].as_str().unwrap());
        self.server.open(method, &self.token, &path, None).await
    }

    async fn text(&self, file: &Value) -> String {
        let answer = self.open("GET", file, "?as=text").await;
        assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
        String::from_utf8(answer.bytes().await.into()).unwrap()
    }

    /// The status, the code and the message of a refusal.
    async fn refusal(&self, name: &str, bytes: &[u8]) -> (u16, String, String) {
        let (status, problem) = self.send(name, bytes).await;
        let said = |field: &str| problem[field].as_str().unwrap_or_default().to_owned();
        if status == 422 {
            assert_eq!(problem["errors"][0]["field"], "file", "{problem}");
        }
        (status.as_u16(), said("code"), said("detail"))
    }
}

/// A part of a form, between its boundaries.
fn part(field: &str, name: Option<&str>, bytes: &[u8]) -> Vec<u8> {
    let name = name.map_or_else(String::new, |name| format!("; filename=\"{name}\""));
    let head = format!("--between\r\nContent-Disposition: form-data; name=\"{field}\"{name}\r\n\r\n");
    [head.as_bytes(), bytes, b"\r\n"].concat()
}

impl Running {
    /// A form of these parts.
    async fn post_form(&self, token: &str, parts: &[u8]) -> Answer {
        let body = [parts, b"--between--\r\n"].concat();
        self.post_bytes(token, FILES, "multipart/form-data; boundary=between", body).await
    }
}

#[tokio::test]
async fn a_file_goes_through_its_life() {
    let counter = Counter::new(&[]).await;
    let file = counter.keep("../../C:\\notes\\Ação \u{202e}.md", "# Olá\n".as_bytes()).await;
    let known = ["name", "media_type", "size", "kind", "pages", "characters"].map(|fact| file[fact].clone());
    assert_eq!(json!(known), json!(["Ação .md", "text/markdown", 7, "text", null, 6]));
    let again = counter.open("GET", &file, "?as=metadata").await.json().await;
    assert_eq!(again, file);

    let answer = counter.open("GET", &file, "").await;
    let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
    assert_eq!(
        (header("content-type"), header("content-length"), header("x-content-type-options")),
        ("text/markdown".into(), "7".into(), "nosniff".into())
    );
    assert!(
        header("content-disposition")
            .starts_with("attachment; filename=\"A__o .md\"; filename*=UTF-8''A%C3%A7")
    );
    assert!(header("content-security-policy").contains("sandbox"));
    assert_eq!(answer.bytes().await, "# Olá\n".as_bytes());
    assert_eq!(counter.text(&file).await, "# Olá\n");

    // Nobody else has it.
    let other = counter.place.token("bob@example.com").await;
    let path = format!("{FILES}/{}", file["id"].as_str().unwrap());
    for (method, query) in [("GET", ""), ("GET", "?as=text"), ("GET", "?as=metadata"), ("DELETE", "")] {
        let answer = counter.server.open(method, &other, &format!("{path}{query}"), None).await;
        assert_eq!(answer.status, 404, "{method}{query}");
    }
    assert_eq!(counter.open("DELETE", &file, "").await.status, 204);
    assert_eq!(counter.open("GET", &file, "").await.status, 404);
    assert_eq!(counter.open("DELETE", &file, "").await.status, 404);
    let never = json!({"id": ID});
    assert_eq!(counter.open("GET", &never, "?as=text").await.status, 404);
}

#[tokio::test]
async fn content_says_what_a_file_is() {
    let counter = Counter::new(&[]).await;
    let pdf = specimens::pdf(&["Hello"]);
    for (name, bytes, media_type, kind) in [
        ("a.exe", &png(2, 3)[..], "image/png", "image"),
        ("photo.png", &pdf, "application/pdf", "pdf"),
        ("a.html", b"<script>alert(1)</script>", "text/html", "text"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "image/svg+xml", "text"),
        ("a.csv", b"\xFF\xFEa\0,\0b\0", "text/csv", "text"),
        ("main.rs", b"fn main() {}", "text/plain", "text"),
        ("a.json", b"{not json", "application/json", "text"),
    ] {
        let file = counter.keep(name, bytes).await;
        assert_eq!((&file["media_type"], &file["kind"]), (&json!(media_type), &json!(kind)), "{name}");
        let answer = counter.open("GET", &file, "").await;
        assert!(answer.headers["content-disposition"].to_str().unwrap().starts_with("attachment;"), "{name}");
        assert_eq!(answer.bytes().await, bytes, "{name}");
    }
    let utf16 = counter.keep("a.csv", b"\xFE\xFF\0a\0,\0b").await;
    assert_eq!(counter.text(&utf16).await, "a,b");
    let picture = counter.keep("a.png", &png(2, 2)).await;
    assert_eq!(counter.open("GET", &picture, "?as=text").await.status, 422);

    for (name, bytes) in [
        ("notes.docx", &b"PK\x03\x04\x14\0\x06\0\x08\0"[..]),
        ("notes.txt", b"\x7fELF\x02\x01\x01\0"),
        ("a.pdf", b"MZ\x90\0\x03"),
        ("a.png", b"\0\0\0\x20ftypheic"),
        ("a.txt", b"caf\xe9"),
    ] {
        let (status, code, detail) = counter.refusal(name, bytes).await;
        assert_eq!((status, code.as_str()), (415, "unsupported_media_type"), "{name}: {detail}");
        assert!(detail.contains("can be attached"), "{detail}");
    }
    for (bytes, said) in [
        (&b""[..], "is empty"),
        (&png(2, 2)[..20], "cannot be read"),
        (&png(30_000, 30_000)[..], "30000 × 30000"),
    ] {
        let (status, _, detail) = counter.refusal("a.png", bytes).await;
        assert!(status == 422 && detail.contains(said), "{detail}");
    }
}

#[tokio::test]
async fn the_text_of_a_pdf_is_read_with_its_pages() {
    let counter = Counter::new(&[]).await;
    let file = counter.keep("report.pdf", &specimens::pdf(&["Revenue (net) rose", "", "The end"])).await;
    assert_eq!((&file["pages"], &file["kind"]), (&json!(3), &json!("pdf")));
    let text = counter.text(&file).await;
    assert_eq!(
        text,
        "[Page 1]\nRevenue (net) rose\n\n[Page 2]\n[No text: this page may be a picture.]\n\n[Page 3]\nThe end\n\n"
    );
    assert_eq!(file["characters"], text.chars().count());

    let many = counter.keep("many.pdf", &specimens::pdf(&vec!["page"; 5_000])).await;
    assert_eq!(many["pages"], 5_000);
    let text = counter.text(&many).await;
    assert!(text.contains("[Page 200]\npage") && !text.contains("[Page 201]"));
    assert!(
        text.ends_with("[Only the first 200 of 5000 pages were read.]\n"),
        "{}",
        &text[text.len() - 90..]
    );

    let long = counter.keep("long.pdf", &specimens::pdf(&["x".repeat(1_500_000).as_str(); 3])).await;
    let text = counter.text(&long).await;
    assert!(text.contains("[Page 2]") && !text.contains("[Page 3]") && text.contains("cut here"));
    assert!(text.chars().count() < 2_000_200);
}

#[tokio::test]
async fn hostile_pdfs_cost_little_and_are_refused() {
    let counter = Counter::new(&[]).await;
    let whole = specimens::pdf(&["Hello"]);
    for (name, bytes, said) in [
        ("locked.pdf", specimens::encrypted(), "protected by a password"),
        ("cut.pdf", whole[..60].to_vec(), "cannot be read"),
        ("junk.pdf", b"%PDF-1.7\n\xff\xfe junk".to_vec(), "cannot be read"),
        ("zip.pdf", [b"%PDF-1.4\n", &b"PK\x03\x04".repeat(1_000)[..]].concat(), "cannot be read"),
    ] {
        let (status, code, detail) = counter.refusal(name, &bytes).await;
        assert_eq!((status, code.as_str()), (422, "invalid_request"), "{name}: {detail}");
        assert!(detail.contains(said), "{name}: {detail}");
    }
    // Half a gigabyte in half a megabyte: the page is not read, and the rest is.
    let bomb = counter.keep("bomb.pdf", &specimens::bomb(512 * MB)).await;
    assert_eq!(counter.text(&bomb).await, "[Page 1]\n[This page could not be read.]\n\n");
    // Lists in lists, for whoever follows them by calling itself.
    let deep = [b"%PDF-1.4\n1 0 obj\n", &b"[".repeat(4 * MB)[..], b"\nendobj\n"].concat();
    assert_eq!(counter.refusal("deep.pdf", &deep).await.0, 422);
    // The server lives, and reads on.
    counter.keep("good.pdf", &whole).await;
}

#[tokio::test]
async fn ten_megabytes_are_taken_and_not_a_byte_more() {
    let counter = Counter::new(&[]).await;
    let mut bytes = vec![b'x'; 10 * MB];
    let file = counter.keep("ten.txt", &bytes).await;
    assert_eq!((&file["size"], &file["characters"]), (&json!(10 * MB), &json!(10 * MB)));
    bytes.push(b'x');
    let (status, code, _) = counter.refusal("more.txt", &bytes).await;
    assert_eq!((status, code.as_str()), (413, "file_too_large"));
    bytes.resize(11 * MB, b'x');
    let (status, code, _) = counter.refusal("more.txt", &bytes).await;
    assert_eq!((status, code.as_str()), (413, "body_too_large"));
}

#[tokio::test]
async fn what_somebody_keeps_is_counted_once_and_freed() {
    let counter = Counter::new(&[("STORAGE_LIMIT_MB_PER_USER", "1")]).await;
    let most = vec![b'a'; 700 * 1024];
    let file = counter.keep("a.txt", &most).await;
    // The same bytes under another name, and its text, take no more room.
    let again = counter.keep("b.txt", &most).await;
    let (status, code, _) = counter.refusal("c.txt", &vec![b'c'; 400 * 1024]).await;
    assert_eq!((status, code.as_str()), (413, "storage_exceeded"));
    assert_eq!(counter.open("DELETE", &file, "").await.status, 204);
    assert_eq!(counter.open("GET", &again, "").await.bytes().await, most);
    assert_eq!(counter.open("DELETE", &again, "").await.status, 204);
    counter.keep("c.txt", &vec![b'c'; 400 * 1024]).await;
}

#[tokio::test]
async fn a_form_holds_one_file() {
    let counter = Counter::new(&[]).await;
    let one = part("file", Some("a.txt"), b"a");
    for (parts, status) in [
        ([&one[..], &one].concat(), 422),
        (part("other", Some("a.txt"), b"a"), 422),
        ([&one[..], &part("note", None, b"a")].concat(), 422),
        (part("file", None, b"a"), 422),
        (Vec::new(), 422),
        (b"--between\r\nno head".to_vec(), 400),
    ] {
        let answer = counter.server.post_form(&counter.token, &parts).await;
        let shown = String::from_utf8_lossy(&parts).into_owned();
        assert_eq!(
            (answer.status.as_u16(), &answer.headers["content-type"]),
            (status, &"application/problem+json".parse().unwrap()),
            "{shown}"
        );
    }
    let answer = counter.server.post_bytes(&counter.token, FILES, "application/json", b"{}".to_vec()).await;
    assert_eq!(
        (answer.status.as_u16(), answer.json().await["code"].clone()),
        (415, json!("unsupported_media_type"))
    );
}
