//! ITCH files to commands and recorded outcomes.

use shadowbook_capture::{Batch, Recorded, Source};
use shadowbook_import::itch50::{
    MatchNumber, Options, OrderDelete, OrderExecuted, OrderExecutedWithPrice, OrderReplace, Price4,
    Shares, TradingState,
};
use shadowbook_model::{Action, Command, OrderId, Side, TimeInForce};

use crate::support::{File, add, importer, state};

/// A command in short, with what stands beside it.
fn short(command: &Command) -> String {
    let at = format!("{}@{} {}", command.seq, command.time, command.instrument);
    match command.action {
        Action::New(new) => {
            let order = match new.time_in_force {
                TimeInForce::Ioc => "aggressor".to_owned(),
                _ => new.order.to_string(),
            };
            let price = new.price.map_or(0, |price| price.0);
            format!("{at} {} {order}: {} at {price}", new.side, new.quantity)
        }
        Action::Replace(replace) => {
            let new_order = replace.new_order.map_or(String::new(), |id| format!(" by {id}"));
            let price = replace.price.map_or(String::new(), |price| format!(" at {price}"));
            let total = replace.quantity.map_or(0, |quantity| quantity.0);
            format!("{at} replace {}{new_order}: {total}{price}", replace.order)
        }
        Action::Cancel(order) => format!("{at} cancel {order}"),
        Action::Phase(phase) => format!("{at} phase {phase}"),
        Action::Time => format!("{at} time"),
        Action::MassCancel(_) => format!("{at} mass-cancel"),
    }
}

/// All commands of a file, each in short, and the error that ends it if one does.
fn import(bytes: &[u8]) -> (Vec<String>, Option<String>) {
    let mut importer = importer(bytes, &Options::default()).unwrap();
    let mut batch = Batch::new();
    let mut lines = Vec::new();
    let error = loop {
        match importer.read(&mut batch) {
            Ok(true) => {}
            Ok(false) => break None,
            Err(error) => break Some(error.to_string()),
        }
        let first = lines.len();
        lines.extend(batch.commands().iter().map(short));
        for note in batch.notes() {
            let line = &mut lines[first + note.command()];
            if note.is_synthetic() {
                line.push_str(" (synthetic)");
            }
            match batch.recorded(note) {
                Some(Recorded::Fills(fills)) => {
                    for fill in fills {
                        *line += &format!(" [{} {} at {}]", fill.maker, fill.quantity, fill.price);
                    }
                }
                Some(recorded) => *line += &format!(" {recorded:?}"),
                None => {}
            }
        }
    };
    assert!(!importer.read(&mut batch).unwrap(), "after the end there is nothing more");
    (lines, error)
}

#[track_caller]
fn check(file: &File, expected: &[&str]) {
    let (commands, error) = import(&file.bytes);
    assert_eq!(commands, expected);
    assert_eq!(error, None);
}

fn executed(order: u64, shares: u32) -> OrderExecuted {
    OrderExecuted { order: OrderId(order), shares: Shares(shares), match_number: MatchNumber(1) }
}

fn executed_at(order: u64, shares: u32, price: u32, printable: bool) -> OrderExecutedWithPrice {
    let (order, shares, price) = (OrderId(order), Shares(shares), Price4(price));
    OrderExecutedWithPrice { order, shares, match_number: MatchNumber(1), printable, price }
}

#[test]
fn runs_of_several_stocks_at_one_time_are_kept_apart() {
    let mut file = File::prefixed();
    file.stock(1).put(add("AAA", 1, Side::Sell, 100, 1000));
    file.put(add("AAA", 2, Side::Sell, 100, 1001));
    file.stock(2).put(add("BBB", 3, Side::Buy, 100, 2000));
    file.put(add("BBB", 4, Side::Buy, 100, 2000));
    file.stock(1).at(5).put(executed(1, 100));
    file.stock(2).put(executed(3, 100));
    file.stock(1).put(executed(2, 40));
    file.stock(2).put(executed(4, 10));
    file.stock(1).at(6).put(executed(2, 60));
    check(
        &file,
        &[
            "1@0 0 sell 1: 100 at 1000",
            "2@0 0 sell 2: 100 at 1001",
            "3@0 1 buy 3: 100 at 2000",
            "4@0 1 buy 4: 100 at 2000",
            "5@5 0 buy aggressor: 140 at 1001 [1 100 at 1000] [2 40 at 1001]",
            "6@5 1 sell aggressor: 110 at 2000 [3 100 at 2000] [4 10 at 2000]",
            "7@6 0 buy aggressor: 60 at 1001 [2 60 at 1001]",
        ],
    );
}

#[test]
fn an_execution_at_another_price_is_recorded_at_the_price_of_its_maker() {
    let mut file = File::prefixed();
    file.stock(1).put(add("AAA", 1, Side::Sell, 100, 1000));
    file.at(1).put(executed_at(1, 30, 990, true));
    file.at(2).put(executed_at(1, 30, 995, false));
    file.at(3).put(OrderDelete { order: OrderId(1) });
    check(
        &file,
        &[
            "1@0 0 sell 1: 100 at 1000",
            "2@1 0 buy aggressor: 30 at 1000 [1 30 at 1000]",
            "3@2 0 replace 1: 70 (synthetic)",
            "4@3 0 cancel 1",
        ],
    );
}

#[test]
fn a_replacement_takes_the_new_id() {
    let mut file = File::prefixed();
    file.stock(1).put(add("AAA", 1, Side::Sell, 100, 1000));
    file.at(1).put(executed(1, 30));
    file.at(2).put(OrderReplace {
        original_order: OrderId(1),
        new_order: OrderId(2),
        shares: Shares(200),
        price: Price4(1010),
    });
    file.at(3).put(executed(2, 200));
    check(
        &file,
        &[
            "1@0 0 sell 1: 100 at 1000",
            "2@1 0 buy aggressor: 30 at 1000 [1 30 at 1000]",
            "3@2 0 replace 1 by 2: 230 at 1010",
            "4@3 0 buy aggressor: 200 at 1010 [2 200 at 1010]",
        ],
    );
}

#[test]
fn orders_may_come_while_a_stock_is_halted() {
    let mut file = File::prefixed();
    file.stock(1).put(add("AAA", 1, Side::Sell, 100, 1000));
    file.at(1).put(state("AAA", TradingState::Halted));
    file.at(2).put(add("AAA", 2, Side::Buy, 50, 1010));
    file.at(3).put(executed_at(1, 50, 1000, false)).put(executed_at(2, 50, 1000, false));
    file.at(4).put(state("AAA", TradingState::Trading));
    file.at(5).put(executed(1, 50));
    check(
        &file,
        &[
            "1@0 0 sell 1: 100 at 1000",
            "2@1 0 phase halted",
            "3@2 0 phase auction (synthetic)",
            "4@2 0 buy 2: 50 at 1010",
            "5@3 0 replace 1: 50 (synthetic)",
            "6@3 0 cancel 2 (synthetic)",
            "7@4 0 phase continuous",
            "8@5 0 buy aggressor: 50 at 1000 [1 50 at 1000]",
        ],
    );
}

#[test]
fn a_cut_file_gives_all_before_the_cut_and_then_the_error() {
    let mut file = File::prefixed();
    file.stock(1).put(add("AAA", 1, Side::Sell, 100, 1000));
    file.at(1).put(executed(1, 30));
    let offset = file.bytes.len();
    file.put(executed(1, 30));
    file.bytes.pop();
    let (commands, error) = import(&file.bytes);
    let expected = ["1@0 0 sell 1: 100 at 1000", "2@1 0 buy aggressor: 30 at 1000 [1 30 at 1000]"];
    assert_eq!(commands, expected);
    let cut = format!("offset {offset}: the last message is cut: read 32 bytes of it, expected 33");
    assert_eq!(error, Some(cut));
}
