//! An example as the text of the files that keep it.

use shadowbook_capture::Recorded;
use shadowbook_capture::jsonl::{write_command, write_instrument, write_recorded, write_snapshot};
use shadowbook_compare::{BookDifference, DivergenceKind};
use shadowbook_model::{Event, Instrument, Snapshot};
use shadowbook_scenario::{
    Expected, Gap, Noted, Scenario, Step, StepKind, book_of_orders, event_line,
};
use shadowbook_triage::Minimized;

use crate::describe::book_difference;
use crate::reading::reading;

/// So many differences of the books are told.
const DIFFERENCES: usize = 5;
/// So many events of the candidate are told.
const EVENTS: usize = 30;
/// What is said above a book that both engines show alike.
const UNSEEN: &str =
    "the lines of a book do not show what differs: both engines pass this; diff the .jsonl instead";

/// Where an example comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The capture as it was named.
    pub capture: String,
    /// The digest of its logical content.
    pub digest: String,
    /// The first root in it.
    pub seq: u64,
    /// The reference as it was named.
    pub reference: String,
    /// The candidate as it was named.
    pub candidate: String,
}

impl Provenance {
    /// The lines that a file of the example begins with.
    fn heading(&self, minimized: &Minimized) -> Vec<String> {
        let Self { capture, digest, seq, reference, candidate } = self;
        vec![
            reading(minimized),
            format!("from {capture}, digest {digest}, seq {seq}"),
            format!("engines {reference} → {candidate}"),
            format!("signature {}", minimized.shown.divergence.signature()),
        ]
    }
}

/// The example as JSON lines, with comments on where it comes from: a capture of its own.
///
/// `answers` are the reference's, command by command: what is recorded of each.
#[must_use]
pub fn example_jsonl(minimized: &Minimized, from: &Provenance, answers: &[Vec<Event>]) -> String {
    let flow = &minimized.flow;
    let mut text = String::new();
    for line in from.heading(minimized) {
        text += &format!("# {}\n", one_line(&line));
    }
    for instrument in &flow.instruments {
        write_instrument(&mut text, instrument);
        text.push('\n');
    }
    for snapshot in &flow.snapshots {
        write_snapshot(&mut text, snapshot, &flow.instruments);
    }
    for (position, command) in flow.commands.iter().enumerate() {
        write_command(&mut text, command, false, &flow.instruments);
        text.push('\n');
        let instrument = flow.instruments.get(command.instrument.index());
        if let (Some(events), Some(instrument)) = (answers.get(position), instrument) {
            write_recorded(&mut text, Recorded::Events(events), command.seq, instrument);
            text.push('\n');
        }
    }
    text
}

/// The example as a scenario: the commands with what the reference answers to them, and as a
/// comment what the candidate answers to the one at which it diverges. `None` where the flow begins
/// with snapshots, which a scenario cannot.
///
/// `answers` are the reference's, command by command; where there are fewer than commands the rest
/// is expected to be `anything`, but for the diverging one, whose answer is known. `book` is the
/// reference's after the last command, on the instrument that diverges: where the answers are the
/// same it is what the candidate is held against.
#[must_use]
pub fn example_scenario(
    minimized: &Minimized,
    from: &Provenance,
    answers: &[Vec<Event>],
    book: Option<&Snapshot>,
) -> Option<String> {
    let (flow, shown) = (&minimized.flow, &minimized.shown);
    if !flow.snapshots.is_empty() || flow.instruments.is_empty() {
        return None;
    }
    let known = &shown.divergence.reference;
    let commands = flow.commands.iter().enumerate().map(|(position, command)| {
        let is_diverging = shown.position == Some(position) && known.omitted == 0;
        let of_rerun = answers.get(position).cloned();
        (*command, of_rerun.or_else(|| is_diverging.then(|| known.events.clone())))
    });
    let heading: Vec<String> = from.heading(minimized).iter().map(|line| one_line(line)).collect();
    let mut scenario =
        Scenario::from_commands(&heading.join("\n"), flow.instruments.iter().cloned(), commands);
    if let Some(first) = scenario.steps.first_mut() {
        first.kind.above.push(Gap::Blank);
    }
    let instrument = flow.instruments.get(shown.divergence.instrument.index())?;
    let step = shown.position.and_then(|position| scenario.steps.get_mut(position));
    if let Some(step) = step {
        let comments = candidate_comments(minimized, instrument);
        let comments = comments.iter().map(|line| Gap::Comment(one_line(line)));
        comment(step, comments.collect());
    }
    if let Some(book) = book.filter(|_| shown.divergence.kind == DivergenceKind::State) {
        scenario.steps.push(look(book, &shown.differences));
    }
    Some(scenario.to_string())
}

/// A look at the book that the reference has in the end.
fn look(book: &Snapshot, differences: &[BookDifference]) -> Step {
    let expected = book_of_orders(&book.orders).into_iter().map(Noted::plain).collect();
    let mut step = Step::new(StepKind::Book { instrument: book.instrument, expected });
    if !differences.is_empty() && !differences.iter().any(is_in_lines) {
        step.kind.above.push(Gap::Comment(UNSEEN.to_owned()));
    }
    step
}

/// Whether the lines of a book show it.
fn is_in_lines(difference: &BookDifference) -> bool {
    match difference {
        BookDifference::Missing(_)
        | BookDifference::Extra(_)
        | BookDifference::QueueOrder { .. }
        | BookDifference::LevelOrder => true,
        BookDifference::Changed { reference, candidate, .. } => {
            book_of_orders(&[*reference]) != book_of_orders(&[*candidate])
        }
        BookDifference::Phase { .. }
        | BookDifference::LastTrade { .. }
        | BookDifference::ArrivalOrder { .. }
        | BookDifference::ArrivalCount { .. } => false,
    }
}

/// Puts comments above what is expected of a step, or above the step where that is nothing.
fn comment(step: &mut Step, comments: Vec<Gap>) {
    let expected = match &mut step.kind.value {
        StepKind::Command { expected: Expected::Events(events), .. } => {
            events.first_mut().map(|first| &mut first.above)
        }
        StepKind::Command { expected: Expected::Anything(Noted { above, .. }), .. } => Some(above),
        StepKind::Book { .. } => None,
    };
    expected.unwrap_or(&mut step.kind.above).extend(comments);
}

/// What the candidate does at the diverging command, in words.
fn candidate_comments(minimized: &Minimized, instrument: &Instrument) -> Vec<String> {
    let divergence = &minimized.shown.divergence;
    let answer = &divergence.candidate;
    let mut lines = Vec::new();
    if divergence.kind.ends_the_candidate() {
        lines.push(format!("the candidate does not come so far: {}", divergence.kind));
        lines.extend(divergence.detail.iter().flat_map(|detail| detail.lines()).map(str::to_owned));
    } else if answer.events == divergence.reference.events {
        lines.push("the candidate answers the same".to_owned());
    } else if answer.events.is_empty() {
        lines.push("the candidate answers nothing".to_owned());
    } else {
        lines.push("the candidate answers:".to_owned());
        let shown = answer.events.iter().take(EVENTS);
        lines.extend(shown.map(|event| format!("  {}", event_line(event, instrument))));
        let more = answer.events.len().saturating_sub(EVENTS) + answer.omitted;
        if more > 0 {
            lines.push(format!("  … and {more} more"));
        }
    }
    let differences = &minimized.shown.differences;
    if !differences.is_empty() {
        lines.push("the books then differ:".to_owned());
        let told = differences.iter().take(DIFFERENCES);
        lines.extend(told.map(|one| format!("  {}", book_difference(one, instrument))));
    }
    lines
}

/// What an engine or a path says must not become a line of its own.
fn one_line(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}
