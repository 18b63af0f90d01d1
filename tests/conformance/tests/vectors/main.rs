//! Single inputs of which it is known what the official SDKs make, each with that, what we do, and why where that is
//! not the same.

mod causes;
mod context;
mod decisions;
mod documents;
mod headers;
mod ids;
mod names;
mod process;
mod statuses;
mod switches;
