//! What happens around one command of a stream: the commands, what each engine answers to them,
//! and the books before and after each.

mod engines;
mod search;
mod spot;

use std::collections::BTreeSet;

use shadowbook_capture::{Batch, Source};
use shadowbook_compare::{
    BookDifference, BookExcerpt, EventList, compare_books, excerpts_of, is_same_list,
};
use shadowbook_model::{Command, InstrumentId, OrderId, OrderState, Seq, Snapshot};
use shadowbook_session::Session;

use self::engines::{Engines, begin_stage};
pub use self::search::next_difference;
pub use self::spot::{Focus, NoSuchSeq, Spot, find};
use crate::{Beginning, BookPair, DiffError};

/// At most this many differences of one pair of books are kept.
const DIFFERENCES_LIMIT: usize = 100;
/// At most this many orders that wait for their trigger are kept of a book.
const UNTRIGGERED_LIMIT: usize = 50;

/// A stream from its beginning, and one session or two that have seen nothing yet.
pub struct Stage {
    /// The stream.
    pub source: Box<dyn Source + Send>,
    /// The engine that is looked at.
    pub reference: Box<dyn Session>,
    /// The one beside it, if there is one.
    pub candidate: Option<Box<dyn Session>>,
}

/// Makes a stage, each time from the beginning.
pub type OpenStage<'a> = &'a mut dyn FnMut() -> Result<Stage, DiffError>;

/// Some commands of a stream in a row, with everything there is to see of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// A scene for each command; never empty.
    pub scenes: Vec<Scene>,
    /// Which of them was asked for.
    pub at: usize,
    /// Whether commands that would be shown as well come before them.
    pub has_before: bool,
    /// Whether commands that would be shown as well come after them.
    pub has_after: bool,
    /// Where the candidate came to its end, and how it says so, if that was before the last scene.
    pub candidate_end: Option<(Seq, String)>,
    /// How the engines came to what the stream begins with; `None` when that is nothing.
    pub restored: Option<Beginning>,
}

/// One command, what was answered to it, and the books around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    /// Which command of the stream it is, from 1.
    pub position: u64,
    /// The command.
    pub command: Command,
    /// Production refused it outside matching, so that no engine was sent it.
    pub is_external: bool,
    /// Whose books are shown.
    pub book_of: InstrumentId,
    /// What the reference answered.
    pub reference: EventList,
    /// What the candidate did.
    pub candidate: Answer,
    /// The books before the command.
    pub before: BookView,
    /// The books after it, with the same levels.
    pub after: BookView,
    /// The orders that the command changed, in the reference and in the candidate: those that came,
    /// went, or are not what they were.
    pub changed: [BTreeSet<OrderId>; 2],
    /// The orders that the books before the command show, of the reference and of the candidate,
    /// with all that is known of them.
    pub orders_before: [Vec<OrderState>; 2],
    /// The same of the books after it.
    pub orders_after: [Vec<OrderState>; 2],
}

/// What a candidate did with a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// There is no candidate.
    Absent,
    /// It answered.
    Events(EventList),
    /// It came to its end over this command.
    Died {
        /// What it had said of it before.
        events: EventList,
        /// How it ended.
        why: String,
    },
    /// It had come to its end before.
    Dead,
}

/// The books of one instrument, as far as they can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BookView {
    /// No engine shows any.
    Nothing,
    /// Only the reference shows its book.
    Reference(BookExcerpt),
    /// Only the candidate shows its book.
    Candidate(BookExcerpt),
    /// Both show theirs.
    Both(BookPair),
}

impl BookView {
    /// How the two books differ, as far as that was kept.
    #[must_use]
    pub fn differences(&self) -> &[BookDifference] {
        match self {
            Self::Both(pair) => &pair.differences,
            Self::Nothing | Self::Reference(_) | Self::Candidate(_) => &[],
        }
    }
}

impl Scene {
    /// Whether the two engines answered the same; also where there is nothing to compare.
    #[must_use]
    pub fn events_agree(&self) -> bool {
        match &self.candidate {
            Answer::Absent | Answer::Dead => true,
            Answer::Events(theirs) => {
                self.reference.omitted == theirs.omitted
                    && is_same_list(&self.reference.events, &theirs.events)
            }
            Answer::Died { .. } => false,
        }
    }

    /// Whether something begins to differ here, or differs in another way than before.
    #[must_use]
    pub fn is_different(&self) -> bool {
        !self.events_agree() || self.before.differences() != self.after.differences()
    }
}

/// Walks a stream up to the commands of a spot and gives what there is to see of them; `levels` of
/// each side of a book are kept, and as many more of those that differ.
///
/// # Errors
/// When the stream cannot be read, the reference fails, or an engine cannot be brought to what the
/// stream begins with. A candidate that fails later is part of what is to be seen.
pub fn scenes(open: OpenStage<'_>, spot: &Spot, levels: usize) -> Result<Stretch, DiffError> {
    let (stage, restored) = begin_stage(open)?;
    let Stage { mut source, reference, candidate } = stage;
    let mut engines = Engines::new(reference, candidate);
    let mut batch = Batch::new();
    let mut scenes = Vec::with_capacity(spot.positions.len());
    let mut wanted = spot.positions.iter().copied().peekable();
    let mut done = 0;
    // The books after the last scene: those before the next one, if nothing comes between.
    let mut last: Option<(u64, InstrumentId, [Option<Snapshot>; 2])> = None;
    while wanted.peek().is_some() && source.read(&mut batch)? {
        engines.begin_batch();
        let end = done + batch.len() as u64;
        while let Some(position) = wanted.next_if(|position| *position <= end) {
            let index = usize::try_from(position - done - 1).expect("a batch is in memory");
            let command = batch.commands()[index];
            let book_of = spot.book_of.unwrap_or(command.instrument);
            engines.apply_before(&batch, index)?;
            let before = match last.take() {
                Some((after, of, books)) if (after + 1, of) == (position, book_of) => books,
                _ => engines.books(book_of, command.seq)?,
            };
            engines.apply_before(&batch, index + 1)?;
            let after = engines.books(book_of, command.seq)?;
            let books = Around { before: &before, after: &after, book_of, levels };
            scenes.push(scene(position, &batch, index, &engines, &books));
            last = Some((position, book_of, after));
        }
        engines.apply_before(&batch, batch.len())?;
        done = end;
    }
    let Spot { at, has_before, has_after, .. } = *spot;
    let candidate_end = engines.end;
    Ok(Stretch { scenes, at, has_before, has_after, candidate_end, restored })
}

/// The books of both engines around a command.
struct Around<'a> {
    before: &'a [Option<Snapshot>; 2],
    after: &'a [Option<Snapshot>; 2],
    book_of: InstrumentId,
    levels: usize,
}

fn scene(
    position: u64,
    batch: &Batch,
    index: usize,
    engines: &Engines,
    books: &Around<'_>,
) -> Scene {
    let views = views(books);
    let external = u32::try_from(index).is_ok_and(|index| batch.external().contains(&index));
    let changed = |engine: usize| match (&books.before[engine], &books.after[engine]) {
        (Some(before), Some(after)) => changed_orders(before, after),
        _ => BTreeSet::new(),
    };
    Scene {
        position,
        command: batch.commands()[index],
        is_external: external,
        book_of: books.book_of,
        reference: EventList::from(engines.ours.events_of(index)),
        candidate: engines.answer(index),
        changed: [changed(0), changed(1)],
        before: views.before,
        after: views.after,
        orders_before: views.orders_before,
        orders_after: views.orders_after,
    }
}

/// What is to be seen of the books, with the same levels of all of them.
struct Views {
    before: BookView,
    after: BookView,
    orders_before: [Vec<OrderState>; 2],
    orders_after: [Vec<OrderState>; 2],
}

fn views(books: &Around<'_>) -> Views {
    let differences = |books: &[Option<Snapshot>; 2]| match books {
        [Some(ours), Some(theirs)] => compare_books(ours, theirs),
        _ => Vec::new(),
    };
    let (before, after) = (differences(books.before), differences(books.after));
    let nothing = Snapshot::empty(books.book_of);
    let all: Vec<BookDifference> = before.iter().chain(&after).cloned().collect();
    let [[a, b], [c, d]] = [books.before, books.after]
        .map(|pair| pair.each_ref().map(|book| book.as_ref().unwrap_or(&nothing)));
    let [e, f, g, h] = excerpts_of([a, b, c, d], &all, books.levels);
    Views {
        orders_before: [shown_orders(a, &e), shown_orders(b, &f)],
        orders_after: [shown_orders(c, &g), shown_orders(d, &h)],
        before: view(books.before, e, f, before),
        after: view(books.after, g, h, after),
    }
}

fn view(
    books: &[Option<Snapshot>; 2],
    reference: BookExcerpt,
    candidate: BookExcerpt,
    mut differences: Vec<BookDifference>,
) -> BookView {
    match books {
        [None, None] => BookView::Nothing,
        [Some(_), None] => BookView::Reference(reference),
        [None, Some(_)] => BookView::Candidate(candidate),
        [Some(_), Some(_)] => {
            let omitted = differences.len().saturating_sub(DIFFERENCES_LIMIT);
            differences.truncate(DIFFERENCES_LIMIT);
            BookView::Both(BookPair { reference, candidate, differences, omitted })
        }
    }
}

/// The orders that are not in both books of an engine with the same attributes.
fn changed_orders(before: &Snapshot, after: &Snapshot) -> BTreeSet<OrderId> {
    // A command touches few orders of a book: most of it is alike from both ends.
    let (old, new) = (&before.orders, &after.orders);
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[head..], &new[head..]);
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let mut old: Vec<_> = old[..old.len() - tail].iter().collect();
    let mut new: Vec<_> = new[..new.len() - tail].iter().collect();
    old.sort_by_key(|order| order.order);
    new.sort_by_key(|order| order.order);
    let mut changed = BTreeSet::new();
    for order in &old {
        if state_in(&new, order.order) != Some(**order) {
            changed.insert(order.order);
        }
    }
    let came = new.iter().filter(|order| state_in(&old, order.order).is_none());
    changed.extend(came.map(|order| order.order));
    changed
}

/// The state of an order among some that are sorted by id.
fn state_in(orders: &[&OrderState], order: OrderId) -> Option<OrderState> {
    let at = orders.binary_search_by_key(&order, |state| state.order).ok()?;
    Some(*orders[at])
}

/// The orders of a book that an excerpt of it shows, and the untriggered ones.
fn shown_orders(book: &Snapshot, excerpt: &BookExcerpt) -> Vec<OrderState> {
    let shown: BTreeSet<OrderId> = excerpt
        .bids
        .iter()
        .chain(&excerpt.asks)
        .flat_map(|level| level.queue.iter().map(|(order, _)| *order))
        .collect();
    let untriggered = book.orders.iter().filter(|order| order.trigger.is_some());
    let in_book = book.orders.iter().filter(|order| order.trigger.is_none());
    let in_book = in_book.filter(|order| shown.contains(&order.order));
    in_book.chain(untriggered.take(UNTRIGGERED_LIMIT)).copied().collect()
}
