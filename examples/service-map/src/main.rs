//! A shop of two services: a browser asks the first, which looks up a cart in DynamoDB and asks the second, which asks a
//! database. Each of them has the one line of its integration, and together they are one trace and one map.
//!
//! `cargo run -p service-map` starts what it finds: PostgreSQL, or else SQLite; moto's server for DynamoDB, or else the shop
//! knows its carts by heart. It draws what was sent, judges it, and says so in its exit code. With `--all` it wants both
//! servers, with `--without-servers` none; `PYTHON` names a Python that has moto.

mod browser;
mod carts;
mod judge;
mod servers;
mod service;
mod shop;
mod stock;

use std::process::ExitCode;
use std::time::Duration;

use tokio::signal;
use tokio::task::spawn_blocking;
use xray_recorder_receiver::{Collector, ServiceMap, Waterfall};

use crate::carts::Carts;
use crate::judge::Expected;
use crate::servers::{Servers, Wanted};

/// What goes wrong here is told to whoever reads the terminal.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Loopback delivers at once; this only bounds a run in which something is lost.
const DEADLINE: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> ExitCode {
    // What is given up stops its servers, too.
    let done = tokio::select! {
        done = run() => done,
        interrupted = signal::ctrl_c() => Err(interrupted.err().map_or_else(|| "interrupted".into(), Into::into)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let servers = spawn_blocking(|| Servers::start(Wanted::from_arguments()?)).await??;
    let mut collector = Collector::loopback()?;
    let recorders = service::recorders(collector.addr())?;

    let (stock, database) = stock::service(recorders.stock, &servers.database_url()).await?;
    let carts = Carts::open(servers.dynamodb()).await?;
    let expected = Expected { database, carts: carts.is_open() };
    let shop = service::serve(shop::service(recorders.shop, carts, service::serve(stock).await?)).await?;
    for (cart, status) in [("7", 200), ("8", 404)] {
        let answered = browser::visit(shop, cart).await?;
        if answered != status {
            return Err(format!("the shop answers {answered} for cart {cart}").into());
        }
    }

    let entities = expected.entities();
    let received = spawn_blocking(move || {
        collector.wait_for(DEADLINE, |received| received.entities() >= entities)?;
        Ok::<_, Failure>(collector.finish()?)
    });
    let received = received.await??;
    let traces = received.traces();
    for trace in &traces {
        println!("{}", Waterfall::new().render(trace));
    }
    let map = ServiceMap::of(&traces);
    println!("{map}");
    expected.judge(&received, &map)
}
