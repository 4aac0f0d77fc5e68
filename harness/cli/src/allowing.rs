//! What is expected to diverge: the `[[allow]]` tables of `shadowbook.toml`.

use std::num::NonZeroU64;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use shadowbook_model::Seq;
use shadowbook_report::{UnusedAllow, Verdict};
use shadowbook_triage::{AllowEntry, Allowlist, Date, Predicate};
use toml::{Table, Value};

use crate::exit::Exit;

/// Reads the entries as they are written, in their order.
pub(crate) fn parse(tables: Vec<Table>) -> Result<Vec<AllowEntry>, String> {
    let numbered = (1..).zip(tables);
    numbered
        .map(|(number, table)| {
            entry(table).map_err(|problem| format!("[[allow]] table {number}: {problem}"))
        })
        .collect()
}

/// What an entry may say.
const FIELDS: [&str; 12] = [
    "signature",
    "instrument",
    "order_type",
    "event",
    "event_reason",
    "seq_from",
    "seq_to",
    "reason",
    "owner",
    "ticket",
    "expires",
    "at_most",
];

fn entry(table: Table) -> Result<AllowEntry, String> {
    // A field that is misspelt is missing, too: that is not what is wrong with it.
    if let Some(unknown) = table.keys().find(|field| !FIELDS.contains(&field.as_str())) {
        return Err(format!("unknown field `{unknown}`"));
    }
    let mut fields = Fields(table);
    let predicate = Predicate {
        signature: fields.parsed("signature")?,
        instrument: fields.text("instrument")?,
        order_type: fields.parsed("order_type")?,
        event: fields.parsed("event")?,
        event_reason: fields.parsed("event_reason")?,
        seq_from: fields.number("seq_from")?.map(Seq),
        seq_to: fields.number("seq_to")?.map(Seq),
    };
    let at_most = fields.number("at_most")?;
    let entry = AllowEntry {
        predicate,
        reason: fields.required("reason")?,
        owner: fields.required("owner")?,
        ticket: fields.required("ticket")?,
        expires: fields.date("expires")?.ok_or_else(|| missing("expires"))?,
        at_most: NonZeroU64::new(at_most.ok_or_else(|| missing("at_most"))?)
            .ok_or("at_most: an entry that allows nothing says nothing")?,
    };
    entry.predicate.check().map_err(|problem| problem.to_string())?;
    Ok(entry)
}

fn missing(field: &str) -> String {
    format!("{field}: it is missing")
}

/// The fields of a table that nobody took yet.
struct Fields(Table);

impl Fields {
    fn text(&mut self, field: &str) -> Result<Option<String>, String> {
        match self.0.remove(field) {
            None => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => {
                Err(format!("{field}: it is empty"))
            }
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(field, "a text", &other)),
        }
    }

    fn required(&mut self, field: &str) -> Result<String, String> {
        self.text(field)?.ok_or_else(|| missing(field))
    }

    fn parsed<T: FromStr<Err: std::fmt::Display>>(
        &mut self,
        field: &str,
    ) -> Result<Option<T>, String> {
        let parse = |text: String| {
            text.parse().map_err(|problem| format!("{field} = \"{text}\": {problem}"))
        };
        self.text(field)?.map(parse).transpose()
    }

    fn number(&mut self, field: &str) -> Result<Option<u64>, String> {
        match self.0.remove(field) {
            None => Ok(None),
            Some(Value::Integer(number)) => u64::try_from(number)
                .map(Some)
                .map_err(|_| format!("{field} = {number}: it cannot be below zero")),
            Some(other) => Err(wrong(field, "a whole number", &other)),
        }
    }

    /// A day, as TOML writes it or as a text.
    fn date(&mut self, field: &str) -> Result<Option<Date>, String> {
        let text = match self.0.remove(field) {
            None => return Ok(None),
            Some(Value::String(text)) => text,
            Some(Value::Datetime(date)) => date.to_string(),
            Some(other) => return Err(wrong(field, "a day", &other)),
        };
        text.parse().map(Some).map_err(|problem| format!("{field} = \"{text}\": {problem}"))
    }
}

fn wrong(field: &str, expected: &str, found: &Value) -> String {
    format!("{field}: expected {expected}, found {found} ({})", found.type_str())
}

/// What a command line says of the allowlist.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct Allowing {
    /// FAIL when an entry of the allowlist covers nothing
    #[arg(long)]
    strict_allow: bool,
    /// The day on which entries of the allowlist are looked at [default: today, in UTC]
    #[arg(long, value_name = "YYYY-MM-DD", hide = true)]
    today: Option<Date>,
}

impl Allowing {
    /// What an entry means that covers nothing.
    pub(crate) const fn unused(&self) -> UnusedAllow {
        if self.strict_allow { UnusedAllow::Fails } else { UnusedAllow::Warns }
    }

    /// Entries as of today.
    pub(crate) fn list(&self, entries: Vec<AllowEntry>) -> Allowlist {
        let clock = || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            // A clock that stands before 1970 knows of nothing that has expired.
            Date::of_unix(since.map_or(0, |since| since.as_secs()))
        };
        Allowlist { entries, today: self.today.unwrap_or_else(clock) }
    }
}

/// The entries that cover nothing in any of these verdicts, in words. Of a run without a verdict
/// nobody knows what it would have covered.
pub(crate) fn unused(entries: &[AllowEntry], verdicts: &[Verdict]) -> Vec<String> {
    if verdicts.iter().any(|verdict| Exit::of(verdict.exit_code).is_failure()) {
        return Vec::new();
    }
    let count = |index: usize| {
        let of_verdict = |verdict: &Verdict| verdict.allowed.entries.get(index).map(|it| it.count);
        verdicts.iter().filter_map(of_verdict).sum::<u64>()
    };
    let unused = entries.iter().enumerate().filter(|(index, _)| count(*index) == 0);
    unused
        .map(|(index, entry)| {
            format!("entry {} of the allowlist ({entry}) covers nothing in any capture", index + 1)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        signature = "extra-event/*/fill"
        instrument = "XBTUSD"
        order_type = "limit"
        event = "fill"
        event_reason = "ioc"
        seq_from = 10
        seq_to = 20
        reason = "the gateway takes out what is doubled"
        owner = "matching"
        ticket = "EX-1"
        expires = "2027-01-31"
        at_most = 3
    "#;

    fn read(text: &str) -> Result<Vec<AllowEntry>, String> {
        parse(vec![text.parse().expect("it is TOML")])
    }

    #[test]
    fn every_field_is_read() {
        let entries = read(GOOD).expect("it is right");
        let AllowEntry { predicate, reason, owner, ticket, expires, at_most } = &entries[0];
        let written = predicate.signature.as_ref().map(ToString::to_string);
        assert_eq!(written.as_deref(), Some("extra-event/*/fill"));
        assert_eq!(predicate.instrument.as_deref(), Some("XBTUSD"));
        assert_eq!(predicate.order_type, Some(shadowbook_model::OrderType::Limit));
        assert_eq!(predicate.event, "fill".parse().ok());
        assert_eq!(predicate.event_reason, "ioc".parse().ok());
        assert_eq!((predicate.seq_from, predicate.seq_to), (Some(Seq(10)), Some(Seq(20))));
        assert_eq!((owner.as_str(), ticket.as_str(), at_most.get()), ("matching", "EX-1", 3));
        assert_eq!(reason, "the gateway takes out what is doubled");
        assert_eq!(expires.to_string(), "2027-01-31");
        let written = GOOD.replace("\"2027-01-31\"", "2027-01-31");
        assert_eq!(read(&written).expect("TOML has days")[0].expires, *expires);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_table() {
        for (right, wrong, told) in [
            ("reason = \"the", "raison = \"the", "unknown field `raison`"),
            ("reason = \"the gateway takes out what is doubled\"", "", "reason: it is missing"),
            ("owner = \"matching\"", "", "owner: it is missing"),
            ("ticket = \"EX-1\"", "ticket = \" \"", "ticket: it is empty"),
            ("expires = \"2027-01-31\"", "", "expires: it is missing"),
            ("\"2027-01-31\"", "\"2027-02-31\"", "expires = \"2027-02-31\": not a day"),
            ("\"2027-01-31\"", "2027-01-31T12:00:00", "expires = \"2027-01-31T12:00:00\": not"),
            ("\"2027-01-31\"", "7", "expires: expected a day, found 7 (integer)"),
            ("at_most = 3", "", "at_most: it is missing"),
            ("at_most = 3", "at_most = 0", "at_most: an entry that allows nothing"),
            ("at_most = 3", "at_most = -3", "at_most = -3: it cannot be below zero"),
            ("at_most = 3", "at_most = \"3\"", "at_most: expected a whole number"),
            ("\"limit\"", "\"limits\"", "order_type = \"limits\": unknown order type"),
            ("\"fill\"", "\"fills\"", "event = \"fills\": unknown event"),
            ("\"ioc\"", "\"ioc.\"", "event_reason = \"ioc.\": unknown reason"),
            ("\"extra-event/*/fill\"", "\"*/*\"", "signature = \"*/*\": covers everything"),
            ("\"extra-event/*/fill\"", "\"candidate-crashed/*\"", "signature: a candidate that"),
            ("seq_to = 20", "seq_to = 9", "seq_from is after seq_to"),
            ("at_most = 3", "at_most = 3\nuntil = 4", "unknown field `until`"),
        ] {
            let text = GOOD.replacen(right, wrong, 1);
            assert_ne!(text, GOOD);
            let problem = read(&text).expect_err("it is wrong");
            assert!(problem.starts_with("[[allow]] table 1: "), "{problem}");
            assert!(problem.contains(told), "{wrong}: {problem}");
        }
        let narrow = ["signature", "instrument", "order_type", "event"];
        let is_kept = |line: &&str| !narrow.iter().any(|name| line.trim().starts_with(name));
        let wide: Vec<&str> = GOOD.lines().filter(is_kept).collect();
        let tables = vec![GOOD.parse().expect("TOML"), wide.join("\n").parse().expect("TOML")];
        let problem = parse(tables).expect_err("a range of seq alone is too wide");
        assert!(problem.starts_with("[[allow]] table 2: covers everything"), "{problem}");
    }
}
