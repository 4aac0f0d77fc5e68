//! The readable text form of commands and the events expected of them.
