//! Files that the user picks, pastes or drops.

use leptos::{ev, prelude::*};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    CanvasRenderingContext2d, DataTransfer, File, FileList, HtmlCanvasElement, HtmlInputElement, ImageBitmap,
};

/// How well a JPEG keeps its picture, from 0 to 1: what cameras use, twice as small as 1.
const JPEG_QUALITY: f64 = 0.9;

/// A file of the user's; its bytes are read when they are needed.
#[derive(Debug, Clone)]
pub struct UserFile(pub(super) File);

/// The files of a field. The field forgets them, so that the same ones can be chosen again.
pub fn chosen(field: &HtmlInputElement) -> Vec<UserFile> {
    let files = all(field.files());
    field.set_value("");
    files
}

pub fn pasted(event: &ev::ClipboardEvent) -> Vec<UserFile> {
    all(event.clipboard_data().and_then(|data| data.files()))
}

/// The files that were dropped.
pub fn dropped(event: &ev::DragEvent) -> Vec<UserFile> {
    all(event.data_transfer().and_then(|data| data.files()))
}

/// Whether what is dragged are files.
pub fn carries_files(event: &ev::DragEvent) -> bool {
    let kinds = event.data_transfer().map(|data: DataTransfer| data.types());
    kinds.is_some_and(|kinds| kinds.includes(&JsValue::from_str("Files"), 0))
}

fn all(list: Option<FileList>) -> Vec<UserFile> {
    let Some(list) = list else { return Vec::new() };
    (0..list.length()).filter_map(|place| list.get(place)).map(UserFile).collect()
}

impl UserFile {
    /// What it is called.
    pub fn name(&self) -> String {
        self.0.name()
    }

    /// Its size in bytes.
    pub fn size(&self) -> f64 {
        self.0.size()
    }

    /// Its bytes. None: the browser could not read it.
    pub async fn bytes(&self) -> Option<Vec<u8>> {
        let buffer = JsFuture::from(self.0.array_buffer()).await.ok()?;
        Some(js_sys::Uint8Array::new(&buffer).to_vec())
    }

    /// The picture in it as a JPEG no longer than `edge` pixels on either side, as a data URL. None: the browser sees
    /// no picture in it.
    pub async fn to_jpeg(&self, edge: u32) -> Option<String> {
        let bitmap = JsFuture::from(window().create_image_bitmap_with_blob(&self.0).ok()?).await.ok()?;
        let bitmap: ImageBitmap = bitmap.dyn_into().ok()?;
        let (width, height) = fit(bitmap.width(), bitmap.height(), edge);
        let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
        canvas.set_width(width);
        canvas.set_height(height);
        let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        // JPEG knows no transparency; without this it would turn black.
        context.set_fill_style_str("#fff");
        context.fill_rect(0.0, 0.0, width.into(), height.into());
        context
            .draw_image_with_image_bitmap_and_dw_and_dh(&bitmap, 0.0, 0.0, width.into(), height.into())
            .ok()?;
        bitmap.close();
        canvas.to_data_url_with_type_and_encoder_options("image/jpeg", &JsValue::from_f64(JPEG_QUALITY)).ok()
    }
}

/// The same shape with no side over `edge`.
fn fit(width: u32, height: u32, edge: u32) -> (u32, u32) {
    let longest = width.max(height);
    if longest <= edge {
        return (width, height);
    }
    // Below `edge`, so it fits; at least one pixel, so that a canvas can hold it.
    let scale = |side: u32| (u64::from(side) * u64::from(edge) / u64::from(longest)).max(1);
    let side = |side: u32| u32::try_from(scale(side)).unwrap_or(edge);
    (side(width), side(height))
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn a_picture_keeps_its_shape() {
        assert_eq!(fit(640, 480, 2_048), (640, 480));
        assert_eq!(fit(8_064, 6_048, 2_048), (2_048, 1_536));
        assert_eq!(fit(1, 40_000, 2_048), (1, 2_048));
    }
}
