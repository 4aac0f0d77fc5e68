//! The rules of the market model, one small table each: what is done, what is answered.

mod check;
mod entry;
mod faults;
mod lifetime;
mod properties;
mod replacement;
mod self_trade;
mod trading;
