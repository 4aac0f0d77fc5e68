//! A day of the calendar.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A day, as `2027-01-31`; in UTC where it comes from a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// What is written is no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a day of the calendar, expected YYYY-MM-DD")]
pub struct DateError;

const DAYS_OF_400_YEARS: u64 = 146_097;
/// From 0000-03-01 to 1970-01-01.
const DAYS_BEFORE_1970: u64 = 719_468;
const SECONDS_OF_A_DAY: u64 = 86_400;

impl Date {
    /// The day of this moment in seconds since 1970-01-01T00:00Z; the last day that four digits
    /// can write for any later one.
    #[must_use]
    pub fn of_unix(seconds: u64) -> Self {
        // Counted from 0000-03-01, so that a leap day ends its year.
        let days = seconds / SECONDS_OF_A_DAY + DAYS_BEFORE_1970;
        let (cycle, day) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
        // Of the leap days in a cycle those of whole centuries are left out, but for the last.
        let year = (day - day / 1_460 + day / 36_524 - day / (DAYS_OF_400_YEARS - 1)) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        // From March on the months have 153 days in each five.
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let year = cycle * 400 + year + u64::from(month >= 10);
        let month = if month >= 10 { month - 9 } else { month + 3 };
        let parts = (u16::try_from(year), u8::try_from(month), u8::try_from(day));
        match parts {
            (Ok(year @ ..=9_999), Ok(month), Ok(day)) => Self { year, month, day },
            _ => Self { year: 9_999, month: 12, day: 31 },
        }
    }
}

const fn days_of(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let is_shaped = text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !is_shaped {
            return Err(DateError);
        }
        let wrong = |_| DateError;
        let date = Self {
            year: text[..4].parse().map_err(wrong)?,
            month: text[5..7].parse().map_err(wrong)?,
            day: text[8..].parse().map_err(wrong)?,
        };
        let is_day = (1..=12).contains(&date.month)
            && (1..=days_of(date.year, date.month)).contains(&date.day);
        is_day.then_some(date).ok_or(DateError)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_and_written() {
        for right in ["2026-01-01", "2024-02-29", "2000-02-29", "9999-12-31", "0001-04-30"] {
            assert_eq!(right.parse::<Date>().expect("it is a day").to_string(), right);
        }
        for wrong in [
            "",
            "2026-1-1",
            "2026-13-01",
            "2026-00-01",
            "2026-04-31",
            "2026-04-00",
            "2025-02-29",
            "1900-02-29",
            "2026/01/01",
            "2026-01-01 ",
            "+026-01-01",
            "２026-01-1",
        ] {
            assert_eq!(wrong.parse::<Date>(), Err(DateError), "{wrong}");
        }
        let day = |text: &str| text.parse::<Date>().expect("it is a day");
        assert!(day("2026-12-31") < day("2027-01-01") && day("2027-01-09") < day("2027-02-01"));
    }

    #[test]
    fn a_clock_shows_a_day() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (86_399, "1970-01-01"),
            (86_400, "1970-01-02"),
            (951_782_399, "2000-02-28"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_709_164_800, "2024-02-29"),
            (1_735_689_599, "2024-12-31"),
            (1_735_689_600, "2025-01-01"),
            (4_107_542_400, "2100-03-01"),
            (253_402_300_799, "9999-12-31"),
            (u64::MAX, "9999-12-31"),
        ] {
            assert_eq!(Date::of_unix(seconds).to_string(), day, "{seconds}");
        }
    }

    #[test]
    fn days_follow_each_other() {
        let mut last = Date::of_unix(0);
        for day in 1..200_000_u64 {
            let next = Date::of_unix(day * SECONDS_OF_A_DAY);
            let is_next = if next.day == 1 {
                let new_year = next.month == 1 && last.month == 12 && next.year == last.year + 1;
                let new_month = next.month == last.month + 1 && next.year == last.year;
                last.day == days_of(last.year, last.month) && (new_year || new_month)
            } else {
                next.day == last.day + 1 && (next.year, next.month) == (last.year, last.month)
            };
            assert!(is_next, "{last} is followed by {next}");
            last = next;
        }
    }
}
