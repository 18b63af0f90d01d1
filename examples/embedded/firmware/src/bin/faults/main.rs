//! What goes wrong in the field, by `arg=fault,arg=NAME`: the device goes on, loses as little as it can, counts what it
//! loses, and tells of it in the next document that gets through.

#![no_std]
#![no_main]

mod device;
mod interrupt;
mod line;

use cortex_m_rt::entry;
use embedded_firmware::board::{semihosting, timer};
use xray_recorder_core::{Document, Outbox};

use device::Device;
use line::Fault;

#[entry]
fn main() -> ! {
    static mut OUTBOX: Outbox<2048> = Outbox::new();
    static mut WHOLE: Document<1024> = Document::new();
    static mut PART: Document<512> = Document::new();

    timer::start();
    let mut name = [0; 256];
    let name = semihosting::argument("fault", &mut name);
    let scenario = SCENARIOS.iter().find_map(|&(fault, scenario)| (name == Some(fault)).then_some(scenario));
    let mut device = Device::start(OUTBOX, WHOLE, PART);
    // The other faults are another matter than the time, so that is known from the start.
    let begun = name == Some(NO_TIME) || device.learns_the_time();
    let well = begun && scenario.is_some_and(|scenario| scenario(&mut device));
    // When the bridge answers once more it has taken all that was sent before.
    semihosting::exit(well && device.learns_the_time());
}

/// A fault; whether the device came through it as it should.
type Scenario = fn(&mut Device) -> bool;

const NO_TIME: &str = "no-time";

const SCENARIOS: [(&str, Scenario); 7] = [
    (NO_TIME, no_time),
    ("link-down", link_down),
    ("dropped", dropped),
    ("stall", stall),
    ("corrupt", corrupt),
    ("full", full),
    ("interrupt", interrupt::scenario),
];

/// Nobody tells the time: what waits for it is let go, and says that its times are a guess.
fn no_time(device: &mut Device) -> bool {
    device.measure_without_time(20);
    device.flush() && device.lost() == Some(0)
}

/// Nobody is there for the first hundred documents.
fn link_down(device: &mut Device) -> bool {
    device.set_fault(Fault::Down);
    device.measure(100);
    device.set_fault(Fault::None);
    device.measure(20);
    device.flush() && device.lost().is_some_and(|lost| lost > 300)
}

/// Every third document is refused, where none waits in an outbox.
fn dropped(device: &mut Device) -> bool {
    device.measure_at_once(30, |sends| sends.is_multiple_of(3)) == Some(38)
}

/// The line stands still in the middle of documents: for a while, and for longer than anybody waits.
fn stall(device: &mut Device) -> bool {
    device.set_fault(Fault::NotReady { from: 300, polls: 500 });
    device.measure(10);
    device.set_fault(Fault::Stalled { after: 700 });
    device.measure(20);
    device.set_fault(Fault::None);
    device.flush() && device.lost() == Some(0)
}

/// Bytes are changed on their way, and the bridge tells.
fn corrupt(device: &mut Device) -> bool {
    device.set_fault(Fault::Corrupted { every: 1_501 });
    device.measure(30);
    device.set_fault(Fault::None);
    let told = device.learns_the_time();
    device.measure(10);
    told && device.flush() && device.lost() == Some(0)
}

/// More is measured than can wait.
fn full(device: &mut Device) -> bool {
    device.measure_in_silence(50);
    device.measure(10);
    device.flush() && device.lost().is_some_and(|lost| lost > 100)
}
