//! A stretch of a stream looked at, and the search for the next difference.

use shadowbook_model::{Command, InstrumentId, Seq};
use shadowbook_replay::{
    Answer, BookView, DiffError, Focus, NoSuchSeq, Spot, Stage, Stretch, find, next_difference,
    scenes,
};

use crate::toy::{Fault, Stream, commands};
use crate::{INSTRUMENTS, session};

/// Few enough to look at the books around each.
const COMMANDS: u64 = 1_200;
const ALL: Focus = Focus { instrument: None, all: true };

fn stream() -> Stream {
    Stream::new(INSTRUMENTS as usize, commands(COMMANDS, INSTRUMENTS), 64)
}

fn spot(seq: u64, focus: Focus, around: usize) -> Spot {
    find(&mut stream(), Seq(seq), focus, around, around).unwrap().unwrap()
}

fn open(candidate: Option<Fault>) -> impl FnMut() -> Result<Stage, DiffError> {
    move || {
        Ok(Stage {
            source: Box::new(stream()),
            reference: session(Fault::None),
            candidate: candidate.map(session),
        })
    }
}

fn look(candidate: Option<Fault>, spot: &Spot) -> Stretch {
    scenes(&mut open(candidate), spot, 5).unwrap()
}

fn seqs(stretch: &Stretch) -> Vec<u64> {
    stretch.scenes.iter().map(|scene| scene.command.seq.0).collect()
}

/// The commands of an instrument in order.
fn of(instrument: InstrumentId) -> Vec<Command> {
    let all = commands(COMMANDS, INSTRUMENTS);
    all.into_iter().filter(|command| command.instrument == instrument).collect()
}

#[test]
fn a_spot_is_among_the_commands_of_its_instrument() {
    let wanted = &of(InstrumentId(1))[100..107];
    let stretch = look(None, &spot(wanted[3].seq.0, Focus::default(), 3));
    assert_eq!(seqs(&stretch), wanted.iter().map(|it| it.seq.0).collect::<Vec<_>>());
    assert_eq!((stretch.at, stretch.has_before, stretch.has_after), (3, true, true));
    assert!(stretch.scenes.iter().all(|scene| scene.book_of == InstrumentId(1)));
    let whole = look(None, &spot(50, ALL, 2));
    assert_eq!(seqs(&whole), [48, 49, 50, 51, 52]);
    let other = Focus { instrument: Some(InstrumentId(2)), all: false };
    let named = look(None, &spot(wanted[3].seq.0, other, 3));
    assert_eq!(named.scenes[named.at].command, wanted[3]);
    assert!(named.scenes.iter().all(|scene| scene.book_of == InstrumentId(2)));
}

#[test]
fn the_ends_of_a_stream_are_known() {
    let first = spot(1, ALL, 2);
    assert_eq!((first.positions.as_slice(), first.at), ([1, 2, 3].as_slice(), 0));
    assert_eq!((first.has_before, first.has_after), (false, true));
    let last = spot(COMMANDS, ALL, 2);
    assert_eq!((last.at, last.has_before, last.has_after), (2, true, false));
    let whole = spot(2, ALL, usize::MAX);
    assert_eq!((whole.positions.len() as u64, whole.has_before), (COMMANDS, false));
    assert!(!spot(3, ALL, 2).has_before, "two come before and both are shown");
}

#[test]
fn a_seq_that_is_not_there_names_its_neighbours() {
    let stream = |left_out: u64, count: u64| {
        let mut commands = commands(count, INSTRUMENTS);
        commands.retain(|command| command.seq.0 != left_out);
        Stream::new(INSTRUMENTS as usize, commands, 7)
    };
    let told = |left_out: u64, count: u64, wanted: u64| {
        find(&mut stream(left_out, count), Seq(wanted), ALL, 3, 3).unwrap().unwrap_err()
    };
    let (before, after, wanted) = (Seq(7), Seq(9), Seq(8));
    assert_eq!(told(8, 20, 8), NoSuchSeq::Between { wanted, before, after });
    assert_eq!(told(1, 20, 1), NoSuchSeq::TooEarly { wanted: Seq(1), first: Seq(2) });
    assert_eq!(told(0, 20, 21), NoSuchSeq::TooLate { wanted: Seq(21), last: Seq(20) });
    assert_eq!(told(0, 0, 5), NoSuchSeq::Empty);
}

#[test]
fn one_engine_is_seen_alone() {
    let stretch = look(None, &spot(400, ALL, 4));
    for scene in &stretch.scenes {
        assert_eq!(scene.candidate, Answer::Absent);
        assert!(matches!(scene.after, BookView::Reference(_)));
        assert!(!scene.is_different());
        let entered = scene.reference.events.len() == 1 && scene.command.aggressor().is_some();
        let order = scene.command.order().unwrap();
        assert!(!entered || scene.changed[0].contains(&order), "it rests now: {scene:?}");
    }
    assert_eq!(look(None, &spot(400, ALL, 4)), stretch, "twice the same");
}

#[test]
fn books_that_part_silently_are_seen_to() {
    let whole = spot(600, ALL, 200);
    let stretch = look(Some(Fault::TurnQueue(500)), &whole);
    let parted: Vec<_> = stretch.scenes.iter().filter(|scene| scene.is_different()).collect();
    let first = parted[0];
    assert!(first.command.seq.0 >= 500 && first.events_agree());
    assert!(first.before.differences().is_empty() && !first.after.differences().is_empty());
    let (BookView::Both(before), BookView::Both(after)) = (&first.before, &first.after) else {
        panic!("both show their books");
    };
    assert_eq!(before.reference, before.candidate);
    assert_ne!(after.reference, after.candidate);
}

#[test]
fn a_candidate_that_dies_is_part_of_the_picture() {
    let stretch = look(Some(Fault::Panic(500)), &spot(500, ALL, 2));
    let answers: Vec<_> = stretch.scenes.iter().map(|scene| &scene.candidate).collect();
    assert!(matches!(answers[1], Answer::Events(_)));
    assert!(matches!(answers[2], Answer::Died { why, .. } if why.contains("the fault of seq 500")));
    assert_eq!(answers[3], &Answer::Dead);
    assert!(stretch.scenes[2].is_different());
    let dying = &stretch.scenes[2];
    assert!(matches!((&dying.before, &dying.after), (BookView::Both(_), BookView::Reference(_))));
    let later = look(Some(Fault::Panic(500)), &spot(600, ALL, 2));
    assert!(later.scenes.iter().all(|scene| scene.candidate == Answer::Dead));
    assert_eq!(later.candidate_end.map(|(seq, _)| seq), Some(Seq(500)));
}

#[test]
fn the_search_finds_what_looking_at_everything_finds() {
    let whole = spot(1, ALL, usize::MAX);
    for fault in [
        Fault::Drop(434),
        Fault::Price(820),
        Fault::TurnQueue(300),
        Fault::TurnQueue(768),
        Fault::Skip(999),
        Fault::Panic(1_100),
    ] {
        let stretch = look(Some(fault), &whole);
        let seen = stretch.scenes.iter().find(|scene| scene.is_different());
        let seen = seen.map(|scene| scene.command.seq);
        let search = |after, focus| {
            next_difference(&mut open(Some(fault)), after, focus, InstrumentId(0)).unwrap()
        };
        assert_eq!(search(0, ALL), seen, "{fault:?}");
        let seq = seen.map_or(0, |seq| seq.0);
        assert_eq!(search(seq.saturating_sub(1), ALL), seen, "{fault:?}");
        assert_eq!(search(COMMANDS, ALL), None);
    }
    let nothing = next_difference(&mut open(Some(Fault::None)), 0, ALL, InstrumentId(0));
    assert_eq!(nothing.unwrap(), None);
}
