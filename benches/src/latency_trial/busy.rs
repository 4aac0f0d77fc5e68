//! Neighbours that keep the machine busy: compilers, over and over.

use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use tempfile::TempDir;

/// Compilers that run until this is dropped.
pub(crate) struct Compilers {
    is_over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    _folder: TempDir,
}

impl Compilers {
    /// So many compilers at a time, each of which begins again when it is done.
    pub(crate) fn start(number: usize) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let source = folder.path().join("busy.rs");
        std::fs::write(&source, program())?;
        // One that does not work would leave the machine idle, and nobody would know.
        let first = compiler(&source, &folder.path().join("first"))?.wait()?;
        if !first.success() {
            return Err(io::Error::other("the compiler that is to keep the machine busy fails"));
        }
        let is_over = Arc::new(AtomicBool::new(false));
        let threads = (0..number).map(|at| {
            let (source, is_over) = (source.clone(), Arc::clone(&is_over));
            let target = folder.path().join(format!("busy-{at}"));
            std::thread::spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    let ended = compiler(&source, &target).and_then(|mut child| child.wait());
                    if ended.is_err() {
                        return;
                    }
                }
            })
        });
        let threads = threads.collect();
        Ok(Self { is_over, threads, _folder: folder })
    }
}

impl Drop for Compilers {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // One that panicked has nothing left to stop.
            drop(thread.join());
        }
    }
}

fn compiler(source: &Path, target: &Path) -> io::Result<Child> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    Command::new(rustc)
        .args(["--edition", "2024", "--crate-type", "lib", "--crate-name", "busy", "-O"])
        .arg("--out-dir")
        .arg(target)
        .arg(source)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

/// Some seconds of work for a compiler.
fn program() -> String {
    let mut text = String::from("use std::collections::BTreeMap;\n");
    for at in 0..40 {
        writeln!(
            text,
            "pub fn work_{at}(words: &[String]) -> BTreeMap<String, [u64; {}]> {{\n\
             let mut all = BTreeMap::new();\n\
             for (at, word) in words.iter().enumerate() {{\n\
             let entry = all.entry(word.repeat({at})).or_insert([0; {}]);\n\
             entry.iter_mut().for_each(|one| *one += at as u64);\n\
             }}\n\
             all\n}}",
            at + 1,
            at + 1
        )
        .expect("a string takes everything");
    }
    text
}
