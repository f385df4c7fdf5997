//! Why a bucket cannot be used, said so that whoever runs the server can mend it. It must never show an answer's body, in
//! which servers repeat what they were sent.

use std::{error::Error as StdError, fmt};

use object_store::client::{HttpError, HttpErrorKind};
use vertice_domain::{Error, ErrorKind};

use super::BucketConfig;

/// The longest cause that is repeated, in characters.
const LONGEST_CAUSE: usize = 120;

/// Whose fault it is, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Site {
    endpoint: String,
    bucket: String,
    region: String,
}

impl Site {
    pub(super) fn of(config: &BucketConfig) -> Self {
        let BucketConfig { endpoint, bucket, region, .. } = config.clone();
        Self { endpoint, bucket, region }
    }

    pub(super) fn fault(&self, fault: Fault) -> BucketError {
        BucketError { site: self.clone(), fault }
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// No such object, or less of it than was asked for: not a fault by itself.
    NoObject,
    /// The server said so; with its word for it.
    Keys(String),
    Denied(String),
    Region(String),
    NoBucket,
    Clock,
    /// Nobody answers, or the connection broke off; with the cause.
    Unreachable(String),
    Slow,
    CutShort,
    Other(String),
}

impl Fault {
    pub(super) fn of(error: &object_store::Error) -> Self {
        let code = code(error);
        if let Some(fault) = code.as_deref().and_then(by_code) {
            return fault;
        }
        let word = |other: &str| code.clone().unwrap_or_else(|| other.to_owned());
        match error {
            object_store::Error::NotFound { .. } => Self::NoObject,
            object_store::Error::PermissionDenied { .. } => Self::Denied(word("403")),
            object_store::Error::Unauthenticated { .. } => Self::Keys(word("401")),
            _ => match http_kind(error) {
                Some(HttpErrorKind::Timeout) => Self::Slow,
                Some(HttpErrorKind::Connect | HttpErrorKind::Request | HttpErrorKind::Interrupted) => {
                    Self::Unreachable(cause(error))
                }
                Some(_) => Self::CutShort,
                None if has(error, "redirect without LOCATION") => Self::Region("redirect".to_owned()),
                None => Self::Other(code.unwrap_or_else(|| cause(error))),
            },
        }
    }
}

fn by_code(code: &str) -> Option<Fault> {
    Some(match code {
        "NoSuchKey" | "InvalidRange" => Fault::NoObject,
        "NoSuchBucket" => Fault::NoBucket,
        "InvalidAccessKeyId" | "NotSignedUp" | "SignatureDoesNotMatch" | "InvalidToken" => {
            Fault::Keys(code.to_owned())
        }
        "AccessDenied" | "AllAccessDisabled" | "AccountProblem" => Fault::Denied(code.to_owned()),
        "AuthorizationHeaderMalformed" | "PermanentRedirect" | "TemporaryRedirect" => {
            Fault::Region(code.to_owned())
        }
        "RequestTimeTooSkewed" => Fault::Clock,
        _ => return None,
    })
}

fn chain(error: &object_store::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    let first: &(dyn StdError + 'static) = error;
    std::iter::successors(Some(first), |error: &&(dyn StdError + 'static)| (*error).source())
}

fn has(error: &object_store::Error, words: &str) -> bool {
    chain(error).any(|error| error.to_string().contains(words))
}

/// The word that the server has for what is wrong, which stands in its answer.
fn code(error: &object_store::Error) -> Option<String> {
    let text = chain(error).last()?.to_string();
    let (_, from) = text.split_once("<Code>")?;
    let (code, _) = from.split_once("</Code>")?;
    code.chars().all(|c| c.is_ascii_alphanumeric()).then(|| code.to_owned())
}

fn http_kind(error: &object_store::Error) -> Option<HttpErrorKind> {
    chain(error).find_map(|error| error.downcast_ref::<HttpError>()).map(HttpError::kind)
}

/// What lies at the bottom of it, in a few words of the machine's or of a library's, never of the server's.
fn cause(error: &object_store::Error) -> String {
    let text = chain(error).last().map(ToString::to_string).unwrap_or_default();
    let text = text.split(['<', '\n']).next().unwrap_or_default();
    text.chars().take(LONGEST_CAUSE).collect()
}

/// Why the bucket cannot be used, and how to mend that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketError {
    site: Site,
    fault: Fault,
}

impl StdError for BucketError {}

impl fmt::Display for BucketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Site { endpoint, bucket, region } = &self.site;
        match &self.fault {
            Fault::Keys(code) => write!(
                f,
                "the S3 server {endpoint} refuses the keys ({code}). Check S3_ACCESS_KEY and S3_SECRET_KEY"
            ),
            Fault::Denied(code) => write!(
                f,
                "the S3 server {endpoint} refuses access to the bucket {bucket} ({code}). Let the key in S3_ACCESS_KEY get, \
                 put and delete objects there and list the bucket, or set the right S3_ACCESS_KEY and S3_SECRET_KEY"
            ),
            Fault::NoBucket => write!(
                f,
                "the S3 server {endpoint} has no bucket {bucket}. Make it, or set S3_BUCKET_NAME to one that is there"
            ),
            Fault::Region(code) => write!(
                f,
                "the bucket {bucket} is not in the region {region}, says the S3 server {endpoint} ({code}). Set S3_REGION \
                 to the bucket's, and S3_ENDPOINT_URL to the address of that region"
            ),
            Fault::Clock => write!(
                f,
                "the clock of this machine and that of the S3 server {endpoint} are too far apart. Set this machine's clock"
            ),
            Fault::Unreachable(cause) => write!(
                f,
                "the S3 server {endpoint} cannot be reached ({cause}). Check S3_ENDPOINT_URL, and that the server runs and \
                 lets this machine in"
            ),
            Fault::Slow => write!(
                f,
                "the S3 server {endpoint} does not answer in time. Check S3_ENDPOINT_URL, and how that server is doing"
            ),
            Fault::CutShort | Fault::NoObject => write!(
                f,
                "the S3 server {endpoint} gives less than it has announced of an object in the bucket {bucket}. Look into \
                 its log"
            ),
            Fault::Other(what) => write!(
                f,
                "the bucket {bucket} of the S3 server {endpoint} cannot be used ({what}). Check the variables S3_…, and \
                 look into that server's log"
            ),
        }
    }
}

/// Bytes cannot be kept, or removed.
pub(in crate::blob) fn unwritable(error: &BucketError) -> Error {
    tracing::error!(%error, "a blob cannot be written");
    unavailable(
        "The store of this server's pictures and files cannot be used right now, so nothing was kept. Try again in a moment; \
         if it stays so, tell the administrator.",
    )
}

/// Bytes cannot be read.
pub(in crate::blob) fn unreadable(error: &BucketError) -> Error {
    tracing::error!(%error, "a blob cannot be read");
    unavailable(
        "The server cannot read the picture from its store right now. Try again in a moment; if it stays so, tell the \
         administrator.",
    )
}

/// The same for who runs the server.
pub(in crate::blob) fn unusable(error: &BucketError) -> Error {
    tracing::error!(%error, "blobs cannot be kept or read");
    unavailable(format!("Blobs: {error}."))
}

fn unavailable(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unavailable, "storage_unavailable", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(body: &str) -> object_store::Error {
        let source = format!("Server returned non-2xx status code: 400 Bad Request: {body}").into();
        object_store::Error::Generic { store: "S3", source }
    }

    #[test]
    fn what_servers_say_is_understood() {
        let xml = |code: &str| {
            let secrets = "<StringToSign>AWS4</StringToSign><AWSAccessKeyId>AKIA</AWSAccessKeyId>";
            answered(&format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code>{secrets}</Error>"))
        };
        for (code, said) in [
            ("AuthorizationHeaderMalformed", "Set S3_REGION"),
            ("PermanentRedirect", "Set S3_REGION"),
            ("RequestTimeTooSkewed", "Set this machine's clock"),
            ("AccessDenied", "list the bucket"),
            ("InvalidAccessKeyId", "Check S3_ACCESS_KEY and S3_SECRET_KEY"),
            ("NoSuchBucket", "Make it, or set S3_BUCKET_NAME"),
            ("SlowDown", "cannot be used (SlowDown)"),
        ] {
            let site = Site { endpoint: "https://s3.example".into(), bucket: "b".into(), region: "r".into() };
            let told = site.fault(Fault::of(&xml(code))).to_string();
            assert!(told.contains(said) && told.contains("https://s3.example"), "{code}: {told}");
            assert!(!told.contains("AKIA") && !told.contains('<'), "{told}");
        }
        assert_eq!(Fault::of(&xml("NoSuchKey")), Fault::NoObject);
        assert_eq!(Fault::of(&xml("InvalidRange")), Fault::NoObject);
        let plain = Fault::of(&answered("<html>AKIA</html>"));
        assert_eq!(plain, Fault::Other("Server returned non-2xx status code: 400 Bad Request: ".into()));
    }
}
