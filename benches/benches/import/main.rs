//! Importing feeds. No exchange's data is used: a generated market is run through the reference
//! engine, and what happened to its resting orders is written down as each feed would say it.

mod feed;

use std::io::Cursor;

use criterion::{Criterion, Throughput};
use shadowbook_capture::{Batch, Source};
use shadowbook_import::{itch50, lobster};

fn count(source: &mut dyn Source, batch: &mut Batch) -> usize {
    let mut commands = 0;
    while source.read(batch).expect("the feed was written by this bench") {
        commands += batch.len();
    }
    commands
}

fn import_lobster(text: &[u8], batch: &mut Batch) -> usize {
    let reader = Box::new(Cursor::new(text.to_vec()));
    let messages = lobster::Input { name: "messages.csv".to_owned(), reader };
    let importer = lobster::Importer::new(messages, None, lobster::Options::default());
    count(&mut importer.expect("the feed was written by this bench"), batch)
}

fn import_itch(file: &'static [u8], batch: &mut Batch) -> usize {
    let open = move || Ok(Cursor::new(file));
    let importer = itch50::Importer::new(open, &itch50::Options::default());
    count(&mut importer.expect("the feed was written by this bench"), batch)
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let feed::Feed { messages, lobster, itch } = feed::write();
    // The importer reads on a thread of its own choice, and so wants what lives for ever.
    let itch: &'static [u8] = itch.leak();
    let mut batch = Batch::new();
    assert!(import_lobster(&lobster, &mut batch) > 0 && import_itch(itch, &mut batch) > 0);
    let mut group = criterion.benchmark_group("import");
    group.sample_size(10).throughput(Throughput::Elements(messages));
    group.bench_function("lobster", |bencher| {
        bencher.iter(|| import_lobster(&lobster, &mut batch));
    });
    group.bench_function("itch50", |bencher| bencher.iter(|| import_itch(itch, &mut batch)));
    group.finish();
    criterion.final_summary();
}
