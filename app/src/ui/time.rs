//! Dates as people read them, in the user's own time. Pure: the present and the offset are always given, so that server
//! and browser render the same.

use vertice_domain::Timestamp;

const MILLIS_PER_DAY: i64 = 86_400_000;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

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

    /// The day this many days after 1970-01-01. The algorithm is `civil_from_days` of Howard Hinnant's "chrono-compatible
    /// low-level date algorithms": years begin in March, so that the leap day comes last.
    pub(crate) fn from_number(number: i64) -> Self {
        let shifted = number + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = u8::try_from(day_of_year - (153 * shifted_month + 2) / 5 + 1).unwrap_or(1);
        let month =
            u8::try_from(if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 }).unwrap_or(1);
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self { number, year, month, day }
    }

    pub fn month_name(self) -> &'static str {
        MONTHS[usize::from(self.month.clamp(1, 12)) - 1]
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
    let year = if day.year == today.year { String::new() } else { format!(" {}", day.year) };
    format!("{} {}{year}", day.day, day.month_name())
}

/// How long ago, up to a day; then the date: "3 minutes ago".
pub fn ago(time: Timestamp, now: Timestamp, offset_minutes: i32) -> String {
    let minutes = (now.as_millis() - time.as_millis()) / 60_000;
    match minutes {
        ..1 => "just now".to_owned(),
        1 => "1 minute ago".to_owned(),
        2..60 => format!("{minutes} minutes ago"),
        60..120 => "1 hour ago".to_owned(),
        120..1_440 => format!("{} hours ago", minutes / 60),
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
