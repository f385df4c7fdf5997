//! One file of a form (`multipart/form-data`). Its bytes are a part of the body, which lies in memory once: nothing is copied.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use http::{HeaderMap, header};
use memchr::memmem;
use vertice_domain::{Error, ErrorKind};

use crate::error::Failure;

/// The one field that a form may have.
const FIELD: &str = "file";
/// The longest boundary (RFC 2046, 5.1.1).
const MAX_BOUNDARY: usize = 70;
/// The longest head of a part, in bytes.
const MAX_HEAD: usize = 8 * 1024;

/// A file as it was sent.
#[derive(Debug, PartialEq, Eq)]
pub struct Upload {
    /// As its sender calls it: anything.
    pub name: String,
    pub bytes: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let boundary = boundary(request.headers())?;
        // It lies in memory already: see `layers::body_limit`.
        let body = Bytes::from_request(request, state).await.map_err(|_| Error::internal())?;
        Ok(read(&body, &boundary)?)
    }
}

/// What stands between the parts.
fn boundary(headers: &HeaderMap) -> Result<String, Error> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (media_type, parameters) = kind.split_once(';').unwrap_or((kind, ""));
    if !media_type.trim().eq_ignore_ascii_case("multipart/form-data") {
        let message = "Send a form with one file in the field \"file\", as multipart/form-data.";
        return Err(Error::new(ErrorKind::UnsupportedMedia, "unsupported_media_type", message));
    }
    let boundary = parameter(parameters, "boundary").unwrap_or_default();
    if boundary.is_empty() || boundary.len() > MAX_BOUNDARY {
        return Err(malformed("its header names no boundary"));
    }
    Ok(boundary)
}

fn read(body: &Bytes, boundary: &str) -> Result<Upload, Error> {
    let delimiter = format!("--{boundary}");
    let mut upload = None;
    let Some(mut rest) = after_first(body, &delimiter) else {
        return Err(malformed("it does not begin with its boundary"));
    };
    let between = format!("\r\n{delimiter}");
    let finder = memmem::Finder::new(&between);
    loop {
        if rest.starts_with(b"--") {
            break;
        }
        let part = line_end(&rest).ok_or_else(|| malformed("a boundary does not end its line"))?;
        let end = finder.find(&part).ok_or_else(|| malformed("its last boundary is missing"))?;
        let found = file_of(&part.slice(..end))?;
        if upload.replace(found).is_some() {
            return Err(Error::invalid_field(FIELD, "must be there once: send files one by one"));
        }
        rest = part.slice(end + between.len()..);
    }
    upload.ok_or_else(|| Error::invalid_field(FIELD, "is required"))
}

/// What follows the first boundary; before it there may be an empty line.
fn after_first(body: &Bytes, delimiter: &str) -> Option<Bytes> {
    let start = if body.starts_with(b"\r\n") { 2 } else { 0 };
    let begins = body.get(start..)?.starts_with(delimiter.as_bytes());
    begins.then(|| body.slice(start + delimiter.len()..))
}

/// What follows the line's end; blanks may stand before it.
fn line_end(rest: &Bytes) -> Option<Bytes> {
    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    rest.get(blanks..)?.starts_with(b"\r\n").then(|| rest.slice(blanks + 2..))
}

fn file_of(part: &Bytes) -> Result<Upload, Error> {
    let within = &part[..part.len().min(MAX_HEAD)];
    let end = memmem::find(within, b"\r\n\r\n")
        .ok_or_else(|| malformed("a part has no head, or one that is too long"))?;
    let head = String::from_utf8_lossy(&part[..end]);
    let said = head.split("\r\n").filter_map(|line| line.split_once(':'));
    let mut dispositions = said.filter(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"));
    let disposition = dispositions.next().map(|(_, value)| value.trim()).unwrap_or_default();
    let (kind, parameters) = disposition.split_once(';').unwrap_or((disposition, ""));
    let field = parameter(parameters, "name").filter(|_| kind.trim().eq_ignore_ascii_case("form-data"));
    match field.as_deref() {
        Some(FIELD) => {}
        Some(other) => return Err(Error::invalid_field(other, "is not known here; there is only \"file\"")),
        None => return Err(malformed("a part has no name")),
    }
    let Some(name) = parameter(parameters, "filename") else {
        return Err(Error::invalid_field(FIELD, "must be a file with a name"));
    };
    Ok(Upload { name: unescaped(&name), bytes: part.slice(end + 4..) })
}

/// The value of a parameter, with or without quotes around it.
fn parameter(parameters: &str, wanted: &str) -> Option<String> {
    let mut rest = parameters;
    loop {
        rest = rest.trim_start_matches([';', ' ', '\t']);
        let (name, after) = rest.split_once('=')?;
        let (value, after) = value(after);
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = after;
    }
}

/// A value, and what follows it. In quotes, `\` stands before a quote or another one; elsewhere it is a `\`, as in old paths.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return (text[..end].trim().to_owned(), &text[end..]);
    };
    let (mut said, mut characters) = (String::new(), quoted.char_indices().peekable());
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return (said, &quoted[at + 1..]),
            '\\' => match characters.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, escaped)) => said.push(escaped),
                None => said.push('\\'),
            },
            c => said.push(c),
        }
    }
    (said, "")
}

/// What browsers write otherwise in a name (WHATWG, multipart/form-data encoding).
fn unescaped(name: &str) -> String {
    name.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n")
}

fn malformed(why: &str) -> Error {
    let message = format!("The form cannot be read: {why}.");
    Error::new(ErrorKind::Malformed, "malformed_multipart", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(parts: &[(&str, &[u8])]) -> Bytes {
        let mut body = Vec::new();
        for (disposition, bytes) in parts {
            body.extend_from_slice(
                format!("--XX\r\nContent-Disposition: {disposition}\r\nContent-Type: a/b\r\n\r\n").as_bytes(),
            );
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--XX--\r\n");
        body.into()
    }

    fn one(disposition: &str, bytes: &[u8]) -> Result<(String, Vec<u8>), String> {
        read(&form(&[(disposition, bytes)]), "XX")
            .map(|upload| (upload.name, upload.bytes.to_vec()))
            .map_err(|error| error.code)
    }

    #[test]
    fn a_file_is_a_part_of_the_body() {
        let bytes = b"a\r\n--XY\r\n\0\xff--XX";
        let body = form(&[(r#"form-data; name="file"; filename="a;b \"c\".txt""#, bytes)]);
        let upload = read(&body, "XX").unwrap();
        assert_eq!((upload.name.as_str(), &upload.bytes[..]), ("a;b \"c\".txt", &bytes[..]));
        assert!(body.as_ptr_range().contains(&upload.bytes.as_ptr()), "copied");
        for (sent, name) in [
            (r#"form-data; filename="C:\dir\x.txt"; name=file"#, r"C:\dir\x.txt"),
            (r#"Form-Data; name="file"; filename="a%22b%0D%0A.txt""#, "a\"b\r\n.txt"),
            (r#"form-data; name="file"; filename="""#, ""),
        ] {
            assert_eq!(one(sent, b"").unwrap(), (name.to_owned(), Vec::new()));
        }
    }

    #[test]
    fn other_forms_are_refused() {
        let invalid = Err("invalid_request".to_owned());
        assert_eq!(one(r#"form-data; name="file""#, b"x"), invalid, "no file");
        assert_eq!(one(r#"form-data; name="other"; filename="x""#, b"x"), invalid);
        assert_eq!(one("attachment; filename=x", b"x"), Err("malformed_multipart".to_owned()));
        let file = (r#"form-data; name="file"; filename="x""#, &b"x"[..]);
        assert_eq!(read(&form(&[file, file]), "XX").unwrap_err().code, "invalid_request");
        assert_eq!(read(&form(&[]), "XX").unwrap_err().code, "invalid_request");
        for broken in [
            "",
            "--XX",
            "--XX\r\n",
            "junk--XX--",
            "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\nno end",
            "--XX\r\nno head\r\n--XX--",
            "--XXContent-Disposition: x\r\n\r\n\r\n--XX--",
        ] {
            let error = read(&Bytes::from_static(broken.as_bytes()), "XX").unwrap_err();
            assert_eq!(error.code, "malformed_multipart", "{broken:?}");
        }
    }

    #[test]
    fn the_header_names_the_boundary() {
        let of = |kind: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
            boundary(&headers).map_err(|error| error.code)
        };
        assert_eq!(of("multipart/form-data; boundary=XX").unwrap(), "XX");
        assert_eq!(of("Multipart/Form-Data; charset=x; Boundary=\"a b\"").unwrap(), "a b");
        assert_eq!(of("application/json"), Err("unsupported_media_type".to_owned()));
        assert_eq!(of("multipart/form-data"), Err("malformed_multipart".to_owned()));
        let long = format!("multipart/form-data; boundary={}", "x".repeat(71));
        assert_eq!(of(&long), Err("malformed_multipart".to_owned()));
    }
}
