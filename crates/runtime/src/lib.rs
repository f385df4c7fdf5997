//! The machine under the product: its clock, fresh ids, detached tasks and the timer of quiet streams, each made here
//! and nowhere else. It must never know what the product is.

mod clock;
pub mod forward;
mod heartbeat;
mod ids;
pub mod keeper;
mod tasks;

pub use clock::SystemClock;
pub use heartbeat::with_heartbeat;
pub use ids::SystemIds;
pub use tasks::Tasks;
