//! The cells that no right engine can reach, from a list that people read and check.

use std::sync::OnceLock;

use shadowbook_model::{OrderType, Phase, TimeInForce};
use thiserror::Error;

use super::{CELLS, Cell, Outcome};

/// The list: a pattern a line, with the rule and the reason.
const LIST: &str = include_str!("impossible.txt");

/// Cells that no right engine can reach, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impossible {
    /// The rule of docs/MARKET_MODEL.md from which it follows.
    pub rule: String,
    /// In a sentence.
    pub reason: String,
    order_types: Pattern,
    times_in_force: Pattern,
    phases: Pattern,
    outcomes: Pattern,
}

/// A line of the list that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {problem}")]
pub struct ListError {
    /// Which line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

/// Words of which one must match, or all but those; a word may end in `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    words: Vec<String>,
    is_excluding: bool,
}

impl Pattern {
    fn parse(text: &str, names: &[String]) -> Result<Self, String> {
        let (is_excluding, words) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let words: Vec<String> = words.split('|').map(str::to_owned).collect();
        for word in &words {
            if !names.iter().any(|name| matches_word(word, name)) {
                return Err(format!("`{word}` matches nothing"));
            }
        }
        Ok(Self { words, is_excluding })
    }

    fn matches(&self, name: &str) -> bool {
        self.words.iter().any(|word| matches_word(word, name)) != self.is_excluding
    }
}

fn matches_word(word: &str, name: &str) -> bool {
    match word.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => word == name,
    }
}

impl Impossible {
    fn matches(&self, cell: &Cell) -> bool {
        self.order_types.matches(cell.order_type.name())
            && self.times_in_force.matches(cell.time_in_force.name())
            && self.phases.matches(cell.phase.name())
            && self.outcomes.matches(&cell.outcome.to_string())
    }
}

/// Reads a list of impossible cells: `type × time in force × phase × outcome`, each a name, `*`,
/// alternatives (`gtc|day`) or all but some (`!ioc|fok`), then `:`, the rule and the reason. Empty
/// lines and those that begin with `#` are skipped.
///
/// # Errors
/// The first line that is none, or that names what there is not.
pub fn impossible_list(text: &str) -> Result<Vec<Impossible>, ListError> {
    let lines = text.lines().map(str::trim).enumerate();
    let wanted = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let parse = |(index, line): (usize, &str)| {
        parse_line(line).map_err(|problem| ListError { line: index + 1, problem })
    };
    wanted.map(parse).collect()
}

fn parse_line(line: &str) -> Result<Impossible, String> {
    let names = |all: &[&str]| all.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let (cells, why) = line.split_once(':').ok_or("no `:` between the cells and the rule")?;
    let (rule, reason) = why.trim().split_once(' ').ok_or("a rule without a reason")?;
    let fields: Vec<&str> = cells.split_whitespace().collect();
    let [order_type, time_in_force, phase, outcome] = fields[..] else {
        return Err(format!("{} fields where there are four", fields.len()));
    };
    let types: Vec<&str> = OrderType::ALL.iter().map(|each| each.name()).collect();
    let times: Vec<&str> = TimeInForce::ALL.iter().map(|each| each.name()).collect();
    let phases: Vec<&str> = Phase::ALL.iter().map(|each| each.name()).collect();
    let outcomes: Vec<String> = Outcome::all().map(|each| each.to_string()).collect();
    Ok(Impossible {
        rule: rule.to_owned(),
        reason: reason.trim().to_owned(),
        order_types: Pattern::parse(order_type, &names(&types))?,
        times_in_force: Pattern::parse(time_in_force, &names(&times))?,
        phases: Pattern::parse(phase, &names(&phases))?,
        outcomes: Pattern::parse(outcome, &outcomes)?,
    })
}

/// The project's list, and for each cell which line of it matches first.
struct Known {
    list: Vec<Impossible>,
    of_cell: Vec<Option<usize>>,
}

fn known() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let list = impossible_list(LIST).expect("a test reads the project's own list");
        let mut of_cell = vec![None; CELLS];
        for cell in Cell::all() {
            of_cell[cell.index()] = list.iter().position(|line| line.matches(&cell));
        }
        Known { list, of_cell }
    })
}

/// Why no right engine can reach a cell, if none can.
#[must_use]
pub fn impossible(cell: Cell) -> Option<&'static Impossible> {
    let known = known();
    known.of_cell[cell.index()].map(|index| &known.list[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_needed() {
        let list = impossible_list(LIST).unwrap();
        for (index, line) in list.iter().enumerate() {
            let is_first = |cell: &Cell| {
                line.matches(cell) && !list[..index].iter().any(|other| other.matches(cell))
            };
            assert!(Cell::all().any(|cell| is_first(&cell)), "{line:?} says nothing new");
        }
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        let check = |text: &str, expected: &str| {
            assert_eq!(impossible_list(text).unwrap_err().to_string(), expected);
        };
        check("# a comment\n\nlimit gtc", "line 3: no `:` between the cells and the rule");
        check("limit gtc * : O1 because", "line 1: 3 fields where there are four");
        check("limit gtc * nonsense : O1 because", "line 1: `nonsense` matches nothing");
        check("limit !gtc|never * * : O1 because", "line 1: `never` matches nothing");
        check("limit gtc * * : O1", "line 1: a rule without a reason");
        assert_eq!(
            impossible_list("limit gtc|day !auction rejected.* : O1 because").unwrap().len(),
            1
        );
    }
}
