//! The client of one connection over HTTP: it asks with the token that the user is signed in with, asks for another one where the
//! server takes that for none, and remembers what the server wants.

use std::{collections::HashMap, future::Future, sync::Arc};

use async_trait::async_trait;
use futures::stream::BoxStream;
use http::{HeaderName, HeaderValue};
use rmcp::{
    model::ClientJsonRpcMessage,
    transport::{
        auth::AuthError,
        streamable_http_client::{SseError, StreamableHttpClient, StreamableHttpPostResponse},
    },
};
use sse_stream::Sse;
use url::Url;
use vertice_domain::{McpServerId, UserId};

use super::fault::{self, HttpError};

type Headers = HashMap<HeaderName, HeaderValue>;

/// Whose sign-in: a user's, at a server of this address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub user: UserId,
    pub server: McpServerId,
    pub url: Url,
    /// Whether what belongs to the server may be on a private network.
    pub private_network: bool,
}

/// What users are signed in with.
#[async_trait]
pub trait SignIns: Send + Sync {
    /// The token to ask with; none: the user is not signed in. An error is a sentence.
    async fn token(&self, holder: &Holder) -> Result<Option<String>, String>;
    /// The server takes `refused` for none. Another one, if there is or can be one.
    async fn another(&self, holder: &Holder, refused: &str) -> Result<Option<String>, String>;
    /// The server wants its user to sign in, with this challenge (`WWW-Authenticate`).
    async fn wanted(&self, holder: &Holder, challenge: &str);
    /// The server grants the token too little. Whether signing in again may help; if not, the sentence that says so.
    async fn too_little(&self, holder: &Holder, challenge: &str) -> Result<(), String>;
}

/// Nobody is signed in anywhere.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSignIns;

#[async_trait]
impl SignIns for NoSignIns {
    async fn token(&self, _: &Holder) -> Result<Option<String>, String> {
        Ok(None)
    }

    async fn another(&self, _: &Holder, _: &str) -> Result<Option<String>, String> {
        Ok(None)
    }

    async fn wanted(&self, _: &Holder, _: &str) {}

    async fn too_little(&self, _: &Holder, _: &str) -> Result<(), String> {
        Ok(())
    }
}

#[derive(Clone)]
pub(super) struct Bearer {
    client: reqwest::Client,
    sign_ins: Arc<dyn SignIns>,
    /// None: nobody signs in here.
    holder: Option<Holder>,
}

impl Bearer {
    pub(super) const fn new(
        client: reqwest::Client,
        sign_ins: Arc<dyn SignIns>,
        holder: Option<Holder>,
    ) -> Self {
        Self { client, sign_ins, holder }
    }

    async fn ask<T, F>(&self, call: impl Fn(Option<String>) -> F + Send) -> Result<T, HttpError>
    where
        F: Future<Output = Result<T, HttpError>> + Send,
    {
        let Some(holder) = &self.holder else { return call(None).await };
        let token = self.sign_ins.token(holder).await.map_err(not_renewed)?;
        let mut outcome = call(token.clone()).await;
        if let (Some(refused), Err(error)) = (&token, &outcome)
            && fault::is_unauthorized(error)
        {
            let another = self.sign_ins.another(holder, refused).await.map_err(not_renewed)?;
            if another.is_some() {
                outcome = call(another).await;
            }
        }
        match &outcome {
            Err(HttpError::AuthRequired(error)) => {
                self.sign_ins.wanted(holder, &error.www_authenticate_header).await;
            }
            Err(HttpError::InsufficientScope(error)) if token.is_some() => {
                let helps = self.sign_ins.too_little(holder, &error.www_authenticate_header).await;
                helps.map_err(|why| HttpError::Auth(AuthError::InvalidScope(why)))?;
            }
            _ => {}
        }
        outcome
    }
}

fn not_renewed(why: String) -> HttpError {
    HttpError::Auth(AuthError::TokenRefreshFailed(why))
}

impl StreamableHttpClient for Bearer {
    type Error = reqwest::Error;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        _: Option<String>,
        headers: Headers,
    ) -> Result<StreamableHttpPostResponse, HttpError> {
        self.ask(|token| {
            self.client.post_message(uri.clone(), message.clone(), session.clone(), token, headers.clone())
        })
        .await
    }

    async fn post_message_with_max_sse_event_size(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        _: Option<String>,
        headers: Headers,
        most: usize,
    ) -> Result<StreamableHttpPostResponse, HttpError> {
        self.ask(|token| {
            let (uri, message, session) = (uri.clone(), message.clone(), session.clone());
            self.client.post_message_with_max_sse_event_size(
                uri,
                message,
                session,
                token,
                headers.clone(),
                most,
            )
        })
        .await
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session: Arc<str>,
        _: Option<String>,
        headers: Headers,
    ) -> Result<(), HttpError> {
        self.ask(|token| self.client.delete_session(uri.clone(), session.clone(), token, headers.clone()))
            .await
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session: Option<Arc<str>>,
        last: Option<String>,
        _: Option<String>,
        headers: Headers,
    ) -> Result<BoxStream<'static, Result<Sse, SseError>>, HttpError> {
        self.ask(|token| {
            self.client.get_stream(uri.clone(), session.clone(), last.clone(), token, headers.clone())
        })
        .await
    }

    async fn get_stream_with_max_sse_event_size(
        &self,
        uri: Arc<str>,
        session: Option<Arc<str>>,
        last: Option<String>,
        _: Option<String>,
        headers: Headers,
        most: usize,
    ) -> Result<BoxStream<'static, Result<Sse, SseError>>, HttpError> {
        self.ask(|token| {
            let (uri, session, last) = (uri.clone(), session.clone(), last.clone());
            self.client.get_stream_with_max_sse_event_size(uri, session, last, token, headers.clone(), most)
        })
        .await
    }
}
