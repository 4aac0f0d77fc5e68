//! What LOBSTER says in the names of its files.

/// The parts of a name such as `AMZN_2012-06-21_34200000_57600000_message_5.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName {
    /// The ticker.
    pub symbol: String,
    /// The day, as `YYYY-MM-DD`.
    pub date: String,
    /// How many levels of each side the recording shows.
    pub levels: usize,
}

impl FileName {
    /// Reads the name of a file, without folder; `None` when it has not LOBSTER's form.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let stem = name.split_once(".csv").map_or(name, |(stem, _)| stem);
        let mut parts = stem.rsplit('_');
        let levels = parts.next()?.parse().ok()?;
        if !matches!(parts.next()?, "message" | "orderbook") {
            return None;
        }
        for _ in ["end", "start"] {
            parts.next()?.parse::<u64>().ok()?;
        }
        let date = parts.next().filter(|date| is_date(date))?;
        let symbol: Vec<_> = parts.collect();
        let symbol = symbol.into_iter().rev().collect::<Vec<_>>().join("_");
        (!symbol.is_empty()).then(|| Self { symbol, date: date.to_owned(), levels })
    }
}

fn is_date(text: &str) -> bool {
    let shape = text.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    shape.eq(*b"0000-00-00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lobsters_own_form_and_nothing_else() {
        let name = FileName { symbol: "AMZN".to_owned(), date: "2012-06-21".to_owned(), levels: 5 };
        for text in [
            "AMZN_2012-06-21_34200000_57600000_message_5.csv",
            "AMZN_2012-06-21_34200000_57600000_orderbook_5.csv.zst",
        ] {
            assert_eq!(FileName::parse(text), Some(name.clone()), "{text}");
        }
        for text in ["", "day.csv", "AMZN_2012-06-21_message_5.csv", "AMZN_x_1_2_message_5.csv"] {
            assert_eq!(FileName::parse(text), None, "{text}");
        }
    }
}
