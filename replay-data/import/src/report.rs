//! What an import made of a feed, with nothing hidden.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// How often each named thing occurred; in the order of names.
pub type Counts = BTreeMap<&'static str, u64>;

/// What became of every message of a feed and of every visible execution run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// The format that was read: `lobster`, `itch50`.
    pub format: &'static str,
    /// How many instruments the result has.
    pub instruments: u64,
    /// Messages by their type in the feed.
    pub messages: Counts,
    /// Commands by kind, seeds and corrections included.
    pub commands: Counts,
    /// Messages, or parts of them, that became no command of their own, by reason.
    pub without_command: Counts,
    /// Visible execution runs.
    pub runs: Runs,
    /// What the importer's own price-time book made of the checked runs.
    pub prediction: Prediction,
    /// Orders that were entered because they rested before they came into view.
    pub seeds: u64,
    /// Commands that put the queue right, by reason (each is marked `synthetic`).
    pub corrections: Counts,
    /// What the windowed recording let be seen, if it was one.
    pub window: Option<Window>,
}

/// Execution runs: what one aggressor traded, message after message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Runs {
    /// All visible ones.
    pub total: u64,
    /// The visible executions of which they consist.
    pub executions: u64,
    /// Those that became an `ioc` order with recorded fills.
    pub checked: u64,
    /// Those that became a `time` command with an unchecked outcome, by reason.
    pub unchecked: Counts,
    /// Those of the checked ones with a maker from before the recording, or from out of view.
    pub via_seed: u64,
}

/// How the checked runs compare with what a price-time book does; disjoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Prediction {
    /// Same makers, prices and quantities in the same order.
    pub exact: u64,
    /// The same quantity at each price, other makers or another order.
    pub price_quantity: u64,
    /// Neither.
    pub different: u64,
}

/// What is known of a windowed recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Window {
    /// How many levels of each side it shows.
    pub levels: u64,
    /// How many rows of the order book were read.
    pub rows: u64,
    /// The first message, counted from 1, from which on nothing is seeded because the order book
    /// has no row for it.
    pub unseeded_from: Option<u64>,
    /// How many messages have no row of the order book.
    pub messages_without_row: u64,
    /// How often a level came into view without a message.
    pub levels_entered: u64,
    /// Cancels and reductions of orders that could no longer be relied on, or were gone, when
    /// their level came into view. Not corrections of a queue: the row of the order book says
    /// what is there, as it does for seeds.
    pub withdrawn: u64,
    /// How many rows differ from the importer's book although nothing had come into view.
    pub rows_that_differ: u64,
}

impl ImportReport {
    /// All commands.
    #[must_use]
    pub fn total_commands(&self) -> u64 {
        self.commands.values().sum()
    }

    /// All messages.
    #[must_use]
    pub fn total_messages(&self) -> u64 {
        self.messages.values().sum()
    }

    /// All corrections.
    #[must_use]
    pub fn total_corrections(&self) -> u64 {
        self.corrections.values().sum()
    }

    /// All unchecked execution runs.
    #[must_use]
    pub fn total_unchecked(&self) -> u64 {
        self.runs.unchecked.values().sum()
    }
}

/// A share in percent with two decimals, cut off rather than rounded up to something better.
struct Percent(u64, u64);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.1 == 0 {
            return f.write_str("–");
        }
        let hundredths = u128::from(self.0) * 10_000 / u128::from(self.1);
        write!(f, "{}.{:02} %", hundredths / 100, hundredths % 100)
    }
}

fn write_counts(f: &mut fmt::Formatter<'_>, what: &str, counts: &Counts) -> fmt::Result {
    writeln!(f, "{what}: {}", counts.values().sum::<u64>())?;
    counts.iter().try_for_each(|(name, count)| writeln!(f, "  {name}: {count}"))
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "import of {}, instruments: {}", self.format, self.instruments)?;
        write_counts(f, "messages", &self.messages)?;
        write_counts(f, "commands", &self.commands)?;
        write_counts(f, "messages without a command of their own", &self.without_command)?;
        let runs = &self.runs;
        writeln!(f, "visible execution runs: {} of {} executions", runs.total, runs.executions)?;
        writeln!(f, "  checked: {} ({} via a seed)", runs.checked, runs.via_seed)?;
        writeln!(f, "  unchecked: {}", self.total_unchecked())?;
        for (reason, count) in &runs.unchecked {
            writeln!(f, "    {reason}: {count}")?;
        }
        let Prediction { exact, price_quantity, different } = self.prediction;
        writeln!(f, "own price-time book: exact {exact} ({})", Percent(exact, runs.total))?;
        writeln!(f, "  price and quantity: {price_quantity}, different: {different}")?;
        let share = |count| Percent(count, self.total_commands());
        writeln!(f, "seeds: {} ({} of all commands)", self.seeds, share(self.seeds))?;
        write_counts(f, "corrections (synthetic)", &self.corrections)?;
        writeln!(f, "  share of all commands: {}", share(self.total_corrections()))?;
        self.window.map_or(Ok(()), |window| window.write(f, self.total_commands()))
    }
}

impl Window {
    fn write(&self, f: &mut fmt::Formatter<'_>, commands: u64) -> fmt::Result {
        writeln!(f, "window: {} levels, order book rows: {}", self.levels, self.rows)?;
        writeln!(f, "  levels that came into view without a message: {}", self.levels_entered)?;
        let share = Percent(self.withdrawn, commands);
        writeln!(
            f,
            "  orders withdrawn as their level came into view: {} ({share} of all commands)",
            self.withdrawn
        )?;
        writeln!(f, "  rows that differ from the importer's book: {}", self.rows_that_differ)?;
        if let Some(first) = self.unseeded_from {
            let count = self.messages_without_row;
            writeln!(f, "  nothing is seeded from message {first} on ({count} messages)")?;
        }
        Ok(())
    }
}
