//! What an allowlist covers.

use std::num::NonZeroU64;

use proptest::prelude::*;
use shadowbook_compare::{DivergenceKind, EventList, name_difference};
use shadowbook_model::{
    Action, CancelReason, Command, CommandKind, Event, Fill, Increment, InstrumentId, NewOrder,
    OrderId, Price, Quantity, RejectReason, Seq, Side, TimeNs, TradeId,
};

use super::*;

const ORDER: OrderId = OrderId(9);
const ACCEPTED: Event = Event::Accepted { order: ORDER };

fn fill(maker: u64) -> Event {
    Event::Fill(Fill {
        trade: TradeId(maker),
        maker: OrderId(maker),
        taker: ORDER,
        price: Price(5),
        quantity: Quantity(1),
        maker_open: Quantity(0),
        taker_open: Quantity(1),
    })
}

const fn canceled(reason: CancelReason) -> Event {
    Event::Canceled { order: ORDER, quantity: Quantity(2), reason }
}

const fn rejected(reason: RejectReason) -> Event {
    Event::Rejected { command: CommandKind::New, order: ORDER, reason }
}

/// A divergence at a new limit order, `seq` 40 on instrument 1.
fn diverging(reference: &[Event], candidate: &[Event]) -> Divergence {
    let bid = NewOrder::limit(ORDER, Side::Buy, Price(5), Quantity(9));
    let (kind, shape) = name_difference(reference, candidate);
    Divergence {
        seq: Seq(40),
        instrument: InstrumentId(1),
        kind,
        shape,
        command: Some(Command::new(Seq(40), TimeNs(4), InstrumentId(1), bid)),
        reference: EventList::from(reference),
        candidate: EventList::from(candidate),
        detail: None,
        is_disputed: false,
        disputed_orders: Vec::new(),
        equal_after: 0,
        shown_after: 40,
    }
}

fn doubled() -> Divergence {
    diverging(&[ACCEPTED, fill(1)], &[ACCEPTED, fill(1), fill(1)])
}

fn allowlist(predicates: impl IntoIterator<Item = Predicate>) -> Allowlist {
    let entry = |predicate| AllowEntry {
        predicate,
        reason: "the report is sent twice on purpose".to_owned(),
        owner: "matching".to_owned(),
        ticket: "EX-1".to_owned(),
        expires: "2027-01-31".parse().expect("a day"),
        at_most: NonZeroU64::new(3).expect("not zero"),
    };
    Allowlist { entries: predicates.into_iter().map(entry).collect(), ..Allowlist::default() }
}

fn judge(predicate: Predicate, divergence: &Divergence, order_type: Option<OrderType>) -> bool {
    let context = AllowContext { instrument: "XBTUSD", order_type };
    allowlist([predicate]).judge(divergence, &context).is_some()
}

fn covers(predicate: Predicate, divergence: &Divergence) -> bool {
    judge(predicate, divergence, None)
}

fn signature(pattern: &str) -> Predicate {
    Predicate { signature: Some(pattern.parse().expect("a pattern")), ..Predicate::default() }
}

fn event(name: &str) -> Predicate {
    Predicate { event: Some(name.parse().expect("an event")), ..Predicate::default() }
}

fn reason(name: &str) -> Predicate {
    Predicate { event_reason: Some(name.parse().expect("a reason")), ..Predicate::default() }
}

fn seqs(from: impl Into<Option<u64>>, to: impl Into<Option<u64>>) -> Predicate {
    let (seq_from, seq_to) = (from.into().map(Seq), to.into().map(Seq));
    Predicate { seq_from, seq_to, ..signature("extra-event/new/fill") }
}

#[test]
fn each_field_narrows_what_is_meant() {
    let on = |symbol: &str| Predicate {
        instrument: Some(symbol.to_owned()),
        ..signature("extra-event/*")
    };
    for (predicate, expected) in [
        (signature("extra-event/new/fill"), true),
        (signature("extra-event/*"), true),
        (signature("missing-event/*"), false),
        (on("XBTUSD"), true),
        (on("ETHUSD"), false),
        (event("fill"), true),
        (event("canceled"), false),
        (Predicate { order_type: Some(OrderType::Limit), ..Predicate::default() }, true),
        (Predicate { order_type: Some(OrderType::Market), ..Predicate::default() }, false),
        (reason("ioc"), false),
        (seqs(40, None), true),
        (seqs(41, None), false),
        (seqs(None, 40), true),
        (seqs(None, 39), false),
        (seqs(40, 40), true),
        (Predicate { event: event("accepted").event, ..signature("extra-event/*") }, false),
    ] {
        assert_eq!(covers(predicate.clone(), &doubled()), expected, "{predicate:?}");
    }
}

#[test]
fn every_event_that_differs_is_of_the_type() {
    let (ioc, fok) = (canceled(CancelReason::Ioc), canceled(CancelReason::Fok));
    let check = |reference: &[Event], candidate: &[Event], is_of: &str, expected| {
        let found = covers(event(is_of), &diverging(reference, candidate));
        assert_eq!(found, expected, "{reference:?} {candidate:?}");
    };
    check(&[ACCEPTED, ioc], &[ACCEPTED, fok], "canceled", true);
    check(&[ACCEPTED, ioc], &[ACCEPTED], "canceled", true);
    check(&[ACCEPTED, ioc], &[ACCEPTED, fill(1)], "canceled", false);
    check(&[ACCEPTED, fill(1), ioc], &[ACCEPTED], "canceled", false);
    // What both have is no difference, wherever it stands.
    check(&[fill(1), fill(2), ioc], &[ioc, fill(2), fill(1), ioc], "canceled", true);
    check(&[fill(1), fill(2)], &[fill(2), fill(1)], "fill", true);
    check(&[fill(1), ACCEPTED, fill(2)], &[fill(2), ACCEPTED, fill(1)], "fill", false);
    let mut cut = diverging(&[ACCEPTED, ioc], &[ACCEPTED, fok]);
    cut.candidate.omitted = 1;
    assert!(!covers(event("canceled"), &cut), "nobody saw the rest");
    let mut silent = diverging(&[ACCEPTED], &[ACCEPTED]);
    silent.kind = DivergenceKind::State;
    assert!(!covers(event("accepted"), &silent), "no event differs");
}

#[test]
fn a_reason_is_one_of_an_event_that_differs() {
    let change =
        diverging(&[ACCEPTED, canceled(CancelReason::Ioc)], &[rejected(RejectReason::Phase)]);
    assert!(covers(reason("ioc"), &change));
    assert!(covers(reason("phase"), &change));
    assert!(!covers(reason("fok"), &change));
    let both = [rejected(RejectReason::Phase), canceled(CancelReason::MinQuantity)];
    assert!(!covers(reason("phase"), &diverging(&both, &both[..1])), "both give it");
    assert!(covers(reason("min-quantity"), &diverging(&both, &both[..1])), "it is a word of both");
    let rejection = rejected(RejectReason::MinQuantity);
    assert!(covers(reason("min-quantity"), &diverging(&[rejection], &[ACCEPTED])));
}

#[test]
fn the_type_of_an_order_that_the_command_does_not_tell_must_be_known() {
    let limit = || Predicate { order_type: Some(OrderType::Limit), ..Predicate::default() };
    let mut cancel = doubled();
    cancel.command = Some(Command::new(Seq(40), TimeNs(4), InstrumentId(1), Action::Cancel(ORDER)));
    assert!(judge(limit(), &cancel, Some(OrderType::Limit)));
    assert!(!judge(limit(), &cancel, Some(OrderType::Market)));
    assert!(!judge(limit(), &cancel, None));
    assert!(judge(limit(), &doubled(), Some(OrderType::Market)), "the command itself tells it");
}

#[test]
fn a_candidate_that_died_is_never_allowed() {
    for kind in [
        DivergenceKind::CandidateCrashed,
        DivergenceKind::CandidateTimedOut,
        DivergenceKind::CandidateProtocol,
    ] {
        let mut dead = doubled();
        dead.kind = kind;
        assert!(!covers(signature("*new*"), &dead));
        assert!(dead.signature().contains("new"));
        let named = signature(&format!("{kind}/*")).check();
        assert_eq!(named, Err(PredicateError::DeadCandidate));
    }
}

#[test]
fn the_first_entry_that_covers_it_has_it() {
    let list = allowlist([signature("missing-event/*"), event("fill"), signature("extra-event/*")]);
    let context = AllowContext { instrument: "XBTUSD", order_type: None };
    assert_eq!(list.judge(&doubled(), &context), Some(1));
    let instruments =
        ["ETHUSD", "XBTUSD"].map(|symbol| Instrument::new(symbol, Increment::ONE, Increment::ONE));
    let on =
        |symbol: &str| Predicate { instrument: Some(symbol.to_owned()), ..Predicate::default() };
    let judge = allowlist([on("ETHUSD"), on("XBTUSD")]).on(&instruments);
    assert_eq!(judge.judge(&doubled(), None), Some(1));
}

#[test]
fn a_predicate_is_narrow_or_refused() {
    let range = |from, to| Predicate { signature: None, ..seqs(from, to) };
    assert_eq!(Predicate::default().check(), Err(PredicateError::Everything));
    assert_eq!(range(Some(1), Some(2)).check(), Err(PredicateError::Everything));
    assert_eq!(seqs(2, 1).check(), Err(PredicateError::EmptyRange));
    for right in [seqs(1, 1), event("fill"), reason("ioc"), signature("*fill")] {
        assert_eq!(right.check(), Ok(()));
    }
}

#[test]
fn an_entry_holds_to_its_last_day_and_its_last_divergence() {
    let entry = &allowlist([event("fill")]).entries[0];
    for (count, today, expected) in [
        (0, "2027-01-31", Standing::Unused),
        (1, "2027-01-31", Standing::Used),
        (3, "2020-01-01", Standing::Used),
        (4, "2027-01-31", Standing::Exceeded),
        (4, "2027-02-01", Standing::Expired),
        (0, "2027-02-01", Standing::Expired),
    ] {
        let today = today.parse().expect("a day");
        assert_eq!(entry.standing(count, today), expected, "{count} on {today}");
    }
}

proptest! {
    #[test]
    fn what_two_entries_cover_is_what_one_or_the_other_does(
        seq in 0_u64..9, a in 0_u64..9, b in 0_u64..9, c in 0_u64..9, d in 0_u64..9,
    ) {
        let mut divergence = doubled();
        divergence.seq = Seq(seq);
        let (one, other) = (seqs(a, b), seqs(c, d));
        let alone = (covers(one.clone(), &divergence), covers(other.clone(), &divergence));
        let context = AllowContext { instrument: "XBTUSD", order_type: None };
        let judged = allowlist([one, other]).judge(&divergence, &context);
        prop_assert_eq!(judged, match alone {
            (true, _) => Some(0),
            (false, true) => Some(1),
            (false, false) => None,
        });
        prop_assert_eq!(Allowlist::default().judge(&divergence, &context), None);
    }
}
