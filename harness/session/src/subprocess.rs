//! An engine in a child process, spoken to in JSON lines.

use std::io::{self, Read, Write};
use std::ops::Range;
use std::process::{
    Child, ChildStderr, ChildStdin, ChildStdout, Command as Program, ExitStatus, Stdio,
};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, RecvTimeoutError, Sender, bounded};
use shadowbook_capture::Batch;
use shadowbook_capture::jsonl::{self, Answer, Symbols};
use shadowbook_model::{
    Capabilities, Command, Digest, EventBuffer, Instrument, InstrumentId, Seq, Snapshot,
};

use crate::{Activity, Outcomes, Scope, Session, SessionError};

/// What a child may take before it counts as failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long it may take over one command, from when it could begin with it.
    pub answer_within: Duration,
    /// How long a line of its answer may be, in bytes.
    pub line_bytes: usize,
    /// How many events one command may have.
    pub events_per_command: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            answer_within: Duration::from_secs(10),
            line_bytes: 1 << 20,
            events_per_command: 1 << 20,
        }
    }
}

/// A session with an engine in a child process, which is killed when the session ends.
///
/// It reads the `instrument` lines, then commands, and answers each command with its event lines
/// and `{"type":"done","seq":N}`. It does not show its book.
#[derive(Debug)]
pub struct Subprocess {
    child: Child,
    to_child: Sender<String>,
    lines: Lines,
    last_words: LastWords,
    symbols: Symbols,
    capabilities: Capabilities,
    limits: Limits,
    /// How many events the outcomes of one batch may hold.
    events_at_once: usize,
    lines_read: u64,
    failed: Option<SessionError>,
}

/// Commands that are written before the first of them must be answered.
const WINDOW: usize = 64;
/// Chunks that are read ahead, however long the lines in them are.
const READ_AHEAD: usize = 64;
/// How long a chunk may be, in bytes.
const CHUNK: usize = 1 << 16;
/// How much is kept of the beginning of what a child says on standard error, where the cause
/// stands, and as much of the end, in bytes.
const LAST_WORDS: usize = 500;
/// How long a child that was killed is given until all it said has been read.
const GRACE: Duration = Duration::from_secs(1);

impl Subprocess {
    /// Starts a child that is an engine with these capabilities for these instruments.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(
        program: &mut Program,
        instruments: &[Instrument],
        capabilities: Capabilities,
        limits: Limits,
    ) -> io::Result<Self> {
        program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = program.spawn()?;
        const PIPED: &str = "all three streams are pipes";
        let stdin = child.stdin.take().expect(PIPED);
        let stdout = child.stdout.take().expect(PIPED);
        let stderr = child.stderr.take().expect(PIPED);
        // Room for one: then a child that does not read is noticed, whatever its pipe holds.
        let (to_child, for_child) = bounded(1);
        let (to_session, chunks) = bounded(READ_AHEAD);
        std::thread::spawn(move || write_all(stdin, &for_child));
        std::thread::spawn(move || read_chunks(stdout, &to_session));
        let last_words = LastWords::listen(stderr);
        let mut text = String::new();
        for instrument in instruments {
            jsonl::write_instrument(&mut text, instrument);
            text.push('\n');
        }
        // There is room for it, and the writer is there.
        let _ = to_child.send(text);
        Ok(Self {
            child,
            to_child,
            lines: Lines::new(chunks, limits.line_bytes),
            last_words,
            symbols: Symbols::new(instruments),
            capabilities,
            limits,
            events_at_once: EventBuffer::LIMIT,
            lines_read: 0,
            failed: None,
        })
    }

    fn apply_window(
        &mut self,
        batch: &Batch,
        commands: Range<usize>,
        outcomes: &mut Outcomes,
    ) -> Result<(), SessionError> {
        let is_external = |position: usize| {
            let found = batch.external().binary_search_by(|at| (*at as usize).cmp(&position));
            found.is_ok()
        };
        let mut text = String::new();
        for position in commands.clone().filter(|position| !is_external(*position)) {
            let command = &batch.commands()[position];
            jsonl::write_command(&mut text, command, false, self.symbols.instruments());
            text.push('\n');
        }
        let first = batch.commands()[commands.start].seq;
        if !text.is_empty() && self.to_child.send_timeout(text, self.limits.answer_within).is_err()
        {
            let is_gone = self.child_is_gone();
            return Err(self.no_answer(first, is_gone));
        }
        for position in commands {
            if !is_external(position) {
                self.read_answer(&batch.commands()[position], outcomes)?;
            }
            outcomes.end_command();
        }
        Ok(())
    }

    /// Reads the events of one command, until `done`.
    fn read_answer(
        &mut self,
        command: &Command,
        outcomes: &mut Outcomes,
    ) -> Result<(), SessionError> {
        let seq = command.seq;
        let deadline = Instant::now() + self.limits.answer_within;
        let mut events = 0;
        loop {
            let line = match self.lines.next(deadline) {
                Line::Text(line) => line,
                Line::TooLong => {
                    let limit = self.limits.line_bytes;
                    return Err(protocol(seq, format!("a line of more than {limit} bytes")));
                }
                Line::NotText => {
                    return Err(protocol(seq, "a line that is not text (UTF-8)".to_owned()));
                }
                Line::Over => return Err(self.no_answer(seq, true)),
                Line::Late => return Err(self.no_answer(seq, false)),
            };
            self.lines_read += 1;
            let answer = jsonl::parse_answer(&line, self.lines_read, &self.symbols)
                .map_err(|error| protocol(seq, error.to_string()))?;
            match answer {
                Answer::Event(event)
                    if event.seq == seq && event.instrument == command.instrument =>
                {
                    events += 1;
                    if events > self.limits.events_per_command {
                        return Err(protocol(seq, format!("more than {} events", events - 1)));
                    }
                    let held = outcomes.events().len();
                    if held >= self.events_at_once {
                        let problem = format!("more than {held} events in one batch of commands");
                        return Err(protocol(seq, problem));
                    }
                    outcomes.buffer().push(event.event);
                }
                Answer::Done { seq: Some(done) } if done == seq => return Ok(()),
                _ => return Err(protocol(seq, format!("`{}` is out of place", shorten(&line)))),
            }
        }
    }

    /// Kills the child, which may be gone already, and waits for it.
    fn end_child(&mut self) -> io::Result<ExitStatus> {
        // Nothing is left to be done when it cannot be killed.
        let _ = self.child.kill();
        self.child.wait()
    }

    fn child_is_gone(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// Why there is no answer: it died, or it takes too long.
    fn no_answer(&mut self, seq: Seq, is_gone: bool) -> SessionError {
        if !is_gone {
            return SessionError::TimedOut { seq, limit: self.limits.answer_within };
        }
        // It may have closed its output and live on.
        let status = match self.end_child() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        let said = self.last_words.heard();
        let message = if said.is_empty() { status } else { format!("{said} ({status})") };
        SessionError::Crashed { seq, activity: Activity::Applying, message }
    }
}

impl Session for Subprocess {
    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn shows_state(&self) -> bool {
        false
    }

    fn apply(
        &mut self,
        batch: &Batch,
        commands: Range<usize>,
        outcomes: &mut Outcomes,
    ) -> Result<(), SessionError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let Range { mut start, end } = commands;
        while start < end {
            let next = end.min(start + WINDOW);
            if let Err(error) = self.apply_window(batch, start..next, outcomes) {
                // It may be busy, and whoever asked may have long to go without it.
                let _ = self.end_child();
                self.failed = Some(error.clone());
                return Err(error);
            }
            start = next;
        }
        Ok(())
    }

    fn checkpoint(&mut self, _: Scope, _: &mut Outcomes) -> Result<(), SessionError> {
        Err(SessionError::NoState)
    }

    fn digest(&mut self, _: InstrumentId) -> Result<Digest, SessionError> {
        Err(SessionError::NoState)
    }

    fn snapshot(&mut self, _: InstrumentId) -> Result<Snapshot, SessionError> {
        Err(SessionError::NoState)
    }
}

impl Drop for Subprocess {
    fn drop(&mut self) {
        let _ = self.end_child();
    }
}

fn protocol(seq: Seq, problem: String) -> SessionError {
    SessionError::Protocol { seq, problem }
}

fn shorten(line: &str) -> String {
    line.trim_end().chars().take(200).collect()
}

/// Ends when the session or the child is gone.
fn write_all(mut stdin: ChildStdin, texts: &Receiver<String>) {
    for text in texts {
        if stdin.write_all(text.as_bytes()).and_then(|()| stdin.flush()).is_err() {
            return;
        }
    }
}

/// Ends with the child's output and with the session.
fn read_chunks(mut stdout: ChildStdout, to_session: &Sender<Vec<u8>>) {
    let mut bytes = vec![0; CHUNK];
    while let Ok(count @ 1..) = stdout.read(&mut bytes) {
        if to_session.send(bytes[..count].to_vec()).is_err() {
            return;
        }
    }
}

/// What a child wrote: a line, or what shows that it wrote none.
#[derive(Debug)]
enum Line {
    Text(String),
    TooLong,
    NotText,
    /// There are no more.
    Over,
    /// There was none in time.
    Late,
}

/// What a child writes, line by line.
#[derive(Debug)]
struct Lines {
    chunks: Receiver<Vec<u8>>,
    chunk: Vec<u8>,
    /// Where in the chunk the next line begins.
    next: usize,
    limit: usize,
}

impl Lines {
    const fn new(chunks: Receiver<Vec<u8>>, limit: usize) -> Self {
        Self { chunks, chunk: Vec::new(), next: 0, limit }
    }

    fn next(&mut self, deadline: Instant) -> Line {
        let mut line = Vec::new();
        loop {
            let rest = &self.chunk[self.next..];
            let end = rest.iter().position(|byte| *byte == b'\n').map(|end| end + 1);
            let found = &rest[..end.unwrap_or(rest.len())];
            if line.len() + found.len() > self.limit {
                return Line::TooLong;
            }
            line.extend_from_slice(found);
            self.next += found.len();
            if end.is_some() {
                break;
            }
            match self.chunks.recv_deadline(deadline) {
                Ok(chunk) => (self.chunk, self.next) = (chunk, 0),
                Err(RecvTimeoutError::Timeout) => return Line::Late,
                Err(RecvTimeoutError::Disconnected) if line.is_empty() => return Line::Over,
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        String::from_utf8(line).map_or(Line::NotText, Line::Text)
    }
}

/// The beginning and the end of what a child says on standard error.
#[derive(Debug)]
struct LastWords {
    said: Arc<Mutex<Said>>,
    /// Is disconnected when the child can say no more.
    over: Receiver<()>,
}

#[derive(Debug, Default)]
struct Said {
    first: Vec<u8>,
    last: Vec<u8>,
    is_cut: bool,
}

impl Said {
    fn push(&mut self, bytes: &[u8]) {
        let (first, last) = bytes.split_at(bytes.len().min(LAST_WORDS - self.first.len()));
        self.first.extend_from_slice(first);
        self.last.extend_from_slice(last);
        let surplus = self.last.len().saturating_sub(LAST_WORDS);
        self.is_cut |= surplus > 0;
        self.last.drain(..surplus);
    }

    /// All of it in one line.
    fn text(&self) -> String {
        let mark: &[u8] = if self.is_cut { b" [...] " } else { b"" };
        let bytes = [&self.first, mark, &self.last].concat();
        String::from_utf8_lossy(&bytes).split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl LastWords {
    fn listen(mut stderr: ChildStderr) -> Self {
        let said = Arc::new(Mutex::new(Said::default()));
        let (until, over) = bounded(0);
        let kept = Arc::clone(&said);
        std::thread::spawn(move || {
            let _until = until;
            let mut bytes = [0; 4_096];
            while let Ok(count @ 1..) = stderr.read(&mut bytes) {
                let Ok(mut kept) = kept.lock() else { return };
                kept.push(&bytes[..count]);
            }
        });
        Self { said, over }
    }

    /// What a child that is gone has said.
    fn heard(&self) -> String {
        // A child of the child may keep the stream open.
        let _ = self.over.recv_timeout(GRACE);
        self.said.lock().map(|said| said.text()).unwrap_or_default()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use shadowbook_model::{Features, Increment, NewOrder, OrderId, Price, Quantity, Side, TimeNs};

    fn child(script: &str, answer_within: Duration) -> Subprocess {
        let instruments = [Instrument::new("X", Increment::ONE, Increment::ONE)];
        let capabilities = Capabilities { features: Features::ALL };
        let mut program = Program::new("sh");
        program.args(["-c", script]);
        let limits = Limits { answer_within, ..Limits::default() };
        Subprocess::start(&mut program, &instruments, capabilities, limits).expect("it starts")
    }

    fn apply(session: &mut Subprocess) -> (Outcomes, Result<(), SessionError>) {
        let mut batch = Batch::new();
        for seq in 1..=2 {
            let bid = NewOrder::limit(OrderId(seq), Side::Buy, Price(5), Quantity(9));
            batch.push(Command::new(Seq(seq), TimeNs(seq), InstrumentId(0), bid));
        }
        let mut outcomes = Outcomes::new();
        let done = session.apply(&batch, 0..2, &mut outcomes);
        (outcomes, done)
    }

    const PATIENT: Duration = Duration::from_secs(60);

    #[test]
    fn a_batch_has_room_for_so_many_events() {
        let accepted = r#"{"type":"accepted","seq":1,"instrument":"X","order":1}"#;
        let done = r#"{"type":"done","seq":1}"#;
        let second = accepted.replace(":1", ":2");
        let script = format!(
            "printf '%s\\n' '{accepted}' '{accepted}' '{done}' '{second}' '{second}'; exec cat"
        );
        let mut session = child(&script, PATIENT);
        session.events_at_once = 3;
        let (outcomes, failed) = apply(&mut session);
        assert_eq!((outcomes.len(), outcomes.events().len()), (1, 3));
        let problem = "more than 3 events in one batch of commands".to_owned();
        assert_eq!(failed, Err(SessionError::Protocol { seq: Seq(2), problem }));
    }

    #[test]
    fn a_child_that_failed_is_gone_at_once() {
        let hangs = "exec tail -f /dev/null";
        for (script, answer_within) in
            [(hangs.to_owned(), Duration::from_millis(50)), (format!("echo x; {hangs}"), PATIENT)]
        {
            let mut session = child(&script, answer_within);
            let (_, failed) = apply(&mut session);
            assert!(failed.is_err(), "{script}");
            assert!(session.child_is_gone(), "{script}");
        }
    }

    #[test]
    fn of_many_words_the_first_and_the_last_are_kept() {
        let mut said = Said::default();
        said.push(b"the cause\n");
        assert_eq!(said.text(), "the cause");
        said.push(&[b'-'; 990]);
        assert_eq!(said.text(), format!("the cause {}", "-".repeat(990)));
        for _ in 0..3_000 {
            said.push(b"+");
        }
        said.push(b"the end");
        let (first, last) = ("-".repeat(490), "+".repeat(493));
        assert_eq!(said.text(), format!("the cause {first} [...] {last}the end"));
    }
}
