//! A picture as small as models look at it. Pure.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder as _, ImageEncoder as _, ImageReader, Limits,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
};

use super::{Found, nothing};
use crate::known::MAX_SIDE;

/// The longer side of what models look at, in pixels; larger ones are made smaller by the providers (Anthropic, vision guide,
/// 2026-11).
pub(crate) const SIDE: u32 = 1_568;
/// How good a JPEG is to be, of 100.
const QUALITY: u8 = 88;
/// What a picture may take in memory, in bytes.
const MEMORY: u64 = 400 * 1024 * 1024;

const BROKEN: &str = "is a picture that cannot be read: it is damaged or incomplete";

/// The picture, upright, its longer side at most [`SIDE`]: as JPEG, or as PNG where something shines through. What its file
/// told beside (places, cameras) is not in it.
pub(super) fn smaller(file: &[u8]) -> (Found, Vec<u8>) {
    let Some(picture) = upright(file) else { return nothing(BROKEN) };
    let picture = picture.thumbnail(SIDE, SIDE);
    let mut bytes = Vec::new();
    let (media_type, written) = if picture.color().has_alpha() {
        let picture = picture.into_rgba8();
        let (width, height) = picture.dimensions();
        let encoder = PngEncoder::new(&mut bytes);
        ("image/png", encoder.write_image(&picture, width, height, image::ExtendedColorType::Rgba8))
    } else {
        let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        ("image/jpeg", picture.into_rgb8().write_with_encoder(encoder))
    };
    match written {
        Ok(()) => (Found::Picture { media_type: media_type.to_owned() }, bytes),
        Err(_) => nothing(BROKEN),
    }
}

fn upright(file: &[u8]) -> Option<DynamicImage> {
    let mut limits = Limits::default();
    let side = u32::try_from(MAX_SIDE).ok();
    (limits.max_image_width, limits.max_image_height, limits.max_alloc) = (side, side, Some(MEMORY));
    let mut reader = ImageReader::new(Cursor::new(file)).with_guessed_format().ok()?;
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let orientation = decoder.orientation().ok()?;
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    picture.apply_orientation(orientation);
    Some(picture)
}
