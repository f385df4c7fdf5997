//! The parts of the settings that the server draws. One function draws them and does what their forms ask for: each function
//! and each type of an answer weighs on everybody who loads the page.

use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};

use super::ApiError;

/// What the server draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    Models,
    Tokens,
    /// For admins.
    Server,
}

/// A part as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DrawnPart {
    /// Empty: what is shown is still right.
    pub html: String,
    /// What came of what was asked for; empty: it shows by itself.
    pub said: String,
    /// Why it is not what was wished; empty: it is.
    pub why: String,
}

/// Does what a form of the part asks for, and draws the part. `form`: what is filled in, as forms are sent; empty: nothing is
/// asked for.
#[server(name = DrawSettings, prefix = "/api/ui", endpoint = "settings-page", input = Json, output = Json)]
pub async fn settings_page(part: Part, form: String) -> Result<DrawnPart, ApiError> {
    crate::pages::settings::drawing::draw(part, &form).await
}
