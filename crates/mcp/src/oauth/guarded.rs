//! Requests to authorization servers. A stranger's document names their addresses: each is judged here, and then by the guarded
//! client. No redirect is followed, and no answer is longer than it may be.

use std::{sync::Arc, time::Duration};

use futures::StreamExt as _;
use http::{Request, Response};
use rmcp::transport::auth::{OAuthHttpClient, OAuthHttpClientFuture, OAuthHttpRequest};
use url::{Host, Url};

use crate::connection::HttpClients;

/// The longest answer, in bytes.
const LONGEST: usize = 256 * 1024;
/// How long one of them may take.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone)]
pub(super) struct Guarded {
    pub(super) clients: Arc<dyn HttpClients>,
    pub(super) private_network: bool,
}

/// Why there is no answer, as a clause.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unanswered(String);

fn unanswered(why: &str) -> Unanswered {
    Unanswered(why.to_owned())
}

impl Guarded {
    pub(super) async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Unanswered> {
        tokio::time::timeout(PATIENCE, self.answered(request))
            .await
            .map_err(|_elapsed| unanswered("its authorization server took too long"))?
    }

    async fn answered(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Unanswered> {
        let silent = |_| unanswered("its authorization server cannot be reached");
        let request = reqwest::Request::try_from(request).map_err(silent)?;
        if !may_be_asked(request.url(), self.private_network) {
            return Err(unanswered("the address of its authorization server must begin with https://"));
        }
        let client = self.clients.client(request.url(), self.private_network).await.map_err(Unanswered)?;
        let answer = client.execute(request).await.map_err(silent)?;
        let mut response = Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            response = response.header(name, value);
        }
        let (mut stream, mut body) = (answer.bytes_stream(), Vec::new());
        while let Some(chunk) = stream.next().await {
            body.extend_from_slice(&chunk.map_err(silent)?);
            if body.len() > LONGEST {
                return Err(unanswered("its authorization server says too much"));
            }
        }
        response.body(body).map_err(|_| unanswered("its authorization server's answer cannot be read"))
    }
}

impl OAuthHttpClient for Guarded {
    fn execute(&self, request: OAuthHttpRequest) -> OAuthHttpClientFuture<'_> {
        Box::pin(async move { self.send(request.request).await.map_err(Into::into) })
    }
}

/// https; http only on this machine, where an admin has added the server.
pub(super) fn may_be_asked(url: &Url, private_network: bool) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    match url.scheme() {
        "https" => true,
        "http" => private_network && is_loopback,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;

    use super::*;
    use crate::connection::HttpClient;

    /// Clients that nobody gets.
    #[derive(Default)]
    struct Refusing(Mutex<Vec<(String, bool)>>);

    #[async_trait]
    impl HttpClients for Refusing {
        async fn client(&self, url: &Url, private_network: bool) -> Result<HttpClient, String> {
            self.0.lock().unwrap().push((url.to_string(), private_network));
            Err("the address is not on the public internet".into())
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_and_admins() {
        for (url, for_all, for_admins) in [
            ("https://as.example.com/token", true, true),
            ("https://127.0.0.1/token", true, true),
            ("http://127.0.0.1:9/token", false, true),
            ("http://localhost:9/token", false, true),
            ("http://[::1]:9/token", false, true),
            ("http://10.0.0.1/token", false, false),
            ("http://as.example.com/token", false, false),
            ("http://localhost.example.com/", false, false),
            ("javascript:alert(1)", false, false),
            ("data:text/html,x", false, false),
            ("file:///etc/passwd", false, false),
        ] {
            let url = Url::parse(url).unwrap();
            let told = (may_be_asked(&url, false), may_be_asked(&url, true));
            assert_eq!(told, (for_all, for_admins), "{url}");
        }
    }

    #[tokio::test]
    async fn what_is_asked_is_judged_by_the_guarded_client_each_time() {
        let clients = Arc::new(Refusing::default());
        let guarded = Guarded { clients: Arc::<Refusing>::clone(&clients), private_network: false };
        for (url, why) in [
            ("http://127.0.0.1/token", "the address of its authorization server must begin with https://"),
            ("https://10.0.0.1/token", "the address is not on the public internet"),
        ] {
            let request = Request::post(url).body(Vec::new()).unwrap();
            assert_eq!(guarded.send(request).await.unwrap_err(), unanswered(why));
        }
        let asked = clients.0.lock().unwrap().clone();
        assert_eq!(asked, [("https://10.0.0.1/token".to_owned(), false)]);
    }
}
