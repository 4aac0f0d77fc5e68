//! Imports a LOBSTER recording, prints the report and what the reference engine makes of it.
//!
//! `cargo run --release -p shadowbook-import --example lobster -- MESSAGES [ORDERBOOK]`

#![expect(clippy::print_stdout, reason = "an example prints")]

use std::path::PathBuf;
use std::time::Instant;

use shadowbook_capture::{Batch, ReadError, Source};
use shadowbook_import::lobster::{Importer, Options};

#[path = "../tests/support/replay.rs"]
mod replay;

fn main() -> Result<(), ReadError> {
    let files: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [messages, order_book @ ..] = &files[..] else {
        println!("usage: lobster MESSAGES [ORDERBOOK]");
        return Ok(());
    };
    let open = || {
        let order_book = order_book.first().map(PathBuf::as_path);
        Importer::open(messages, order_book, Options::default())
    };
    for _ in 0..5 {
        let mut importer = open()?;
        let mut batch = Batch::new();
        let start = Instant::now();
        while importer.read(&mut batch)? {}
        let rows = u128::from(importer.report().total_messages().max(1));
        println!("{} ns a row", start.elapsed().as_nanos() / rows);
    }
    let mut importer = open()?;
    let (figures, _) = replay::replay(&mut importer)?;
    println!("{}\nthe reference engine over it: {figures:#?}", importer.report());
    let (runs, exact) = (figures.runs(), figures.exact);
    let good = exact + figures.price_quantity;
    println!(
        "of {runs} runs in 1/10000: exact {}, price and quantity {}",
        exact * 10_000 / runs,
        good * 10_000 / runs
    );
    Ok(())
}
