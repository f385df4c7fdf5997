//! Who may see which reports.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic where it stands")]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use vertice_domain::{
    Actor, CallId, ErrorKind, GroupBy, Report, ReportQuery, ReportScope, Result, Role, Timestamp, UserId,
    report::{LedgerRow, MAX_PERIOD_MS, ToolRow},
};
use vertice_ledger::LedgerReports;
use vertice_ports::{
    Ledger, Reports as _, ToolLedger,
    ledger::{Gone, LedgerEntry, Spent, ToolUse},
};
use vertice_testkit::actor;

/// Notes whose calls were asked for.
#[derive(Default)]
struct Asked(Mutex<Vec<Option<UserId>>>);

#[async_trait]
impl Ledger for Asked {
    async fn enter(&self, _: &[LedgerEntry]) -> Result<()> {
        Ok(())
    }

    async fn withdraw(&self, _: &[CallId]) -> Result<()> {
        Ok(())
    }

    async fn left_open(&self, _: Gone, _: u32) -> Result<Vec<LedgerEntry>> {
        Ok(Vec::new())
    }

    async fn close_open(&self, _: Gone) -> Result<u64> {
        Ok(0)
    }

    async fn spent(&self, _: UserId, _: Option<&str>, _: Timestamp) -> Result<Spent> {
        Ok(Spent::default())
    }

    async fn report(&self, user: Option<UserId>, _: &ReportQuery) -> Result<Report> {
        self.0.lock().unwrap().push(user);
        Ok(Report::default())
    }

    async fn rows(
        &self,
        user: Option<UserId>,
        _: Timestamp,
        _: Timestamp,
        limit: u32,
    ) -> Result<Vec<LedgerRow>> {
        assert_eq!(limit, 10_000);
        self.0.lock().unwrap().push(user);
        Ok(Vec::new())
    }
}

#[async_trait]
impl ToolLedger for Asked {
    async fn enter_use(&self, _: ToolUse) -> Result<()> {
        Ok(())
    }

    async fn tools(
        &self,
        user: Option<UserId>,
        _: Timestamp,
        _: Timestamp,
        limit: u32,
    ) -> Result<Vec<ToolRow>> {
        assert_eq!(limit, 10_000);
        self.0.lock().unwrap().push(user);
        Ok(Vec::new())
    }
}

fn query(scope: ReportScope, length_ms: i64) -> ReportQuery {
    let (from, to) = (Timestamp::from_millis(0), Timestamp::from_millis(length_ms));
    ReportQuery { scope, from, to, group_by: GroupBy::Day }
}

/// The report and the rows of a scope and a period.
async fn asked(ledger: &Arc<Asked>, who: &Actor, scope: ReportScope, length_ms: i64) -> [Result<()>; 3] {
    let reports = LedgerReports::new(ledger.clone(), ledger.clone());
    let query = query(scope, length_ms);
    [
        reports.report(who, &query).await.map(drop),
        reports.rows(who, scope, query.from, query.to).await.map(drop),
        reports.tools(who, scope, query.from, query.to).await.map(drop),
    ]
}

#[tokio::test]
async fn only_admins_see_everybodys_calls() {
    let ledger = Arc::new(Asked::default());
    for role in [Role::User, Role::Premium] {
        for refused in asked(&ledger, &actor(role), ReportScope::Everyone, 1).await {
            let refused = refused.unwrap_err();
            assert_eq!((refused.kind, refused.code.as_str()), (ErrorKind::Forbidden, "admin_only"));
        }
    }
    assert!(ledger.0.lock().unwrap().is_empty());
    let admin = actor(Role::Admin);
    for scope in [ReportScope::Everyone, ReportScope::Mine] {
        assert!(asked(&ledger, &admin, scope, 1).await.iter().all(Result::is_ok));
    }
    let own = Some(admin.user);
    assert_eq!(*ledger.0.lock().unwrap(), [None, None, None, own, own, own]);
}

#[tokio::test]
async fn impossible_periods_are_refused() {
    let ledger = Arc::new(Asked::default());
    for length_ms in [-1, MAX_PERIOD_MS + 1] {
        for refused in asked(&ledger, &actor(Role::User), ReportScope::Mine, length_ms).await {
            assert_eq!(refused.unwrap_err().kind, ErrorKind::Invalid, "{length_ms}");
        }
    }
    for length_ms in [0, MAX_PERIOD_MS] {
        assert!(
            asked(&ledger, &actor(Role::User), ReportScope::Mine, length_ms).await.iter().all(Result::is_ok)
        );
    }
}
