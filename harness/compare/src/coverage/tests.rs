//! Cells, counts and the list of impossible ones.

use super::*;

const ACCEPTED: Cell = Cell {
    order_type: OrderType::Limit,
    time_in_force: TimeInForce::Gtc,
    phase: Phase::Continuous,
    outcome: Outcome::Accepted,
};

fn reach(coverage: &mut Coverage, cell: Cell) {
    coverage.count(cell.order_type, cell.time_in_force, cell.phase, cell.outcome);
}

#[test]
fn cells_are_numbered_in_order() {
    assert_eq!(Outcome::all().count(), Outcome::COUNT);
    for (index, outcome) in Outcome::all().enumerate() {
        assert_eq!(outcome.index(), index, "{outcome}");
    }
    assert_eq!(Cell::all().count(), CELLS);
    for (index, cell) in Cell::all().enumerate() {
        assert_eq!(cell.index(), index, "{cell}");
    }
    assert_eq!(ACCEPTED.to_string(), "limit gtc continuous accepted");
}

#[test]
fn counts_merge() {
    let (mut one, mut other) = (Coverage::new(), Coverage::new());
    reach(&mut one, ACCEPTED);
    reach(&mut other, ACCEPTED);
    let halted = Cell { phase: Phase::Halted, ..ACCEPTED };
    reach(&mut other, halted);
    let possible = one.untouched().count();
    one.merge(&other);
    assert_eq!(one.of(ACCEPTED), 2);
    assert_eq!(one.touched().count(), 2);
    assert_eq!(one.untouched().count(), possible, "what is impossible does not count");
    let found: Vec<_> =
        one.impossible().map(|(cell, count, why)| (cell, count, why.rule.as_str())).collect();
    assert_eq!(found, [(halted, 1, "P2")]);
}

#[test]
fn every_cell_is_touched_possible_or_impossible() {
    let mut coverage = Coverage::new();
    Cell::all().for_each(|cell| reach(&mut coverage, cell));
    assert_eq!(coverage.untouched().count(), 0);
    let impossible = coverage.impossible().count();
    assert_eq!(Coverage::new().untouched().count() + impossible, CELLS);
    let possible: usize =
        coverage.rows().flat_map(|row| row.phases).map(|(_, _, possible)| possible).sum();
    assert_eq!(possible + impossible, CELLS);
}

#[test]
fn the_list_says_what_the_rules_say() {
    let check = |text: &str, expected: Option<&str>| {
        let cell = Cell::all().find(|cell| cell.to_string() == text).unwrap();
        assert_eq!(impossible(cell).map(|why| why.rule.as_str()), expected, "{text}");
    };
    check("market gtc continuous accepted", Some("O6"));
    check("market gtc continuous rejected.invalid-order", None);
    check("market ioc continuous maker", None);
    check("market ioc auction canceled.min-quantity", None);
    check("limit day closed canceled.end-of-day", None);
    check("limit day closed taker", None);
    check("limit day closed canceled.requested", Some("P4"));
    check("limit gtc auction taker", Some("P2"));
    check("limit gtc post-only canceled.self-trade", Some("S4"));
    check("limit fok continuous canceled.self-trade", Some("S3"));
    check("stop gtc limit-only canceled.no-liquidity", None);
    check("stop gtc auction triggered", Some("T2"));
    check("stop-limit ioc continuous canceled.requested", None);
    check("stop-limit gtc post-only replace-rejected.post-only-would-take", None);
    check("stop-limit fok post-only accepted", Some("O6"));
}
