//! What is spent: the meter enters every provider call before it is made and after it, the quota holds back and admits,
//! reports say what was spent, and recovery closes what a process that went away left open.
//!
//! It knows no provider and no price list: what a call costs comes with the call. A call that cannot be entered is not
//! made; nothing here ever reports a row as standing that the ledger has not confirmed.

mod heard;
mod meter;
mod quota;
mod recovery;
mod reports;
mod writer;

pub use meter::{LedgerMeter, MeterDependencies};
pub use quota::{DailyLimits, DailyQuota, QuotaDependencies};
pub use recovery::Recovery;
pub use reports::LedgerReports;
