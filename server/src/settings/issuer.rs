//! Who vouches for users, besides their passwords: Clerk, or any issuer that speaks OpenID Connect. Half of it is a fault: whoever
//! configures an issuer must not believe that its tokens are held against an audience when they are not.

use url::Url;

use super::{Hidden, forms, reader::Reader};

/// What each of the two needs to be named with.
const OIDC: [&str; 3] = ["OIDC_AUDIENCE", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"];

/// For what an issuer's tokens are held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Product {
    /// Its session tokens say no audience, unless one is configured.
    Clerk {
        audience: Option<String>,
    },
    Oidc {
        audience: String,
    },
}

/// This server, as it is known to the issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSettings {
    pub id: String,
    /// None: a public client.
    pub secret: Option<Hidden>,
}

/// An issuer whose users are let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerSettings {
    /// Byte for byte as its tokens write it.
    pub issuer: String,
    pub product: Product,
    /// None: nobody signs in there from the browser.
    pub client: Option<ClientSettings>,
}

/// None: there are local accounts only.
pub(super) fn read(reader: &mut Reader<'_>) -> Option<IssuerSettings> {
    let clerk = clerk(reader);
    let issuer = reader.optional("OIDC_ISSUER", forms::issuer);
    let audience = reader.optional("OIDC_AUDIENCE", forms::word);
    let client = client(reader);
    let first = OIDC.into_iter().find(|name| reader.is_set(name));
    match (clerk, issuer) {
        (Some(_), Some(_)) => reader.refuse(
            "OIDC_ISSUER",
            "cannot be set beside CLERK_DOMAIN: there is one issuer. OIDC_CLIENT_ID may, for an OAuth application of Clerk"
                .to_owned(),
        ),
        (Some((issuer, clerks)), None) => {
            if audience.is_some() {
                return reader.refuse("OIDC_AUDIENCE", "is for OIDC_ISSUER; with Clerk set CLERK_AUDIENCE".to_owned());
            }
            Some(IssuerSettings { issuer, product: Product::Clerk { audience: clerks }, client })
        }
        (None, Some(issuer)) => {
            let Some(audience) = audience.or_else(|| Some(client.as_ref()?.id.clone())) else {
                if !reader.is_set("OIDC_AUDIENCE") && !reader.is_set("OIDC_CLIENT_ID") {
                    let fault = "is missing; OIDC_ISSUER needs it, or OIDC_CLIENT_ID, to know which tokens are for this server";
                    return reader.refuse("OIDC_AUDIENCE", fault.to_owned());
                }
                return None;
            };
            Some(IssuerSettings { issuer, product: Product::Oidc { audience }, client })
        }
        (None, None) => {
            let first = first.filter(|_| !reader.is_set("OIDC_ISSUER") && !reader.is_set("CLERK_DOMAIN"))?;
            reader.refuse("OIDC_ISSUER", format!("is missing; it is needed, since {first} is set"))
        }
    }
}

fn client(reader: &mut Reader<'_>) -> Option<ClientSettings> {
    let id = reader.optional("OIDC_CLIENT_ID", forms::word);
    let secret = reader.optional("OIDC_CLIENT_SECRET", forms::secret).map(Hidden);
    if secret.is_some() && !reader.is_set("OIDC_CLIENT_ID") {
        return reader.refuse(
            "OIDC_CLIENT_ID",
            "is missing; it is needed, since OIDC_CLIENT_SECRET is set".to_owned(),
        );
    }
    Some(ClientSettings { id: id?, secret })
}

/// Clerk's issuer, and the audience of its tokens. Its publishable key names the domain as well.
fn clerk(reader: &mut Reader<'_>) -> Option<(String, Option<String>)> {
    let domain = reader.optional("CLERK_DOMAIN", forms::clerk_domain);
    let named = reader.optional("CLERK_PUBLISHABLE_KEY", forms::publishable_key);
    let audience = reader.optional("CLERK_AUDIENCE", forms::word);
    let issuer = match (domain, named) {
        (Some(domain), Some(named)) if domain != named => {
            let shown = Url::parse(&named).ok().and_then(|url| Some(url.host_str()?.to_owned()));
            let fault =
                format!("is not the domain that CLERK_PUBLISHABLE_KEY names, {}", shown.unwrap_or_default());
            return reader.refuse("CLERK_DOMAIN", fault);
        }
        (Some(domain), _) => domain,
        (None, Some(named)) if !reader.is_set("CLERK_DOMAIN") => named,
        (None, _) => {
            let is_nameless =
                ["CLERK_DOMAIN", "CLERK_PUBLISHABLE_KEY"].iter().all(|name| !reader.is_set(name));
            if audience.is_some() && is_nameless {
                reader.refuse::<()>(
                    "CLERK_DOMAIN",
                    "is missing; it is needed, since CLERK_AUDIENCE is set".to_owned(),
                );
            }
            return None;
        }
    };
    Some((issuer, audience))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{SettingErrors, Settings, Variables};

    const ISSUER: (&str, &str) = ("OIDC_ISSUER", "https://id.example.com/");
    const CLIENT: (&str, &str) = ("OIDC_CLIENT_ID", "vertice");
    const DOMAIN: (&str, &str) = ("CLERK_DOMAIN", "clerk.example.com");
    /// Of `clerk.example.com`.
    const KEY: &str = "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k";

    fn read(pairs: &[(&str, &str)]) -> Result<Option<IssuerSettings>, SettingErrors> {
        let variables = Variables::of(pairs.iter().map(|(name, value)| (*name, *value)));
        Settings::read(&variables).map(|settings| settings.issuer)
    }

    #[test]
    fn an_issuer_is_named_with_what_its_tokens_are_for() {
        assert_eq!(read(&[]).unwrap(), None);
        let oidc = read(&[ISSUER, ("OIDC_AUDIENCE", "urn:vertice")]).unwrap().unwrap();
        assert_eq!(oidc.issuer, "https://id.example.com/", "byte for byte");
        assert_eq!((oidc.product, oidc.client), (Product::Oidc { audience: "urn:vertice".into() }, None));
        let hosted = read(&[ISSUER, CLIENT, ("OIDC_CLIENT_SECRET", "hunter2")]).unwrap().unwrap();
        assert_eq!(hosted.product, Product::Oidc { audience: "vertice".into() });
        assert!(!format!("{hosted:?}").contains("hunter2"));
        for clerk in
            [&[DOMAIN][..], &[("CLERK_PUBLISHABLE_KEY", KEY)], &[DOMAIN, ("CLERK_PUBLISHABLE_KEY", KEY)]]
        {
            let clerk = read(clerk).unwrap().unwrap();
            assert_eq!(clerk.issuer, "https://clerk.example.com");
            assert_eq!(clerk.product, Product::Clerk { audience: None });
        }
        let here = read(&[("CLERK_DOMAIN", "http://127.0.0.1:9"), ("CLERK_AUDIENCE", "a"), CLIENT])
            .unwrap()
            .unwrap();
        assert_eq!((here.issuer.as_str(), here.client.is_some()), ("http://127.0.0.1:9", true));
    }

    #[test]
    fn half_an_issuer_is_a_fault() {
        for (pairs, name, words) in [
            (&[ISSUER][..], "OIDC_AUDIENCE", "is missing"),
            (&[("OIDC_AUDIENCE", "a")], "OIDC_ISSUER", "since OIDC_AUDIENCE is set"),
            (&[CLIENT], "OIDC_ISSUER", "since OIDC_CLIENT_ID is set"),
            (
                &[ISSUER, ("OIDC_AUDIENCE", "a"), ("OIDC_CLIENT_SECRET", "hunter2")],
                "OIDC_CLIENT_ID",
                "is missing",
            ),
            (&[("CLERK_AUDIENCE", "a")], "CLERK_DOMAIN", "since CLERK_AUDIENCE is set"),
            (
                &[("CLERK_DOMAIN", "other.example.com"), ("CLERK_PUBLISHABLE_KEY", KEY)],
                "CLERK_DOMAIN",
                "clerk.example.com",
            ),
            (&[DOMAIN, ISSUER, CLIENT], "OIDC_ISSUER", "beside CLERK_DOMAIN"),
            (&[DOMAIN, ("OIDC_AUDIENCE", "a")], "OIDC_AUDIENCE", "CLERK_AUDIENCE"),
            (&[("OIDC_ISSUER", "http://id.example.com"), CLIENT], "OIDC_ISSUER", "https"),
            (&[("OIDC_ISSUER", "https://a:hunter2@id.example.com"), CLIENT], "OIDC_ISSUER", "scheme"),
            (&[("OIDC_ISSUER", "https://id.example.com?a=b"), CLIENT], "OIDC_ISSUER", "scheme"),
            (&[("CLERK_PUBLISHABLE_KEY", "sk_live_hunter2")], "CLERK_PUBLISHABLE_KEY", "pk_live_"),
        ] {
            let faults = read(pairs).unwrap_err();
            let told = faults.to_string();
            assert_eq!((faults.0.len(), faults.0[0].name.as_str()), (1, name), "{told}");
            assert!(told.contains(words) && told.contains(&format!("for example: {name}=")), "{told}");
            assert!(!told.contains("hunter2"), "{told}");
        }
    }
}
