//! The entry point for fuzzing.

use crate::parse::parse_bytes;

/// Reads any bytes as a scenario; what can be read must survive writing and reading unchanged.
///
/// # Panics
/// When it does not: then the reader or the writer is wrong.
pub fn fuzz(bytes: &[u8]) {
    let Ok(scenario) = parse_bytes(bytes) else { return };
    let text = scenario.to_string();
    match crate::parse(&text) {
        Ok(again) => assert_eq!(again.to_string(), text, "canonical text is stable"),
        Err(error) => panic!("canonical text cannot be read back: {error}\n{text}"),
    }
}
