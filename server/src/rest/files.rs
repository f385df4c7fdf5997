//! Files that people attach to messages.

use std::{fmt::Write as _, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use vertice_domain::{Error, File, FileId};
use vertice_ports::Files;

use super::saved::saved;
use crate::{
    error::Failure,
    extract::{Caller, Json, May, PathId, Query, Upload, deed},
};

type Shelf = State<Arc<dyn Files>>;

/// A form with a file.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only its shape is used")]
pub struct NewFile {
    /// Text of any kind, a picture (PNG, JPEG, WebP, GIF, SVG) or a PDF, as its content shows; at most 10 MB.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// What is wanted of a file.
#[derive(Debug, Default, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// The file itself.
    #[default]
    Content,
    /// What models read of it.
    Text,
    /// What is known of it.
    Metadata,
}

/// What of a file is asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AsQuery {
    #[serde(default)]
    r#as: Wanted,
}

/// Keeps a file, to be attached to messages.
#[utoipa::path(
    post, path = "/api/v1/files", tag = "files",
    request_body(content = NewFile, content_type = "multipart/form-data"),
    responses((status = 201, body = File))
)]
pub async fn add(
    May(actor, _): May<deed::WriteFiles>,
    State(files): Shelf,
    Upload { name, bytes }: Upload,
) -> Result<(StatusCode, Json<File>), Failure> {
    Ok((StatusCode::CREATED, Json(files.add(&actor, &name, bytes).await?)))
}

/// A file of the caller's, to be saved; or the text that models read of it; or what is known of it.
#[utoipa::path(
    get, path = "/api/v1/files/{id}", tag = "files", params(("id" = FileId, Path), AsQuery),
    responses((status = 200, description = "What was asked for", content(
        (Vec<u8> = "application/octet-stream"), (String = "text/plain"), (File = "application/json")
    )))
)]
pub async fn get(
    Caller(actor): Caller,
    PathId(id): PathId<FileId>,
    Query(AsQuery { r#as: wanted }): Query<AsQuery>,
    State(files): Shelf,
) -> Result<Response, Failure> {
    match wanted {
        Wanted::Content => {
            let (file, bytes) = files.read(&actor, id).await?;
            Ok(kept(&file.name, &file.media_type, file.size, Body::from_stream(bytes))?)
        }
        Wanted::Text => {
            let text = files.text(&actor, id).await?;
            Ok(saved(Body::from(text), "text/plain; charset=utf-8", "attachment; filename=\"text.txt\"")?)
        }
        Wanted::Metadata => Ok(Json(files.get(&actor, id).await?).into_response()),
    }
}

/// Removes a file. Messages that hold it keep it.
#[utoipa::path(
    delete, path = "/api/v1/files/{id}", tag = "files", params(("id" = FileId, Path)),
    responses((status = 204, description = "It is gone"))
)]
pub async fn delete(
    Caller(actor): Caller,
    PathId(id): PathId<FileId>,
    State(files): Shelf,
) -> Result<StatusCode, Failure> {
    files.delete(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A file that is saved under its name, and never shown as a page of ours.
pub(crate) fn kept(name: &str, media_type: &str, size: u64, body: Body) -> Result<Response, Error> {
    let mut response = saved(body, "application/octet-stream", &disposition(name))?;
    let media_type = HeaderValue::from_str(media_type).map_err(|_| Error::internal())?;
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    Ok(response)
}

/// The header that names it: as all programs read it, and as those read it that know other letters (RFC 6266).
fn disposition(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_graphic() && !"\"\\%;".contains(c) || c == ' ' { c } else { '_' };
    let mut header = format!(
        "attachment; filename=\"{}\"; filename*=UTF-8''",
        name.chars().map(plain).collect::<String>()
    );
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            header.push(char::from(byte));
        } else {
            write!(header, "%{byte:02X}").expect("a text can be written into a text");
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_header() {
        assert_eq!(disposition("a.txt"), "attachment; filename=\"a.txt\"; filename*=UTF-8''a.txt");
        assert_eq!(
            disposition("é\"; x=\n.md"),
            "attachment; filename=\"___ x=_.md\"; filename*=UTF-8''%C3%A9%22%3B%20x%3D%0A.md"
        );
    }
}
