//! The conversation: its state, its thread, its composer. What the page shows is decided by pure code (`phase`,
//! `merge`, `format`, `picker::choices`); the components draw it. Nothing here may know how an answer is made.

mod actions;
mod assistant_turn;
mod branches;
mod branching;
mod composer;
mod draft;
mod edit;
mod ending;
mod entry;
mod entry_view;
mod failed_over;
pub(crate) mod format;
mod gestures;
mod ledger;
mod live;
mod live_text;
pub(crate) mod markdown;
mod merge;
mod model_groups;
mod not_sent;
mod other_models;
mod outbox;
mod parts;
mod phase;
mod picker;
mod pictures;
mod progress;
mod provide;
mod reading;
mod runs;
mod scroll;
mod signed_out;
mod state;
mod thread;
mod top_bar;
mod turns;
mod user_message;
mod written;

pub use composer::Composer;
pub(crate) use format::greeting;
#[cfg(feature = "ssr")]
pub(crate) use model_groups::provider_name;
pub(crate) use parts::legible;
pub use provide::provide_chat;
pub use signed_out::SignInAgain;
pub use state::{Chat, Place, use_chat};
pub use thread::ThreadView;
pub use top_bar::TopBar;
pub(crate) use written::start_with;
