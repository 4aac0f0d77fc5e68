//! An engine in a child process, spoken to in JSON lines.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::ops::Range;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command as Program, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, RecvTimeoutError, Sender, bounded};
use shadowbook_capture::Batch;
use shadowbook_capture::jsonl::{self, Answer, Symbols};
use shadowbook_model::{Capabilities, Digest, Instrument, InstrumentId, Seq, Snapshot};

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
    lines: Receiver<io::Result<Line>>,
    last_words: LastWords,
    symbols: Symbols,
    capabilities: Capabilities,
    limits: Limits,
    lines_read: u64,
    failed: Option<SessionError>,
}

/// Commands that are written before the first of them must be answered.
const WINDOW: usize = 64;
/// Lines that are read ahead.
const READ_AHEAD: usize = 1_024;
/// How much is kept of what a child says on standard error, in bytes.
const LAST_WORDS: usize = 1_000;
/// How long a child that was killed is given until all it said has been read.
const GRACE: Duration = Duration::from_secs(1);

/// What a child wrote: a line, or what shows that it wrote none.
#[derive(Debug)]
enum Line {
    Text(String),
    TooLong,
    NotText,
}

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
        let (to_session, lines) = bounded(READ_AHEAD);
        std::thread::spawn(move || write_all(stdin, &for_child));
        let line_bytes = limits.line_bytes;
        std::thread::spawn(move || read_lines(stdout, line_bytes, &to_session));
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
            lines,
            last_words,
            symbols: Symbols::new(instruments),
            capabilities,
            limits,
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
                self.read_answer(batch.commands()[position].seq, outcomes)?;
            }
            outcomes.end_command();
        }
        Ok(())
    }

    /// Reads the events of one command, until `done`.
    fn read_answer(&mut self, seq: Seq, outcomes: &mut Outcomes) -> Result<(), SessionError> {
        let deadline = Instant::now() + self.limits.answer_within;
        let mut events = 0;
        loop {
            let line = match self.lines.recv_deadline(deadline) {
                Ok(Ok(Line::Text(line))) => line,
                Ok(Ok(Line::TooLong)) => {
                    let limit = self.limits.line_bytes;
                    return Err(protocol(seq, format!("a line of more than {limit} bytes")));
                }
                Ok(Ok(Line::NotText)) => {
                    return Err(protocol(seq, "a line that is not text (UTF-8)".to_owned()));
                }
                Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => {
                    return Err(self.no_answer(seq, true));
                }
                Err(RecvTimeoutError::Timeout) => return Err(self.no_answer(seq, false)),
            };
            self.lines_read += 1;
            let answer = jsonl::parse_answer(&line, self.lines_read, &self.symbols)
                .map_err(|error| protocol(seq, error.to_string()))?;
            match answer {
                Answer::Event(event) if event.seq == seq => {
                    events += 1;
                    if events > self.limits.events_per_command {
                        return Err(protocol(seq, format!("more than {} events", events - 1)));
                    }
                    outcomes.buffer().push(event.event);
                }
                Answer::Done { seq: Some(done) } if done == seq => return Ok(()),
                _ => return Err(protocol(seq, format!("`{}` is out of place", shorten(&line)))),
            }
        }
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
        let _ = self.child.kill();
        let status = match self.child.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        let said = self.last_words.heard();
        let message = if said.is_empty() { status } else { format!("{status}: {said}") };
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
        // It may be gone already; nothing is left to be done when it cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
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

/// Ends with the child's output, with the session, and after what is no line.
fn read_lines(stdout: ChildStdout, limit: usize, to_session: &Sender<io::Result<Line>>) {
    let mut input = BufReader::new(stdout);
    loop {
        let mut bytes = Vec::new();
        let read = input.by_ref().take(limit as u64 + 1).read_until(b'\n', &mut bytes);
        let line = match read {
            Ok(0) => return,
            Ok(_) if bytes.len() > limit => Ok(Line::TooLong),
            Ok(_) => Ok(String::from_utf8(bytes).map_or(Line::NotText, Line::Text)),
            Err(error) => Err(error),
        };
        let is_last = !matches!(line, Ok(Line::Text(_)));
        if to_session.send(line).is_err() || is_last {
            return;
        }
    }
}

/// The end of what a child says on standard error.
#[derive(Debug)]
struct LastWords {
    said: Arc<Mutex<Vec<u8>>>,
    /// Is disconnected when the child can say no more.
    over: Receiver<()>,
}

impl LastWords {
    fn listen(mut stderr: ChildStderr) -> Self {
        let said = Arc::new(Mutex::new(Vec::new()));
        let (until, over) = bounded(0);
        let kept = Arc::clone(&said);
        std::thread::spawn(move || {
            let _until = until;
            let mut bytes = [0; 4_096];
            while let Ok(count @ 1..) = stderr.read(&mut bytes) {
                let Ok(mut kept) = kept.lock() else { return };
                kept.extend_from_slice(&bytes[..count]);
                let surplus = kept.len().saturating_sub(LAST_WORDS);
                kept.drain(..surplus);
            }
        });
        Self { said, over }
    }

    /// What a child that is gone has said.
    fn heard(&self) -> String {
        // A child of the child may keep the stream open.
        let _ = self.over.recv_timeout(GRACE);
        let said = self.said.lock().map(|said| said.clone()).unwrap_or_default();
        String::from_utf8_lossy(&said).split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
