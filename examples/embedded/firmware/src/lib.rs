//! What the firmwares share: the board, the sensor and its measurements.

#![no_std]

pub mod board;
pub mod bridge;
mod memory;
pub mod plan;
pub mod sensor;
pub mod stack;
