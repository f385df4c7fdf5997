//! Points in time: milliseconds inside, RFC 3339 UTC outside.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use utoipa::ToSchema;

/// A point in time with a resolution of one millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub struct Timestamp(i64);

/// A text that is not an RFC 3339 date and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an RFC 3339 time such as 2026-11-23T14:32:05Z")]
pub struct InvalidTimestamp;

impl Timestamp {
    /// From milliseconds since 1970-01-01T00:00:00Z.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This point plus `millis` milliseconds (negative: earlier), saturating.
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, millis) = (self.0.div_euclid(MILLIS_PER_DAY), self.0.rem_euclid(MILLIS_PER_DAY));
        let Date { year, month, day } = Date::of_day(days);
        if !(0..=9_999).contains(&year) {
            return f.write_str("0000-01-01T00:00:00Z");
        }
        let (seconds, rest) = (millis / 1_000, millis % 1_000);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match rest {
            0 => {}
            _ if rest % 100 == 0 => write!(f, ".{}", rest / 100)?,
            _ if rest % 10 == 0 => write!(f, ".{:02}", rest / 10)?,
            _ => write!(f, ".{rest:03}")?,
        }
        f.write_str("Z")
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        read(text).ok_or(InvalidTimestamp)
    }
}

/// Reads `date-time` of RFC 3339, 5.6. What is finer than a millisecond is cut off; a leap second is the one before it.
fn read(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(10)?;
    let (time, rest) = rest.strip_prefix(['T', 't', ' '])?.split_at_checked(8)?;
    let [year, month, day] = figures(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = figures(time, ':', [2, 2, 2])?;
    let (millis, rest) = fraction(rest)?;
    let date = Date { year, month: u8::try_from(month).ok()?, day: u8::try_from(day).ok()? };
    let days = date.day_number();
    // A day that its month does not have comes back as another one.
    let valid = Date::of_day(days) == date && hour < 24 && minute < 60 && second <= 60;
    let minutes = (days * 24 + hour) * 60 + minute - offset(rest)?;
    valid.then(|| Timestamp((minutes * 60 + second.min(59)) * 1_000 + millis))
}

/// Numbers of so many digits each, with a mark between them.
fn figures<const N: usize>(text: &str, mark: char, digits: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(mark);
    let mut out = [0; N];
    for (number, digits) in out.iter_mut().zip(digits) {
        let part = parts.next().filter(|part| part.len() == digits)?;
        *number = part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())??;
    }
    parts.next().is_none().then_some(out)
}

/// The milliseconds of `.5`, and what follows; nothing at all is none.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(rest) = text.strip_prefix('.') else { return Some((0, text)) };
    let end = rest.find(|c: char| !c.is_ascii_digit())?;
    let (digits, rest) = rest.split_at(end);
    let millis =
        digits.bytes().chain(*b"00").take(3).fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    (!digits.is_empty()).then_some((millis, rest))
}

/// Minutes ahead of UTC.
fn offset(text: &str) -> Option<i64> {
    let sign = match text.chars().next()? {
        'Z' | 'z' => return (text.len() == 1).then_some(0),
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let [hours, minutes] = figures(&text[1..], ':', [2, 2])?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

const MILLIS_PER_DAY: i64 = 86_400_000;

/// A date of the Gregorian calendar, before its time too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    /// The year.
    pub year: i64,
    /// The month, from 1.
    pub month: u8,
    /// The day of the month, from 1.
    pub day: u8,
}

impl Date {
    /// The date so many days after 1970-01-01: `civil_from_days` of Howard Hinnant's "chrono-compatible low-level date
    /// algorithms". Years begin in March, so that the leap day comes last.
    pub fn of_day(number: i64) -> Self {
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
        Self { year: year_of_era + era * 400 + i64::from(month <= 2), month, day }
    }

    /// Days since 1970-01-01: `days_from_civil` of the same.
    fn day_number(self) -> i64 {
        let (month, day) = (i64::from(self.month), i64::from(self.day));
        let year = self.year - i64::from(month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let time = Timestamp::from_millis(1_795_357_925_123);
        assert_eq!(time.to_string().parse(), Ok(time));
        assert_eq!(Timestamp::from_millis(0).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(Timestamp::from_millis(i64::MAX).to_string(), "0000-01-01T00:00:00Z");
    }

    #[test]
    fn what_rfc_3339_allows_is_read_and_nothing_else() {
        let read = |text: &str| text.parse::<Timestamp>().map(Timestamp::as_millis).ok();
        let noon = read("2026-11-23T12:00:00Z");
        assert_eq!(noon, Some(1_795_435_200_000));
        for same in ["2026-11-23t12:00:00z", "2026-11-23 14:30:00.0009+02:30", "2026-11-23T00:00:00-12:00"] {
            assert_eq!(read(same), noon, "{same}");
        }
        assert_eq!(read("2024-02-29T23:59:60Z"), read("2024-02-29T23:59:59Z"));
        assert_eq!(read("1970-01-01T00:00:00.05Z"), Some(50));
        for wrong in [
            "",
            "2026-11-23",
            "2026-11-23T12:00Z",
            "2026-11-23T12:00:00",
            "2026-11-23T12:00:00.Z",
            "2026-02-29T12:00:00Z",
            "2026-13-01T12:00:00Z",
            "2026-00-01T12:00:00Z",
            "2026-11-00T12:00:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T12:60:00Z",
            "2026-11-23T12:00:61Z",
            "2026-11-23T12:00:00+25:00",
            "2026-11-23T12:00:00+0200",
            "2026-11-23T12:00:00ZZ",
            "+026-11-23T12:00:00Z",
            "2026-1-023T12:00:00Z",
            "ä026-11-23T12:00:00Z",
            "2026-11-23T12:00:0ä",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn it_agrees_with_a_library_for_times(millis in -62_167_219_200_000_i64..253_402_300_799_999, offset in -1_439_i32..1_440) {
            let time = Timestamp::from_millis(millis);
            let known = jiff::Timestamp::from_millisecond(millis).expect("a time of these years");
            proptest::prop_assert_eq!(time.to_string(), known.to_string());
            let (sign, distance) = (if offset < 0 { '-' } else { '+' }, offset.abs());
            let local = Timestamp::from_millis(millis + i64::from(offset) * 60_000).to_string();
            let text = format!("{}{sign}{:02}:{:02}", local.trim_end_matches('Z'), distance / 60, distance % 60);
            if !local.starts_with("0000-01-01T00:00:00Z") {
                proptest::prop_assert_eq!(text.parse(), Ok(time), "{}", text);
            }
        }
    }
}
