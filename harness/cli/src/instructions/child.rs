//! A program that is given a capture and writes a profile, and whatever else it does instead.

use std::io::{self, Read, Write};
use std::process::{Child, Command as Program, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use crate::instructions::NotCounted;

/// Runs a program with the capture as its input, and gives what it writes.
pub(super) fn profiled(
    engine: &str,
    program: &mut Program,
    capture: &Arc<[u8]>,
    within: Duration,
) -> Result<String, NotCounted> {
    program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = program.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => NotCounted::NoValgrind,
        _ => NotCounted::NotStarted(error.to_string()),
    })?;
    let profile = all_of(child.stdout.take());
    let said = all_of(child.stderr.take());
    if let Some(mut stdin) = child.stdin.take() {
        let capture = Arc::clone(capture);
        // A child that died does not read all of it, and that is told below.
        thread::spawn(move || drop(stdin.write_all(&capture)));
    }
    let profile = profile.recv_timeout(within);
    let status = end(&mut child, profile.is_err());
    let failed = |status: String| {
        let said = said.recv_timeout(GRACE).unwrap_or_default();
        Err(NotCounted::Failed { engine: engine.to_owned(), status, said: shorten(&said) })
    };
    match (profile, status) {
        (Err(RecvTimeoutError::Timeout), _) => {
            Err(NotCounted::TooLong { engine: engine.to_owned(), within })
        }
        (Ok(profile), Ok(status)) if status.success() => Ok(profile),
        (_, Ok(status)) => failed(status.to_string()),
        (_, Err(error)) => failed(error.to_string()),
    }
}

/// How long a child that has ended is given until what it said has been read.
const GRACE: Duration = Duration::from_secs(1);
/// How much of that is told, in characters.
const SAID: usize = 300;

fn end(child: &mut Child, kill: bool) -> io::Result<ExitStatus> {
    if kill {
        // It may have ended just now.
        let _ = child.kill();
    }
    child.wait()
}

/// Everything that a stream gives, when it is over.
fn all_of(stream: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (send, receive) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before an error is as good as all there is.
        let _ = stream.map(|mut stream| stream.read_to_end(&mut bytes));
        send.send(String::from_utf8_lossy(&bytes).into_owned())
    });
    receive
}

/// The last of many words in one line, in brackets; nothing when there are none. What valgrind says
/// of itself is not among them: it names a process, another one in every run.
fn shorten(said: &str) -> String {
    let lines = said.lines().filter(|line| !line.starts_with("=="));
    let said = lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
    let skipped = said.chars().count().saturating_sub(SAID);
    let last: String = said.chars().skip(skipped).collect();
    if last.is_empty() { last } else { format!(" ({last})") }
}
