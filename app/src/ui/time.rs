//! Dates as people read them, in the user's own time and the page's language. The present and the offset are always
//! given, and the names of months are texts like any other (no `Intl`, whose data differ from browser to browser), so that
//! server and browser render the same.

use vertice_domain::{Timestamp, time::Date};

use crate::strings::{fill, t};

const MILLIS_PER_DAY: i64 = 86_400_000;

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// Days since 1970-01-01.
    pub number: i64,
    pub year: i64,
    /// The month, from 1.
    pub month: u8,
    /// The day of the month, from 1.
    pub day: u8,
}

fn local_millis(time: Timestamp, offset_minutes: i32) -> i64 {
    time.plus_millis(i64::from(offset_minutes) * 60_000).as_millis()
}

impl Day {
    /// The day of `time`, `offset_minutes` ahead of UTC.
    pub fn of(time: Timestamp, offset_minutes: i32) -> Self {
        Self::from_number(local_millis(time, offset_minutes).div_euclid(MILLIS_PER_DAY))
    }

    /// The day this many days after 1970-01-01.
    pub(crate) fn from_number(number: i64) -> Self {
        let Date { year, month, day } = Date::of_day(number);
        Self { number, year, month, day }
    }

    pub fn month_name(self) -> &'static str {
        let t = &t().time;
        match self.month {
            ..=1 => t.january,
            2 => t.february,
            3 => t.march,
            4 => t.april,
            5 => t.may,
            6 => t.june,
            7 => t.july,
            8 => t.august,
            9 => t.september,
            10 => t.october,
            11 => t.november,
            12.. => t.december,
        }
    }

    /// Without the year: "12 November".
    pub fn name(self) -> String {
        fill(t().time.day, &[("day", &self.day.to_string()), ("month", self.month_name())])
    }

    /// As short as can be: "12 Nov".
    pub fn short_name(self) -> String {
        let month: String = self.month_name().chars().take(3).collect();
        fill(t().time.short_day, &[("day", &self.day.to_string()), ("month", &month)])
    }

    /// Its month as a heading, with the year when it is not `this_year`: "November 2025".
    pub fn month_heading(self, this_year: i64) -> String {
        let month = self.month_name();
        let text = if self.year == this_year {
            month.to_owned()
        } else {
            fill(t().time.month_of_year, &[("month", month), ("year", &self.year.to_string())])
        };
        let mut letters = text.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
    }
}

/// The time of day: "14:32".
pub fn clock(time: Timestamp, offset_minutes: i32) -> String {
    let minutes = local_millis(time, offset_minutes).div_euclid(60_000).rem_euclid(1_440);
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The date: "12 November", with the year when it is not this one.
pub fn date(time: Timestamp, now: Timestamp, offset_minutes: i32) -> String {
    let (day, today) = (Day::of(time, offset_minutes), Day::of(now, offset_minutes));
    if day.year == today.year {
        return day.name();
    }
    let values =
        [("day", &*day.day.to_string()), ("month", day.month_name()), ("year", &day.year.to_string())];
    fill(t().time.day_of_year, &values)
}

/// How long ago, up to a day; then the date: "3 minutes ago".
pub fn ago(time: Timestamp, now: Timestamp, offset_minutes: i32) -> String {
    let minutes = (now.as_millis() - time.as_millis()) / 60_000;
    match minutes {
        ..1 => t().time.just_now.to_owned(),
        1..60 => t().time.minutes_ago.count(minutes.unsigned_abs()),
        60..1_440 => t().time.hours_ago.count(minutes.unsigned_abs() / 60),
        _ => date(time, now, offset_minutes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a valid time")
    }

    #[test]
    fn days_are_local() {
        let time = at("2026-11-23T23:30:00Z");
        assert_eq!(Day::of(time, 0).day, 23);
        assert_eq!(Day::of(time, 60).day, 24);
        assert_eq!(clock(time, 60), "00:30");
        assert_eq!(Day::of(at("2024-02-29T12:00:00Z"), 0).month_name(), "February");
        let before = Day::of(at("1969-12-31T12:00:00Z"), 0);
        assert_eq!((before.number, before.year, before.month, before.day), (-1, 1969, 12, 31));
    }

    #[test]
    fn times_are_relative_up_to_a_day() {
        let now = at("2026-11-23T12:00:00Z");
        assert_eq!(ago(at("2026-11-23T11:59:40Z"), now, 0), "just now");
        assert_eq!(ago(at("2026-11-23T11:40:00Z"), now, 0), "20 minutes ago");
        assert_eq!(ago(at("2026-11-23T10:30:00Z"), now, 0), "1 hour ago");
        assert_eq!(ago(at("2026-11-03T10:30:00Z"), now, 0), "3 November");
        assert_eq!(ago(at("2025-03-03T10:30:00Z"), now, 0), "3 March 2025");
    }

    proptest::proptest! {
        #[test]
        fn days_agree_with_rfc_3339(millis in -2_000_000_000_000_i64..4_000_000_000_000) {
            let time = Timestamp::from_millis(millis);
            let day = Day::of(time, 0);
            let text = time.to_string();
            proptest::prop_assert_eq!(&text[..10], format!("{:04}-{:02}-{:02}", day.year, day.month, day.day));
        }
    }
}
