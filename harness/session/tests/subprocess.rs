//! An engine in a child process: what it answers, and every way in which it can fail to.
#![cfg(unix)]

use std::process::Command as Program;
use std::time::Duration;

use shadowbook_capture::Batch;
use shadowbook_model::{
    Action, Capabilities, Command, Event, Features, Increment, Instrument, InstrumentId, NewOrder,
    OrderId, Price, Quantity, Seq, Side, TimeNs,
};
use shadowbook_session::{Activity, Limits, Outcomes, Session, SessionError, Subprocess};

/// A child that is this shell script; the first lines it reads are those of the instruments.
fn child(script: &str, limits: Limits) -> Subprocess {
    let instruments = ["X", "Z"].map(|name| Instrument::new(name, Increment::ONE, Increment::ONE));
    let capabilities = Capabilities { features: Features::ALL };
    let mut program = Program::new("sh");
    program.args(["-c", &format!("read instrument; read instrument\n{script}")]);
    Subprocess::start(&mut program, &instruments, capabilities, limits).expect("there is a shell")
}

fn batch(commands: u64) -> Batch {
    let mut batch = Batch::new();
    for seq in 1..=commands {
        let bid = NewOrder::limit(OrderId(seq), Side::Buy, Price(5), Quantity(9));
        batch.push(Command::new(Seq(seq), TimeNs(seq), InstrumentId(0), bid));
    }
    batch
}

/// What a session with this script says to so many commands.
fn answers(script: &str, limits: Limits, commands: u64) -> (Outcomes, Option<SessionError>) {
    let mut session = child(script, limits);
    let batch = batch(commands);
    let mut outcomes = Outcomes::new();
    let error = session.apply(&batch, 0..batch.len(), &mut outcomes).err();
    if let Some(error) = &error {
        let again = session.apply(&batch, 0..1, &mut Outcomes::new());
        assert_eq!(again.as_ref(), Err(error), "a session that failed answers nothing else");
    }
    (outcomes, error)
}

/// Accepts every order, by counting.
const ACCEPT: &str = r#"
    n=0
    while read command; do
        n=$((n + 1))
        echo "{\"type\":\"accepted\",\"seq\":$n,\"instrument\":\"X\",\"order\":$n}"
        echo "{\"type\":\"done\",\"seq\":$n}"
"#;

const PATIENT: Limits =
    Limits { answer_within: Duration::from_secs(60), line_bytes: 1_000, events_per_command: 3 };

#[test]
fn a_child_answers_command_by_command() {
    let (outcomes, error) = answers(&format!("{ACCEPT}\ndone"), PATIENT, 200);
    assert_eq!(error, None);
    assert_eq!(outcomes.len(), 200);
    for position in 0..200 {
        let order = OrderId(position as u64 + 1);
        assert_eq!(outcomes.events_of(position), [Event::Accepted { order }]);
    }
}

#[test]
fn lines_come_in_any_number_of_pieces() {
    let limits = Limits { line_bytes: 300_000, ..PATIENT };
    // Longer than any pipe holds, in the middle of what else is read.
    let script = r#"
        printf '{"type":"accepted","seq":1,"instrument":"X",%200000s"order":1}\n{"type":"do' ''
        read command; read command
        printf 'ne","seq":1}\n{"type":"accepted","seq":2,"instrument":"X","order":2}\n'
        printf '{"type":"done","seq":2}'"#;
    let (outcomes, error) = answers(script, limits, 2);
    assert_eq!(error, None);
    let accepted = |order| Event::Accepted { order: OrderId(order) };
    assert_eq!(outcomes.events(), [accepted(1), accepted(2)]);
    assert_eq!(outcomes.ends(), [1, 2]);
}

#[test]
fn what_production_refused_is_not_sent() {
    let mut session = child(&format!("{ACCEPT}\ndone"), PATIENT);
    let mut batch = Batch::new();
    batch.push(Command::new(Seq(9), TimeNs(1), InstrumentId(0), Action::Cancel(OrderId(4))));
    batch.record_events([Event::Rejected {
        command: shadowbook_model::CommandKind::Cancel,
        order: OrderId(4),
        reason: shadowbook_model::RejectReason::External,
    }]);
    let mut outcomes = Outcomes::new();
    assert_eq!(session.apply(&batch, 0..1, &mut outcomes), Ok(()));
    assert_eq!((outcomes.len(), outcomes.events()), (1, [].as_slice()));
}

#[test]
fn a_child_that_dies_is_told_with_its_last_words() {
    let script = format!(
        "{ACCEPT}\nif [ $n = 70 ]; then read command; echo 'the book  is torn' >&2; exit 3; fi\ndone"
    );
    let (outcomes, error) = answers(&script, PATIENT, 100);
    assert_eq!(outcomes.len(), 70);
    let message = "the book is torn (exit status: 3)".to_owned();
    let activity = Activity::Applying;
    assert_eq!(error, Some(SessionError::Crashed { seq: Seq(71), activity, message }));
}

#[test]
fn a_child_that_hangs_is_given_up() {
    let limits = Limits { answer_within: Duration::from_millis(300), ..PATIENT };
    for script in ["read command; exec tail -f /dev/null", "exec tail -f /dev/null"] {
        let (outcomes, error) = answers(script, limits, 3);
        assert_eq!(outcomes.len(), 0);
        let limit = limits.answer_within;
        assert_eq!(error, Some(SessionError::TimedOut { seq: Seq(1), limit }));
    }
}

#[test]
fn a_child_that_does_not_read_is_given_up() {
    let limits = Limits { answer_within: Duration::from_millis(300), ..PATIENT };
    // It answers blindly, so that more and more is written to it.
    let script = "n=0; while [ $n -lt 4000 ]; do n=$((n + 1)); \
                  echo \"{\\\"type\\\":\\\"done\\\",\\\"seq\\\":$n}\"; done; exec tail -f /dev/null";
    let (outcomes, error) = answers(script, limits, 20_000);
    assert!((64..=4_000).contains(&outcomes.len()), "{}", outcomes.len());
    assert!(matches!(error, Some(SessionError::TimedOut { .. })), "{error:?}");
}

#[test]
fn nonsense_is_told_as_such() {
    let long = "x".repeat(1_001);
    let accepted = r#"{"type":"accepted","seq":1,"instrument":"X","order":1}"#;
    for (line, problem) in [
        ("garbage", "line 1"),
        (r#"{"type":"done","seq":2}"#, "`{\"type\":\"done\",\"seq\":2}` is out of place"),
        (r#"{"type":"done"}"#, "is out of place"),
        (r#"{"type":"accepted","seq":1,"instrument":"Y","order":1}"#, "Y"),
        (r#"{"type":"accepted","seq":1,"instrument":"Z","order":1}"#, "is out of place"),
        (r#"{"type":"accepted","seq":7,"instrument":"X","order":1}"#, "is out of place"),
        (&long, "a line of more than 1000 bytes"),
        ("\\0377\\0376", "not text"),
        (&[accepted; 4].join("\\n"), "more than 3 events"),
    ] {
        let script = format!("read command; printf '%b\\n' '{line}'; exec tail -f /dev/null");
        let (outcomes, error) = answers(&script, PATIENT, 2);
        assert_eq!(outcomes.len(), 0, "{line}");
        let Some(SessionError::Protocol { seq: Seq(1), problem: told }) = error else {
            panic!("{line}: {error:?}");
        };
        assert!(told.contains(problem), "{line}: {told}");
    }
}

#[test]
fn a_child_does_not_show_its_book() {
    let mut session = child("exec tail -f /dev/null", PATIENT);
    assert!(!session.shows_state());
    assert_eq!(session.digest(InstrumentId(0)), Err(SessionError::NoState));
    assert_eq!(session.snapshot(InstrumentId(0)), Err(SessionError::NoState));
}
