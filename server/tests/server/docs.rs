//! The API's document and Swagger UI, for everybody who can reach the server.

use axum::body::Body;
use http::Request;

use crate::harness::{Reply, Server};

async fn get(server: &Server, path: &str) -> Reply {
    server.send(Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_document_is_served() {
    let server = Server::start().await;
    let reply = get(&server, "/api/openapi.json").await;
    assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "application/json"));
    let document = reply.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(document["components"]["securitySchemes"]["token"]["scheme"], "bearer");
}

#[tokio::test]
async fn swagger_ui_loads_from_this_server_alone() {
    let server = Server::with(&[("RATE_LIMIT_BURST", "2")]).await;
    for path in ["/api/docs", "/api/docs/"] {
        let page = get(&server, path).await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html"), "{path}");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("script-src 'self';") && policy.contains("connect-src 'self'"), "{policy}");
        // Under that policy a script in the page itself would not run.
        assert!(!page.body.contains("<script>") && !page.body.contains("onload="), "{}", page.body);
        let mut files = 0;
        for attribute in ["src=\"", "href=\""] {
            for link in page.body.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(link.starts_with("/api/docs/"), "{link}");
                assert_eq!(get(&server, link).await.status, 200, "{link}");
                files += 1;
            }
        }
        assert!(files >= 5, "{}", page.body);
    }
    let start = get(&server, "/api/docs/swagger-initializer.js").await;
    assert!(start.body.contains("/api/openapi.json") && !start.body.contains("https://"), "{}", start.body);
    let missing = get(&server, "/api/docs/../../etc/passwd").await;
    assert_eq!((missing.status.as_u16(), missing.header("content-type")), (404, "application/problem+json"));
}
