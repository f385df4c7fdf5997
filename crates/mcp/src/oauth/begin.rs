//! A sign-in is begun: who signs people in for this server, as whom do we come there, and where is the person sent.

use std::{sync::Arc, time::Duration};

use rmcp::transport::auth::{
    AuthError, AuthorizationManager, AuthorizationMetadata, OAuthClientConfig, WWWAuthenticateParams,
};
use url::{Host, Url};
use vertice_ports::mcp::{CALLBACK_PATH, CLIENT_METADATA_PATH, CLIENT_NAME};

use super::{StoredSignIns, guarded::may_be_asked, pending::Begun, record::Client};
use crate::{
    connection::Holder,
    oauth::finish::{Fault, failed},
};

/// How long it may take until it is known where a person signs in.
const PATIENCE: Duration = Duration::from_secs(45);

impl StoredSignIns {
    /// The address that the person's browser is to go to, and comes back from to `origin`.
    pub(crate) async fn begin(&self, holder: Holder, origin: &str) -> Result<Url, Fault> {
        let begun = tokio::time::timeout(PATIENCE, self.prepared(holder, origin)).await;
        let (page, state, begun) =
            begun.map_err(|_| Fault::Failed("its authorization server took too long".into()))??;
        self.pending.put(state, begun, self.shared.clock.now());
        Ok(page)
    }

    async fn prepared(&self, holder: Holder, origin: &str) -> Result<(Url, String, Begun), Fault> {
        let odd = |what: &str| Fault::Failed(format!("{what} is none"));
        let here = Url::parse(origin).map_err(|_| odd("this server's own address"))?;
        let seat = self.shared.seat(holder.user, holder.server);
        let (challenge, before) = {
            let kept = self.shared.kept(&holder, &seat).await.map_err(Fault::Failed)?;
            (seat.challenge(), kept.record(&holder).cloned())
        };
        let http = Arc::new(self.shared.guarded(&holder));
        let mut manager = AuthorizationManager::new_with_oauth_http_client(holder.url.clone(), http)
            .await
            .map_err(|error| failed(&error))?;
        let found = manager
            .resolve_metadata_from_challenge(challenge.as_deref())
            .await
            .map_err(|error| failed(&error))?;
        let metadata = found.metadata;
        manager.set_metadata(metadata.clone());
        let mut asked = manager.select_initial_scopes(&[]).await;
        let wanted = challenge.map(|challenge| WWWAuthenticateParams::parse(&challenge, &holder.url));
        let is_step_up = wanted.is_some_and(|wanted| wanted.is_insufficient_scope());
        // Whoever signs in anew for the sake of more scopes keeps those they have.
        let before = before.filter(|before| before.issuer == metadata.issuer);
        for scope in before.iter().flat_map(|before| &before.scopes) {
            if !asked.contains(scope) {
                asked.push(scope.clone());
            }
        }
        let client = client(&mut manager, &metadata, &here, &asked).await.map_err(|error| failed(&error))?;
        let scopes: Vec<&str> = asked.iter().map(String::as_str).collect();
        let page = manager.get_authorization_url(&scopes).await.map_err(|error| failed(&error))?;
        let page = Url::parse(&page).map_err(|_| odd("the address of its sign-in page"))?;
        if !may_be_asked(&page, holder.private_network) {
            return Err(Fault::Failed("the address of its sign-in page must begin with https://".into()));
        }
        let (Some(state), Some(resource)) = (last(&page, "state"), last(&page, "resource")) else {
            return Err(odd("the address of its sign-in page"));
        };
        let says_issuer = is_true(&metadata, "authorization_response_iss_parameter_supported");
        let begun = Begun {
            holder,
            manager,
            client,
            issuer: metadata.issuer,
            says_issuer,
            token_endpoint: metadata.token_endpoint,
            resource,
            asked,
            step_ups: before.filter(|_| is_step_up).map_or(0, |before| before.step_ups.saturating_add(1)),
        };
        Ok((page, state, begun))
    }
}

/// What the address says last under this name: what stands before that is the authorization server's own.
fn last(page: &Url, name: &str) -> Option<String> {
    let named = page.query_pairs().filter(|(key, _)| key == name);
    named.last().map(|(_, value)| value.into_owned())
}

/// As whom we come: by the document about us, where the authorization server takes that and can read it; else it registers us.
async fn client(
    manager: &mut AuthorizationManager,
    metadata: &AuthorizationMetadata,
    here: &Url,
    scopes: &[String],
) -> Result<Client, AuthError> {
    let redirect = here.join(CALLBACK_PATH)?;
    let kind = if here.scheme() == "https" { "web" } else { "native" };
    let config = |id: &str| OAuthClientConfig::new(id, redirect.as_str()).with_application_type(kind);
    let config = if is_true(metadata, "client_id_metadata_document_supported") && is_public(here) {
        let config = config(here.join(CLIENT_METADATA_PATH)?.as_str());
        manager.configure_client(config.clone())?;
        config
    } else {
        // The only way to tell rmcp what kind of application is to be registered; the client itself is replaced at once.
        manager.configure_client(config("unregistered"))?;
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        manager.register_client(CLIENT_NAME, redirect.as_str(), &scopes).await?
    };
    Ok(Client { id: config.client_id, secret: config.client_secret, secret_in_body: in_body_only(metadata) })
}

fn is_true(metadata: &AuthorizationMetadata, name: &str) -> bool {
    metadata.additional_fields.get(name).and_then(serde_json::Value::as_bool).unwrap_or(false)
}

/// As rmcp decides it for the first token.
fn in_body_only(metadata: &AuthorizationMetadata) -> bool {
    let ways = metadata.additional_fields.get("token_endpoint_auth_methods_supported");
    let takes = |way: &str| {
        ways.and_then(serde_json::Value::as_array).is_some_and(|ways| ways.iter().any(|one| one == way))
    };
    takes("client_secret_post") && !takes("client_secret_basic")
}

/// Whether others can read what is at this address: nobody outside knows a name without a dot, or finds an address at home.
fn is_public(here: &Url) -> bool {
    let is_name = match here.host() {
        Some(Host::Domain(name)) => name.contains('.') && !name.ends_with(".localhost"),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => false,
    };
    here.scheme() == "https" && is_name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_about_us_is_for_those_who_can_read_it() {
        for (here, public) in [
            ("https://chat.example.com", true),
            ("http://chat.example.com", false),
            ("https://chat", false),
            ("https://localhost:3000", false),
            ("https://a.localhost", false),
            ("https://192.168.1.2", false),
            ("https://[fd00::1]", false),
        ] {
            assert_eq!(is_public(&Url::parse(here).unwrap()), public, "{here}");
        }
    }

    #[test]
    fn what_the_authorization_server_puts_into_its_address_is_not_taken_for_ours() {
        let page = Url::parse("https://as.example.com/?state=fixed&resource=x&state=ours").unwrap();
        assert_eq!((last(&page, "state").as_deref(), last(&page, "none")), (Some("ours"), None));
    }
}
