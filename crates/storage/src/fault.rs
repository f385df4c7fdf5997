//! What can go wrong inside the stores, and what of it a user is told. It must never put a row's content into the log.

use vertice_domain::Error;

/// A failure inside a store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The database said no, or nothing.
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
    /// A column holds something that this version cannot read.
    #[error("the column {0} holds a value that this version cannot read")]
    Unreadable(&'static str),
    /// The caller broke a rule of the port.
    #[error("{0}")]
    Broken(&'static str),
    /// The caller's input is to be refused, in these words.
    #[error(transparent)]
    Refused(#[from] Error),
}

impl Fault {
    /// Whether the database is locked, full, read-only or away: a state of the world, not a defect.
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            Self::Sql(sqlx::Error::Database(error)) => error.code().is_some_and(|code| is_outage_code(&code)),
            Self::Sql(error) => matches!(
                error,
                sqlx::Error::Io(_)
                    | sqlx::Error::Tls(_)
                    | sqlx::Error::PoolTimedOut
                    | sqlx::Error::PoolClosed
                    | sqlx::Error::WorkerCrashed
            ),
            Self::Unreadable(_) | Self::Broken(_) | Self::Refused(_) => false,
        }
    }

    /// Whether one statement took PostgreSQL longer than it may (`query_canceled`). It reads as an outage, unless the caller knows
    /// that the statement itself may be what is too large.
    pub(crate) fn is_statement_timeout(&self) -> bool {
        matches!(self, Self::Sql(sqlx::Error::Database(error)) if error.code().is_some_and(|code| code == "57014"))
    }
}

/// Judges an error code of either database. PostgreSQL's have five characters (appendix A of its manual), SQLite's are
/// numbers of at most four digits whose low byte is the primary code (sqlite.org/rescode.html).
fn is_outage_code(code: &str) -> bool {
    if code.len() == 5 {
        // Connection lost, out of resources, shutting down, system error; then read-only, failed or timed-out locks.
        return ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class))
            || ["25006", "40001", "40P01", "55P03"].contains(&code);
    }
    // BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN, PROTOCOL (a lock that could not be had).
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14 | 15))
}

impl From<Fault> for Error {
    /// The one place where a store's failure is logged.
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(error) => error,
            outage if outage.is_outage() => {
                tracing::warn!(error = %outage, "the database cannot be used right now");
                Self::storage_unavailable()
            }
            defect => {
                tracing::error!(error = %defect, "a store failed");
                Self::internal()
            }
        }
    }
}

/// Logs that one row is left alone, so that the others are not.
pub(crate) fn skipped(what: &'static str) -> impl Fn(Fault) -> Fault {
    move |fault| {
        tracing::error!(error = %fault, what, "a row cannot be read and is left alone");
        fault
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outages_and_defects_are_told_apart() {
        // SQLITE_BUSY, _BUSY_SNAPSHOT, _READONLY_DBMOVED, _IOERR_WRITE, _FULL; disk full, admin shutdown, no such host.
        for code in ["5", "517", "1032", "778", "13", "53100", "57P01", "08006", "55P03"] {
            assert!(is_outage_code(code), "{code}");
        }
        // SQLITE_ERROR, _CONSTRAINT_UNIQUE, _CORRUPT; unique violation, syntax error.
        for code in ["1", "2067", "11", "23505", "42601", ""] {
            assert!(!is_outage_code(code), "{code}");
        }
        assert_eq!(Error::from(Fault::Sql(sqlx::Error::PoolTimedOut)), Error::storage_unavailable());
        assert_eq!(Error::from(Fault::Unreadable("role")), Error::internal());
    }
}
