//! The pages of the app, one a file: each loads its data and arranges components. What lies before the app: `doors`.

mod chat;
pub mod frame;
mod new_chat;
mod not_found;
pub(crate) mod settings;
pub(crate) mod usage;

pub use chat::ChatPage;
pub use frame::Frame;
pub use new_chat::NewChat;
pub use not_found::NotFound;
pub use settings::Settings;
pub use usage::Usage;
