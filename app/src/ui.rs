//! The parts that every page is made of: presentational only, props in, callbacks out. Nothing here may call the server.

pub mod announcer;
pub mod browser;
pub mod button;
pub mod dialog;
pub mod field;
pub mod icon;
pub mod keys;
mod listbox;
pub mod menu;
pub mod segment;
pub mod skeleton;
pub mod switch;
pub mod theme;
pub mod time;
pub mod toast;

pub use announcer::{Announcer, use_announcer};
pub use button::{Button, ButtonKind, ButtonSize, IconButton};
pub use dialog::Dialog;
pub use field::{FieldError, Notice, PasswordField, TextArea, TextField};
pub use icon::{Icon, Mark, TierGlyph};
pub use keys::Keys;
pub use listbox::{ListBox, Suggestion, Suggestions};
pub use menu::{Menu, MenuItem, MenuRule, Placement};
pub use segment::{Choice, Segment};
pub use skeleton::Skeleton;
pub use switch::Switch;
pub use theme::{ThemeChoice, use_theme};
pub use toast::{Toast, ToastKind, Toasts, use_toasts};
