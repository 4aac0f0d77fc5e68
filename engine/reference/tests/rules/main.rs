//! The rules of the market model, one small table each: what is done, what is answered.

mod auction;
mod check;
mod entry;
mod faults;
mod iceberg;
mod lifetime;
mod pro_rata;
mod properties;
mod replacement;
mod self_trade;
mod trading;
mod triggers;
