//! The instruments of the whole-model flow: between them they have everything an instrument can.

use shadowbook_model::{
    AccountId, Increment, Instrument, Matching, OrderId, Phase, Price, Quantity,
};

/// One kind of instrument, and what its orders look like.
#[derive(Debug)]
pub(super) struct Venue {
    name: &'static str,
    matching: Matching,
    pub(super) bounds: Option<(i64, i64)>,
    reference: Option<i64>,
    pub(super) phase: Phase,
    /// Around which prices lie, at least five ticks from the ends of what is possible.
    pub(super) base: i64,
    /// Where else they lie now and then.
    pub(super) far: Option<i64>,
    /// Whether quantities are so large that two of them exceed 64 bits.
    pub(super) is_huge: bool,
    /// Whether ids count down from the highest there is instead of up from 1.
    has_high_ids: bool,
}

const PLAIN: Venue = Venue {
    name: "PLAIN",
    matching: Matching::PriceTime,
    bounds: None,
    reference: None,
    phase: Phase::Continuous,
    base: 1_000,
    far: None,
    is_huge: false,
    has_high_ids: false,
};

pub(super) const VENUES: [Venue; 10] = [
    PLAIN,
    Venue { name: "BOUNDED", bounds: Some((90, 110)), reference: Some(101), base: 100, ..PLAIN },
    Venue { name: "PRORATA", matching: Matching::ProRata, base: 500, ..PLAIN },
    Venue {
        name: "PRORATA-BOUNDED",
        matching: Matching::ProRata,
        bounds: Some((193, 207)),
        reference: Some(198),
        base: 200,
        ..PLAIN
    },
    Venue { name: "ZERO", base: 0, ..PLAIN },
    Venue {
        name: "EDGE",
        base: i64::MAX - 5,
        far: Some(i64::MIN + 5),
        has_high_ids: true,
        ..PLAIN
    },
    Venue { name: "HUGE", base: 50, is_huge: true, ..PLAIN },
    Venue { name: "HUGE-PRORATA", matching: Matching::ProRata, base: -7, is_huge: true, ..PLAIN },
    Venue {
        name: "OPENING",
        reference: Some(31),
        phase: Phase::Auction,
        base: 30,
        has_high_ids: true,
        ..PLAIN
    },
    Venue {
        name: "CLOSED",
        bounds: Some((-70, 90)),
        reference: Some(68),
        phase: Phase::Closed,
        base: 70,
        ..PLAIN
    },
];

impl Venue {
    /// The kind of the instrument at a position of a table; they repeat.
    pub(super) const fn at(position: usize) -> &'static Self {
        &VENUES[position % VENUES.len()]
    }

    /// The id of a place among those that are in use.
    pub(super) const fn id(&self, place: usize) -> OrderId {
        let place = place as u64;
        OrderId(if self.has_high_ids { u64::MAX - place } else { place + 1 })
    }

    /// The place of an id, if it is one of those that are in use.
    pub(super) fn place(&self, id: OrderId) -> Option<usize> {
        let place = if self.has_high_ids { u64::MAX - id.0 } else { id.0.wrapping_sub(1) };
        usize::try_from(place).ok().filter(|place| *place < super::desk::PLACES)
    }
}

/// The table of a stream: the kinds in turn, named after what they are.
pub(crate) fn instruments(
    symbol: &str,
    tick: Increment,
    lot: Increment,
    count: u32,
) -> Vec<Instrument> {
    let make = |position: usize| {
        let venue = Venue::at(position);
        let round = position / VENUES.len();
        let suffix = if round == 0 { String::new() } else { format!("-{}", round + 1) };
        Instrument {
            matching: venue.matching,
            price_min: venue.bounds.map(|(lowest, _)| Price(lowest)),
            price_max: venue.bounds.map(|(_, highest)| Price(highest)),
            reference_price: venue.reference.map(Price),
            phase: venue.phase,
            ..Instrument::new(format!("{symbol}-{}{suffix}", venue.name), tick, lot)
        }
    };
    (0..count).map(|position| make(position as usize)).collect()
}

/// The owner of an order that a recipe is about, and of those that help it along.
pub(super) const SUBJECT: AccountId = AccountId(1);
pub(super) const HELPER: AccountId = AccountId(2);
/// How much the order of a recipe is for.
pub(super) const SUBJECT_QUANTITY: Quantity = Quantity(4);
