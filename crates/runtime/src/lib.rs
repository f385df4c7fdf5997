//! The machine under the product: its clock, fresh ids, detached tasks and the timers of quiet and of busy streams, each made here
//! and nowhere else. It must never know what the product is.

mod clock;
pub mod forward;
mod gathered;
mod heartbeat;
mod ids;
pub mod keeper;
mod tasks;

pub use clock::SystemClock;
pub use gathered::gathered;
pub use heartbeat::with_heartbeat;
pub use ids::SystemIds;
pub use tasks::Tasks;
