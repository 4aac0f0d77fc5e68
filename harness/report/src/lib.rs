//! Verdicts as text and JSON, from one list of findings.
