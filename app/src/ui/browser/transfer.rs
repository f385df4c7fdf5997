//! Files that are put on the server and taken away there, where what the server has drawn asks for it: `data-upload` on a field of
//! files names the folder they go to, `data-remove` on a button what it takes away; both as they stand in addresses.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use web_sys::{EventTarget, HtmlInputElement, RequestInit, Response};

use super::{UserFile, chosen, closest};

/// A change of one file.
#[derive(Debug)]
pub struct Transfer {
    path: String,
    /// None: it is taken away.
    file: Option<UserFile>,
}

/// What a click takes away.
pub fn removals(event: &ev::MouseEvent) -> Vec<Transfer> {
    let path = attribute(event.target(), "data-remove");
    path.map(|path| Transfer { path, file: None }).into_iter().collect()
}

/// What was chosen to be put there.
pub fn uploads(event: &ev::Event) -> Vec<Transfer> {
    let Some(folder) = attribute(event.target(), "data-upload") else { return Vec::new() };
    let field = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let files = field.map(|field| chosen(&field)).unwrap_or_default();
    let named = |file: UserFile| {
        let name = String::from(js_sys::encode_uri_component(&file.name()));
        Transfer { path: format!("{folder}{name}"), file: Some(file) }
    };
    files.into_iter().map(named).collect()
}

fn attribute(target: Option<EventTarget>, name: &str) -> Option<String> {
    closest(target, &format!("[{name}]"))?.get_attribute(name)
}

impl Transfer {
    /// Does it below this address. Why it could not be done, as the server says; none: it was not heard.
    pub async fn run(self, base: &str) -> Result<(), Option<String>> {
        /// What an error of the server says.
        #[derive(serde::Deserialize)]
        struct Problem {
            detail: String,
        }
        let init = RequestInit::new();
        init.set_method(if self.file.is_some() { "PUT" } else { "DELETE" });
        if let Some(UserFile(file)) = &self.file {
            init.set_body(file);
        }
        let asked = window().fetch_with_str_and_init(&format!("{base}{}", self.path), &init);
        let answer = JsFuture::from(asked).await.map_err(|_| None)?;
        let answer: Response = answer.dyn_into().map_err(|_| None)?;
        if answer.ok() {
            return Ok(());
        }
        let text = JsFuture::from(answer.text().map_err(|_| None)?).await.map_err(|_| None)?;
        let told = text.as_string().and_then(|text| serde_json::from_str::<Problem>(&text).ok());
        Err(told.map(|told| told.detail))
    }
}
