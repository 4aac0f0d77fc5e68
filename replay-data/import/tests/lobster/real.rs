//! Two real recordings, where they are there: what the reference engine makes of their imports,
//! without ever being put right from outside.

use shadowbook_import::lobster::{Importer, Options};
use shadowbook_import::report::ImportReport;

use crate::recording::path;
use crate::replay::{Figures, replay};

/// Shares in ten-thousandths of all visible execution runs, unchecked ones among them, and of all
/// commands.
struct Least {
    exact: u64,
    exact_or_price_quantity: u64,
    most_synthetic: u64,
}

#[track_caller]
fn check(messages: &str, order_book: &str, least: &Least) -> Option<(Figures, ImportReport)> {
    let (messages, order_book) = (path(messages)?, path(order_book)?);
    let mut importer = Importer::open(&messages, Some(&order_book), Options::default()).unwrap();
    let (figures, _) = replay(&mut importer).unwrap();
    let report = importer.report();
    let share = |part: u64, whole: u64| part * 10_000 / whole;
    let good = figures.exact + figures.price_quantity;
    assert!(share(figures.exact, figures.runs()) >= least.exact, "{figures:?}");
    assert!(share(good, figures.runs()) >= least.exact_or_price_quantity, "{figures:?}");
    assert!(share(figures.synthetic, figures.commands) <= least.most_synthetic, "{figures:?}");
    assert_eq!((figures.rejected, figures.unexpected_fills), (0, 0));
    // The importer's own book does what the engine does, and its report says the same.
    assert_eq!(figures.runs(), report.runs.total);
    assert_eq!(figures.exact, report.prediction.exact);
    assert_eq!(figures.price_quantity, report.prediction.price_quantity);
    assert_eq!(figures.different, report.prediction.different);
    assert_eq!(figures.unchecked, report.total_unchecked());
    assert_eq!(figures.synthetic, report.total_corrections());
    assert_eq!(figures.commands, report.total_commands());
    Some((figures, report))
}

#[test]
fn a_day_of_amzn_with_five_levels() {
    let least = Least { exact: 9_960, exact_or_price_quantity: 9_990, most_synthetic: 100 };
    let folder = "lobster-amzn-2012-06-21-l5/AMZN_2012-06-21_34200000_57600000";
    let messages = format!("{folder}_message_5.csv.zst");
    let order_book = format!("{folder}_orderbook_5.csv.zst");
    let Some((figures, report)) = check(&messages, &order_book, &least) else { return };
    assert_eq!(report.total_messages(), 155_935);
    assert_eq!(report.window.unwrap().rows, 155_935);
    assert_eq!(figures.runs(), 6_591);
    assert_eq!(report.runs.executions, 8_974);
}

#[test]
fn an_hour_of_aapl_whose_order_book_ends_early() {
    let least = Least { exact: 9_970, exact_or_price_quantity: 9_990, most_synthetic: 100 };
    let folder = "lobster-aapl-2012-06-21-l50/AAPL_2012-06-21";
    let messages = format!("{folder}_34200000_37800000_message_50.csv.zst");
    let order_book = format!("{folder}_orderbook_50_first672rows.csv.zst");
    let Some((figures, report)) = check(&messages, &order_book, &least) else { return };
    let window = report.window.unwrap();
    assert_eq!((window.rows, window.unseeded_from), (672, Some(673)));
    assert_eq!(window.messages_without_row, 91_997 - 672);
    assert_eq!(figures.runs(), 3_290);
}

#[test]
fn best_prices_alone_cannot_be_replayed() {
    let folder = "lobster-aapl-2012-06-21-l50/AAPL_2012-06-21";
    let messages = format!("{folder}_34200000_37800000_message_50.csv.zst");
    let order_book = format!("{folder}_orderbook_top1_for_message_50.csv.zst");
    let Some((messages, order_book)) = path(&messages).zip(path(&order_book)) else { return };
    let importer = Importer::open(&messages, Some(&order_book), Options::default());
    let error = importer.err().unwrap().to_string();
    assert!(error.starts_with("line 1: the recording shows 1 levels of each side"), "{error}");
}
