//! The pages, one a file: each loads its data and arranges components.

mod chat;
mod door;
pub mod frame;
mod new_chat;
mod not_found;
mod register;
mod settings;
mod setup;
mod sign_in;
mod usage;

pub use chat::ChatPage;
pub use frame::Frame;
pub use new_chat::NewChat;
pub use not_found::NotFound;
pub use register::Register;
pub use settings::Settings;
pub use setup::Setup;
pub use sign_in::SignIn;
pub use usage::Usage;
