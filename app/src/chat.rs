//! The conversation: its state, its thread, its composer. What the page shows is decided by pure code (`turn_state`,
//! `merge`, `format`, `picker::choices`); the components draw it. Nothing here may know how an answer is made.

mod actions;
mod arrival;
mod assistant_turn;
mod branches;
mod composer;
mod draft;
mod edit;
mod ending;
mod entry;
mod entry_view;
mod following;
pub(crate) mod format;
mod gestures;
mod ledger;
mod live;
mod live_text;
mod markdown;
mod merge;
mod model_groups;
mod not_sent;
mod other_models;
mod picker;
mod pictures;
mod progress;
mod scroll;
mod sending;
mod state;
mod thinking;
mod thread;
mod top_bar;
mod turn_state;
mod user_message;
mod written;

pub use composer::Composer;
pub(crate) use format::greeting;
pub(crate) use state::model_names;
pub use state::{Chat, Place, provide_chat, use_chat};
pub use thread::ThreadView;
pub use top_bar::TopBar;
