//! The variable parts of a capture file: header and footer.
//!
//! The one module that knows bincode. Its records own the encoding; the domain types only go in
//! and out of them, so that neither can change the other.

mod state;

use std::collections::HashSet;

use bincode::{Decode, Encode};
use shadowbook_model::{
    Digest, Feature, Increment, Instrument, Matching, Phase, Price, Seq, TimeNs,
};

use super::Header;
use super::format::MAX_HEADER;
use crate::instruments::{MAX_INSTRUMENTS, bounds_problem};
use crate::summary::{FirstUse, Place, RecordedCounts, SnapshotCounts, Summary};

pub(super) use state::{StateEntry, decode_front, decode_orders, encode_front, encode_order};

#[derive(Encode, Decode)]
struct WireHeader {
    instruments: Vec<WireInstrument>,
    origin: String,
}

#[derive(Encode, Decode)]
struct WireInstrument {
    symbol: String,
    tick_mantissa: u64,
    tick_scale: u8,
    lot_mantissa: u64,
    lot_scale: u8,
    matching: u8,
    price_min: Option<i64>,
    price_max: Option<i64>,
    reference_price: Option<i64>,
    phase: u8,
}

#[derive(Encode, Decode)]
struct WireSummary {
    commands: u64,
    blocks: u64,
    first: Option<WirePlace>,
    last: Option<WirePlace>,
    recorded_fills: u64,
    recorded_events: u64,
    recorded_unchecked: u64,
    recorded_external: u64,
    synthetic: u64,
    features: Vec<WireFirstUse>,
    digest: u128,
}

#[derive(Encode, Decode)]
struct WirePlace {
    seq: u64,
    time_ns: u64,
}

#[derive(Encode, Decode)]
struct WireFirstUse {
    feature: u8,
    seq: u64,
}

fn config() -> impl bincode::config::Config {
    bincode::config::standard().with_limit::<{ MAX_HEADER as usize }>()
}

fn encode(record: impl Encode) -> Result<Vec<u8>, String> {
    bincode::encode_to_vec(record, config()).map_err(|error| error.to_string())
}

fn decode<T: Decode<()>>(bytes: &[u8]) -> Result<T, String> {
    let (record, used) =
        bincode::decode_from_slice(bytes, config()).map_err(|error| error.to_string())?;
    if used == bytes.len() {
        Ok(record)
    } else {
        Err(format!("{} bytes too many", bytes.len() - used))
    }
}

/// The bytes of a header.
///
/// # Errors
/// When it is larger than a capture can hold.
pub(super) fn encode_header(header: &Header) -> Result<Vec<u8>, String> {
    check_instruments(&header.instruments)?;
    encode(WireHeader {
        instruments: header.instruments.iter().map(wire_instrument).collect(),
        origin: header.origin.clone(),
    })
}

/// The header in these bytes.
///
/// # Errors
/// In words, what is wrong with them.
pub(super) fn decode_header(bytes: &[u8]) -> Result<Header, String> {
    let WireHeader { instruments, origin } = decode(bytes)?;
    let instruments = instruments.into_iter().map(instrument).collect::<Result<Vec<_>, _>>()?;
    check_instruments(&instruments)?;
    Ok(Header { instruments, origin })
}

/// Sees to it that JSON lines can say the same, and that engines can be made for it.
fn check_instruments(instruments: &[Instrument]) -> Result<(), String> {
    if instruments.len() > MAX_INSTRUMENTS {
        return Err(format!("{} instruments, at most {MAX_INSTRUMENTS}", instruments.len()));
    }
    let mut names = HashSet::new();
    for (position, instrument) in instruments.iter().enumerate() {
        let symbol = &instrument.symbol;
        if let Some(problem) = bounds_problem(instrument) {
            return Err(format!("instrument {position}: {problem}"));
        }
        if symbol.is_empty() {
            return Err(format!("instrument {position} has no name"));
        }
        if !names.insert(symbol) {
            let name = symbol.escape_debug();
            return Err(format!("instrument {position} has the name of another one: `{name}`"));
        }
    }
    Ok(())
}

fn wire_instrument(instrument: &Instrument) -> WireInstrument {
    let ticks = |price: Price| price.0;
    WireInstrument {
        symbol: instrument.symbol.clone(),
        tick_mantissa: instrument.tick.mantissa(),
        tick_scale: instrument.tick.scale(),
        lot_mantissa: instrument.lot.mantissa(),
        lot_scale: instrument.lot.scale(),
        matching: instrument.matching.code(),
        price_min: instrument.price_min.map(ticks),
        price_max: instrument.price_max.map(ticks),
        reference_price: instrument.reference_price.map(ticks),
        phase: instrument.phase.code(),
    }
}

fn instrument(wire: WireInstrument) -> Result<Instrument, String> {
    let problem = |what: &str| format!("instrument `{}`: {what}", wire.symbol.escape_debug());
    let increment = |mantissa, scale, what: &str| {
        Increment::new(mantissa, scale).map_err(|error| problem(&format!("{what}: {error}")))
    };
    Ok(Instrument {
        tick: increment(wire.tick_mantissa, wire.tick_scale, "tick")?,
        lot: increment(wire.lot_mantissa, wire.lot_scale, "lot")?,
        matching: Matching::from_code(wire.matching)
            .ok_or_else(|| problem("unknown matching rule"))?,
        price_min: wire.price_min.map(Price),
        price_max: wire.price_max.map(Price),
        reference_price: wire.reference_price.map(Price),
        phase: Phase::from_code(wire.phase).ok_or_else(|| problem("unknown phase"))?,
        symbol: wire.symbol,
    })
}

/// The bytes of a footer.
///
/// # Errors
/// Never in practice: a summary is small.
pub(super) fn encode_summary(summary: &Summary) -> Result<Vec<u8>, String> {
    let place = |place: Place| WirePlace { seq: place.seq.0, time_ns: place.time.0 };
    let features = summary.features.iter();
    encode(WireSummary {
        commands: summary.commands,
        blocks: summary.blocks,
        first: summary.first.map(place),
        last: summary.last.map(place),
        recorded_fills: summary.recorded.fills,
        recorded_events: summary.recorded.events,
        recorded_unchecked: summary.recorded.unchecked,
        recorded_external: summary.recorded.external,
        synthetic: summary.synthetic,
        features: features
            .map(|first| WireFirstUse { feature: first.feature.code(), seq: first.seq.0 })
            .collect(),
        digest: summary.digest.0,
    })
}

/// The footer in these bytes. What the file begins with is not in it.
///
/// # Errors
/// In words, what is wrong with them.
pub(super) fn decode_summary(bytes: &[u8]) -> Result<Summary, String> {
    let wire: WireSummary = decode(bytes)?;
    let place = |place: WirePlace| Place { seq: Seq(place.seq), time: TimeNs(place.time_ns) };
    let features = wire.features.into_iter().map(|first| {
        let feature = Feature::from_code(first.feature).ok_or("unknown feature")?;
        Ok(FirstUse { feature, seq: Seq(first.seq) })
    });
    Ok(Summary {
        commands: wire.commands,
        blocks: wire.blocks,
        first: wire.first.map(place),
        last: wire.last.map(place),
        recorded: RecordedCounts {
            fills: wire.recorded_fills,
            events: wire.recorded_events,
            unchecked: wire.recorded_unchecked,
            external: wire.recorded_external,
        },
        synthetic: wire.synthetic,
        snapshot: SnapshotCounts::default(),
        features: features.collect::<Result<_, &str>>()?,
        digest: Digest(wire.digest),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_of_version_1_does_not_change() {
        let instrument = Instrument {
            price_min: Some(Price(-1)),
            phase: Phase::Auction,
            ..Instrument::new("AB", Increment::ONE, Increment::ONE)
        };
        let header = Header { instruments: vec![instrument], origin: "x".to_owned() };
        let bytes = encode_header(&header).expect("small");
        assert_eq!(bytes, b"\x01\x02AB\x01\x00\x01\x00\x00\x01\x01\x00\x00\x03\x01x");
        assert_eq!(decode_header(&bytes), Ok(header));
    }

    #[test]
    fn lengths_beyond_the_limit_are_refused_before_memory_is_taken() {
        // A list that claims 2^63 instruments.
        let claim = [&[253_u8][..], &(1_u64 << 63).to_le_bytes()].concat();
        assert!(decode_header(&claim).is_err());
    }

    #[test]
    fn bytes_too_many_are_refused() {
        let mut bytes = encode_header(&Header::default()).expect("small");
        bytes.push(0);
        assert_eq!(decode_header(&bytes), Err("1 bytes too many".to_owned()));
    }
}
