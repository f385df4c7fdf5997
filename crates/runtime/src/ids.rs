//! Fresh ids: the one place where they are made.

use vertice_ports::Ids;

/// Ids from the machine's clock and randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    #[expect(clippy::disallowed_methods, reason = "the one place where ids are made")]
    fn uuid(&self) -> uuid::Uuid {
        uuid::Uuid::now_v7()
    }
}
