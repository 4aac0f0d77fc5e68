//! No bytes make the importer panic, and what it makes of good ones an engine takes.

use proptest::prelude::*;
use shadowbook_import::lobster;

use crate::replay::replay;
use crate::support::{drain, importer};

const MESSAGES: &[u8] = b"34200.1,1,11,40,1000000,1\n34200.2,1,12,50,1000100,-1\n\
    34200.2,4,12,20,1000100,-1\n34200.2,5,0,20,1000050,-1\n34200.2,4,12,30,1000100,-1\n\
    34200.3,2,77,5,1000200,-1\n34200.3,3,11,40,1000000,1\n34200.4,7,0,0,-1,-1\n";
const ORDER_BOOK: &[u8] =
    b"1000200,10,1000000,40,1000300,10,999900,10,1000400,10,999800,10,1000500,10,999700,10,1000600,9,999600,10\n\
    1000100,50,1000000,40,1000200,10,999900,10,1000300,10,999800,10,1000400,10,999700,10,1000500,10,999600,10\n\
    1000100,30,1000000,40,1000200,10,999900,10,1000300,10,999800,10,1000400,10,999700,10,1000500,10,999600,10\n\
    1000100,30,1000000,40,1000200,10,999900,10,1000300,10,999800,10,1000400,10,999700,10,1000500,10,999600,10\n\
    1000200,10,1000000,40,1000300,10,999900,10,1000400,10,999800,10,1000500,10,999700,10,1000600,19,999600,10\n\
    1000200,5,1000000,40,1000300,10,999900,10,1000400,10,999800,10,1000500,10,999700,10,1000600,19,999600,10\n\
    1000200,5,999900,10,1000300,10,999800,10,1000400,10,999700,10,1000500,10,999600,10,1000600,19,-9999999999,0\n";

/// A piece of a file in place of which something else stands.
#[derive(Clone, Debug)]
struct Edit {
    at: prop::sample::Index,
    removed: usize,
    inserted: Vec<u8>,
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let digits = prop::collection::vec(prop::sample::select(b"0123456789,-.\n\r\0".to_vec()), 0..6);
    let bytes = prop::collection::vec(any::<u8>(), 0..4);
    let inserted = prop_oneof![3 => digits, 1 => bytes];
    let edit = (any::<prop::sample::Index>(), 0..5_usize, inserted)
        .prop_map(|(at, removed, inserted)| Edit { at, removed, inserted });
    prop::collection::vec(edit, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        lobster::fuzz(&bytes);
    }

    #[test]
    fn no_change_to_good_files_makes_it_panic(edits in edits()) {
        let mut bytes = [MESSAGES, b"\0", ORDER_BOOK].concat();
        for Edit { at, removed, inserted } in edits {
            let at = at.index(bytes.len());
            let end = bytes.len().min(at + removed);
            bytes.splice(at..end, inserted);
        }
        lobster::fuzz(&bytes);
    }

    /// However little sense they make, rows become commands that an engine takes, and that do with
    /// its book what the importer predicts.
    #[test]
    fn any_rows_become_commands_that_an_engine_takes(rows in rows()) {
        let (messages, order_book) = rows;
        let found = drain(importer(messages.as_bytes(), Some(order_book.as_bytes())).unwrap());
        prop_assert_eq!(&found.error, &None);
        let mut importer = importer(messages.as_bytes(), Some(order_book.as_bytes())).unwrap();
        let (figures, _) = replay(&mut importer).unwrap();
        let report = importer.report();
        prop_assert_eq!(figures.exact, report.prediction.exact);
        prop_assert_eq!(figures.price_quantity, report.prediction.price_quantity);
        prop_assert_eq!(figures.different, report.prediction.different);
        prop_assert_eq!(figures.unchecked, report.total_unchecked());
        prop_assert_eq!(figures.runs(), report.runs.total);
        prop_assert_eq!(figures.synthetic, report.total_corrections());
        prop_assert_eq!(figures.commands, report.total_commands());
        prop_assert_eq!((figures.rejected, figures.unexpected_fills), (0, 0));
    }
}

/// Messages about a few orders at a few prices, and rows that have nothing to do with them.
fn rows() -> impl Strategy<Value = (String, String)> {
    let message = (0..3_u64, 1..6_u8, 1..12_u64, 1..60_u64, 0..12_u64, any::<bool>());
    let half = || prop::collection::vec((1..4_u64, 1..80_u64), 0..6);
    prop::collection::vec((message, half(), half()), 1..60).prop_map(|lines| {
        let (mut messages, mut order_book) = (String::new(), String::new());
        let mut time_ns = 0;
        for ((wait, kind, order, size, price, is_buy), asks, bids) in lines {
            // Some stay away for a moment, some for longer than that.
            time_ns += [0, 1_000, 5_000_000][usize::try_from(wait).unwrap()];
            let (price, direction) = (1_000_000 + 100 * price, if is_buy { 1 } else { -1 });
            messages += &format!("34200.{time_ns:09},{kind},{order},{size},{price},{direction}\n");
            let middle = 1_000_600 + 100 * (size % 3);
            order_book += &row(middle, &asks, &bids);
        }
        (messages, order_book)
    })
}

fn row(middle: u64, asks: &[(u64, u64)], bids: &[(u64, u64)]) -> String {
    let mut columns = Vec::new();
    let (mut ask, mut bid) = (middle, middle);
    for level in 0..5 {
        columns.extend(match asks.get(level) {
            Some((step, size)) => {
                ask += 100 * step;
                [ask.to_string(), size.to_string()]
            }
            None => ["9999999999".to_owned(), "0".to_owned()],
        });
        columns.extend(match bids.get(level) {
            Some((step, size)) => {
                bid -= 100 * step;
                [bid.to_string(), size.to_string()]
            }
            None => ["-9999999999".to_owned(), "0".to_owned()],
        });
    }
    columns.join(",") + "\n"
}
