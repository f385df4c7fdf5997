//! What the address asks for: the period, whose calls, and what a row of the table stands for. Pure.

use vertice_domain::{GroupBy, ReportScope, Timestamp};

use crate::ui::time::Day;

/// The periods that can be chosen, in days.
pub(super) const DAYS: [i64; 3] = [7, 30, 90];

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct View {
    /// How many days, today the last of them.
    pub(super) days: i64,
    /// Their beginning (UTC).
    pub(super) from: Timestamp,
    /// Their end.
    pub(super) to: Timestamp,
    pub(super) scope: ReportScope,
    /// What a row stands for.
    pub(super) group_by: GroupBy,
}

impl View {
    /// From the address's parameters. What is none of the choices is the default.
    pub(super) fn of(parameter: impl Fn(&str) -> Option<String>, now: Timestamp, admin: bool) -> Self {
        let days = parameter("days").and_then(|days| days.parse().ok()).filter(|days| DAYS.contains(days));
        let everyone = admin && parameter("of").as_deref() == Some("everyone");
        let group_by = match parameter("by").as_deref() {
            Some("conversation") => GroupBy::Conversation,
            Some("token") => GroupBy::Token,
            Some("user") if everyone => GroupBy::User,
            _ => GroupBy::Model,
        };
        let scope = if everyone { ReportScope::Everyone } else { ReportScope::Mine };
        let to = Timestamp::from_millis((now.as_millis().div_euclid(DAY_MS) + 1) * DAY_MS);
        Self { scope, group_by, to, ..Self::ending(to) }.with_days(days.unwrap_or(30))
    }

    fn ending(to: Timestamp) -> Self {
        Self { days: 0, from: to, to, scope: ReportScope::Mine, group_by: GroupBy::Model }
    }

    /// The same over so many days.
    pub(super) fn with_days(self, days: i64) -> Self {
        Self { days, from: self.to.plus_millis(-days * DAY_MS), ..self }
    }

    /// The same of other people's calls.
    pub(super) fn with_scope(self, scope: ReportScope) -> Self {
        Self { scope, ..self }
    }

    /// The same with other rows.
    pub(super) fn with_rows(self, group_by: GroupBy) -> Self {
        Self { group_by, ..self }
    }

    pub(super) fn href(self) -> String {
        let of = if self.scope == ReportScope::Everyone { "&of=everyone" } else { "" };
        let by = match self.group_by {
            GroupBy::Conversation => "&by=conversation",
            GroupBy::Token => "&by=token",
            GroupBy::User => "&by=user",
            _ => "",
        };
        format!("/usage?days={}{of}{by}", self.days)
    }

    /// Where its calls are found as a file.
    pub(super) fn csv(self) -> String {
        let path = if self.scope == ReportScope::Everyone { "admin/usage" } else { "users/me/usage" };
        let day = |time: Timestamp| {
            let Day { year, month, day, .. } = Day::of(time, 0);
            format!("{year:04}-{month:02}-{day:02}")
        };
        format!("/api/v1/{path}?format=csv&from={}&to={}", day(self.from), day(self.to.plus_millis(-1)))
    }

    /// Its days, as the report's keys name them, oldest first.
    pub(super) fn keys(self) -> Vec<(String, Day)> {
        let first = Day::of(self.from, 0).number;
        let days = (first..first + self.days).map(Day::from_number);
        days.map(|day| (format!("{:04}-{:02}-{:02}", day.year, day.month, day.day), day)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_what_is_shown() {
        let now = "2026-11-26T10:00:00Z".parse().expect("a time");
        let of = |query: &'static str, admin| {
            let find = move |name: &str| {
                let pair = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
                pair.map(str::to_owned)
            };
            View::of(find, now, admin)
        };
        let view = of("days=7&of=everyone&by=user", true);
        assert_eq!(
            (view.from.to_string(), view.to.to_string()),
            ("2026-11-20T00:00:00Z".into(), "2026-11-27T00:00:00Z".into())
        );
        assert_eq!(view.href(), "/usage?days=7&of=everyone&by=user");
        assert_eq!(view.csv(), "/api/v1/admin/usage?format=csv&from=2026-11-20&to=2026-11-26");
        assert_eq!(view.keys().len(), 7);
        assert_eq!(view.keys()[6].0, "2026-11-26");
        assert_eq!(of("days=8&of=everyone&by=user", false).href(), "/usage?days=30");
    }
}
