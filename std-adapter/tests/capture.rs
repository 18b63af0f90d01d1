//! `#[capture]` and `#[capture_all]`, on everything that has a body.
#![deny(warnings, clippy::all)]

mod support;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use serde_json::{Value, json};
use support::{Memory, document, recorder, traces};
use xray_recorder::{Recorder, TraceFuture, capture, capture_all};

/// What `work` is recorded as, in a segment.
fn outline(work: impl FnOnce()) -> String {
    let recorder = recorder();
    recorder.in_segment("s", |_| work());
    let outline = traces(recorder)[0].outline();
    outline.strip_prefix("s\n").unwrap().to_owned()
}

/// The first subsegment that `work` is recorded as.
fn recorded(work: impl FnOnce()) -> Value {
    let recorder = recorder();
    recorder.in_segment("s", |_| work());
    document(recorder)["subsegments"][0].take()
}

fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

fn in_segment<F: Future>(recorder: Recorder<Memory>, future: F) -> F::Output {
    run(future.in_segment(recorder.segment("s")))
}

#[derive(Debug)]
struct Declined;

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the card was declined")
    }
}

impl std::error::Error for Declined {}

#[capture]
fn plain(a: u32) -> u32 {
    a + 1
}

#[capture("another name")]
fn named() {}

#[capture(name = "also named", namespace = "remote")]
fn called() {}

#[test]
fn a_function_is_recorded_by_its_name_or_by_the_one_it_is_given() {
    assert_eq!(outline(|| assert_eq!(plain(41), 42)), "  plain\n");
    assert_eq!(outline(named), "  another name\n");
    assert_eq!(recorded(called)["namespace"], "remote");
    assert_eq!(recorded(called)["name"], "also named");
}

#[capture]
fn nested() {
    plain(1);
    xray_recorder::put_annotation("inner", true);
}

#[test]
fn what_runs_within_is_recorded_below() {
    assert_eq!(outline(nested), "  nested\n    plain\n");
    assert_eq!(recorded(nested)["annotations"], json!({"inner": true}));
}

#[test]
fn without_a_current_entity_a_function_runs_all_the_same() {
    assert_eq!(plain(41), 42);
}

#[capture]
fn fails(early: bool) -> Result<u8, Declined> {
    if early {
        return Err(Declined);
    }
    Err(Declined)?;
    Ok(1)
}

#[capture]
fn fails_boxed() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    Err(Declined)?
}

#[capture]
fn fails_by_text() -> Result<(), String> {
    Err("no more".to_owned())
}

#[derive(Debug)]
struct OnlyDebug(#[allow(dead_code)] u8);

#[capture]
fn fails_by_debug() -> Result<(), OnlyDebug> {
    Err(OnlyDebug(7))
}

struct Nothing;

#[capture]
fn fails_by_nothing() -> Result<(), Nothing> {
    Err(Nothing)
}

/// Whose `Display` is no good.
#[derive(Debug)]
struct Unspeakable;

impl fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("the error's own")
    }
}

#[capture]
fn fails_unspeakably() -> Result<(), Unspeakable> {
    Err(Unspeakable)
}

#[test]
fn an_error_that_panics_when_it_is_shown_is_returned_all_the_same() {
    let subsegment = recorded(|| assert!(fails_unspeakably().is_err()));
    assert_eq!(subsegment["name"], "fails_unspeakably");
}

#[derive(Debug)]
struct Card {
    #[expect(dead_code, reason = "a derived `Debug` shows it")]
    number: &'static str,
}

#[capture]
fn refuse(card: Card) -> Result<(), Card> {
    Err(card)
}

#[test]
fn an_argument_that_comes_back_as_an_error_is_not_recorded() {
    let subsegment = recorded(|| assert!(refuse(Card { number: "4111111111111111" }).is_err()));
    assert_eq!(subsegment["cause"]["exceptions"][0]["type"], "Card");
    assert!(!subsegment.to_string().contains("4111"), "{subsegment}");
}

#[capture]
async fn never() -> ! {
    loop {
        std::future::pending::<()>().await;
    }
}

#[test]
fn a_future_that_never_ends_is_recorded_when_it_is_given_up() {
    let subsegment = recorded(|| {
        let mut never = pin!(never());
        let mut context = Context::from_waker(Waker::noop());
        assert!(never.as_mut().poll(&mut context).is_pending());
    });
    assert_eq!((&subsegment["name"], &subsegment["annotations"]["cancelled"]), (&json!("never"), &json!(true)));
}

struct Shelf;

#[xray_recorder::capture_all]
impl Shelf {
    #[cfg(any(feature = "testing", not(feature = "testing")))]
    fn usual(&self) -> u8 {
        1
    }
    #[cfg(not(all(test, miri)))]
    fn other(&self) -> u8 {
        2
    }
    #[cfg(all(test, not(miri)))]
    fn in_tests(&self) -> u8 {
        3
    }
}

#[test]
fn functions_are_left_out_of_a_block_only_where_they_are_for_tests_alone() {
    for (name, call) in [("usual", Shelf::usual as fn(&Shelf) -> u8), ("other", Shelf::other)] {
        let subsegment = recorded(|| assert!(call(&Shelf) > 0));
        assert_eq!(subsegment["name"], name);
    }
    // This one is not there but for tests, and is no function of the program.
    assert_eq!(Shelf.in_tests(), 3);
}

#[capture]
fn fails_generically<E: fmt::Display>(error: E) -> Result<(), E> {
    Err(error)
}

#[test]
fn an_error_that_is_returned_is_recorded_as_far_as_its_type_tells() {
    let exception = |work: fn()| {
        let subsegment = recorded(work);
        assert_eq!(subsegment["fault"], true);
        let exception = &subsegment["cause"]["exceptions"][0];
        (exception["type"].clone(), exception["message"].clone())
    };
    let declined = (json!("Declined"), json!("the card was declined"));
    assert_eq!(exception(|| assert!(fails(true).is_err())), declined);
    assert_eq!(exception(|| assert!(fails(false).is_err())), declined);
    assert_eq!(exception(|| assert!(fails_boxed().is_err())), declined);
    assert_eq!(exception(|| assert!(fails_by_text().is_err())), (json!("String"), json!("no more")));
    assert_eq!(exception(|| assert!(fails_by_debug().is_err())), (json!("OnlyDebug"), json!("")));
    assert_eq!(exception(|| assert!(fails_generically("text").is_err())), (json!("&str"), json!("text")));
    let without = recorded(|| assert!(fails_by_nothing().is_err()));
    assert_eq!((&without["fault"], &without["cause"]), (&json!(true), &json!(null)));
}

#[capture]
fn passes_on() -> Result<u8, Declined> {
    fails(true)
}

#[test]
fn an_error_that_is_passed_on_becomes_a_reference() {
    let subsegment = recorded(|| assert!(passes_on().is_err()));
    assert_eq!(subsegment["cause"], subsegment["subsegments"][0]["cause"]["exceptions"][0]["id"]);
    assert_eq!(subsegment["fault"], true);
}

#[capture]
fn panics() -> u8 {
    panic!("out of paper")
}

#[test]
fn a_panic_is_recorded_and_goes_on() {
    let subsegment = recorded(|| assert!(catch_unwind(panics).is_err()));
    assert_eq!(subsegment["cause"]["exceptions"][0]["message"], "out of paper");
    assert_eq!(subsegment["cause"]["exceptions"][0]["type"], "panic");
}

struct Order {
    id: u64,
    note: String,
    items: Vec<String>,
}

#[capture(annotations(tenant, order = order.id, note = order.note, missing, r#type), metadata(items = order.items, total))]
fn with_values(tenant: &str, order: Order, missing: Option<i32>, r#type: bool, total: f64) -> Order {
    assert!(missing.is_none() && r#type && tenant == "acme" && total > 1.0);
    order
}

#[test]
fn arguments_are_recorded_where_they_are_named_and_stay_usable() {
    let order = Order { id: 7, note: "gift".to_owned(), items: vec!["book".to_owned()] };
    let subsegment = recorded(|| assert_eq!(with_values("acme", order, None, true, 1.5).id, 7));
    assert_eq!(subsegment["annotations"], json!({"tenant": "acme", "order": 7, "note": "gift", "type": true}));
    assert_eq!(subsegment["metadata"]["default"], json!({"items": ["book"], "total": 1.5}));
    assert_eq!(recorded(|| assert_eq!(plain(1), 2))["annotations"], json!(null));
}

#[capture(annotations(never = { panics() }))]
fn not_evaluated() {}

#[test]
fn values_are_made_only_when_sampled() {
    recorder().segment("s").sampled(false).in_segment(|_| not_evaluated());
    not_evaluated();
}

#[capture]
async fn waits(a: &str) -> Result<usize, Declined> {
    run_once().await;
    xray_recorder::put_annotation("after", true);
    if a.is_empty() { Err(Declined) } else { Ok(a.len()) }
}

#[capture]
async fn early(fails: bool) -> Result<u8, Box<dyn std::error::Error + Send + Sync>> {
    if fails {
        return Err(Declined.into());
    }
    "7".parse::<u8>()?;
    Ok(7)
}

fn run_once() -> impl Future<Output = ()> {
    let mut done = false;
    std::future::poll_fn(move |context| {
        if done {
            return Poll::Ready(());
        }
        done = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
}

#[test]
fn an_async_function_is_recorded_from_its_first_poll_to_its_end() {
    let recorder = recorder();
    in_segment(recorder, async {
        assert_eq!(waits("abc").await.unwrap(), 3);
        assert!(waits("").await.is_err());
        assert!(early(true).await.is_err() && early(false).await.is_ok());
    });
    let document = document(recorder);
    let subsegments = document["subsegments"].as_array().unwrap();
    assert_eq!(subsegments.len(), 4);
    assert_eq!(subsegments[0]["annotations"], json!({"after": true}));
    assert_eq!(subsegments[1]["cause"]["exceptions"][0]["type"], "Declined");
    assert_eq!(subsegments[2]["cause"]["exceptions"][0]["message"], "the card was declined");
    assert_eq!(subsegments[3]["fault"], json!(null));
}

#[capture]
#[allow(clippy::manual_async_fn, reason = "it is what is tested")]
fn returns_a_future(a: u8) -> impl Future<Output = Result<u8, Declined>> {
    async move {
        run_once().await;
        if a == 0 {
            return Err(Declined);
        }
        Ok(a)
    }
}

#[capture]
fn returns_a_boxed_future<'a>(a: &'a str) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>> {
    Box::pin(async move {
        run_once().await;
        xray_recorder::put_annotation("within", true);
        a.len()
    })
}

#[test]
fn a_function_that_ends_with_a_future_is_recorded_as_that() {
    let recorder = recorder();
    in_segment(recorder, async {
        assert!(returns_a_future(0).await.is_err());
        assert_eq!(returns_a_boxed_future("abc").await, 3);
    });
    let document = document(recorder);
    assert_eq!(document["subsegments"][0]["fault"], true);
    assert_eq!(document["subsegments"][1]["annotations"], json!({"within": true}));
}

#[test]
fn a_captured_future_can_be_sent_and_is_not_much_larger() {
    fn sent<T: Send>(future: T) -> T {
        future
    }
    async fn bare() -> u8 {
        run_once().await;
        1
    }
    #[capture]
    async fn captured() -> u8 {
        run_once().await;
        1
    }
    let (bare, captured) = (size_of_val(&bare()), size_of_val(&sent(captured())));
    assert!(captured <= bare + 400, "{captured} bytes instead of {bare}");
}

trait Shop {
    fn price(&self) -> u32;

    #[capture]
    fn doubled(&self) -> u32 {
        self.price() * 2
    }

    fn wait(&self) -> impl Future<Output = u32>;
}

struct Corner {
    log: Vec<String>,
}

impl Shop for Corner {
    #[capture("corner price")]
    fn price(&self) -> u32 {
        21
    }

    #[capture]
    async fn wait(&self) -> u32 {
        self.price()
    }
}

impl Corner {
    #[capture]
    fn last(&mut self, text: impl Into<String>) -> &mut String {
        self.log.push(text.into());
        self.log.last_mut().unwrap()
    }

    #[capture]
    fn longest<'a>(&'a self, other: &'a str) -> &'a str {
        self.log.iter().map(String::as_str).chain([other]).max_by_key(|text| text.len()).unwrap()
    }

    #[capture]
    fn into_log(self) -> Vec<String> {
        self.log
    }

    #[capture]
    fn each<const N: usize, T: Copy + Into<u64>>(&self, values: [T; N]) -> impl Iterator<Item = u64> + use<N, T> {
        values.map(Into::into).into_iter()
    }
}

#[test]
fn methods_of_all_shapes_are_recorded() {
    let recorded = outline(|| {
        let mut corner = Corner { log: vec![] };
        assert_eq!(corner.doubled(), 42);
        corner.last("a").push('b');
        assert_eq!(corner.longest("longer"), "longer");
        assert_eq!(corner.each([1_u8, 2]).sum::<u64>(), 3);
        assert_eq!(run(corner.wait()), 21);
        assert_eq!(corner.into_log(), ["ab"]);
    });
    assert_eq!(
        recorded,
        "  doubled\n    corner price\n  last\n  longest\n  each\n  wait\n    corner price\n  into_log\n"
    );
}

#[capture]
fn patterns((a, b): (u8, u8), mut c: u8, [d, ..]: [u8; 3]) -> u8 {
    c += 1;
    a + b + c + d
}

#[capture]
unsafe fn trusts(pointer: *const u8) -> bool {
    pointer.is_null()
}

#[capture]
extern "C" fn foreign(a: u8) -> u8 {
    a
}

#[capture]
fn diverges() -> ! {
    panic!("never")
}

#[capture]
#[capture("twice")]
fn twice() {}

/// Documented.
#[capture]
#[must_use]
#[inline]
fn documented() -> u8 {
    1
}

#[test]
fn functions_of_all_shapes_are_recorded_once() {
    let recorded = outline(|| {
        assert_eq!(patterns((1, 2), 3, [4, 5, 6]), 11);
        assert_eq!(foreign(1), 1);
        assert!(catch_unwind(AssertUnwindSafe(|| diverges())).is_err());
        twice();
        assert_eq!(documented(), 1);
        let _never_called: unsafe fn(*const u8) -> bool = trusts;
    });
    assert_eq!(recorded, "  patterns\n  foreign\n  diverges\n  twice\n  documented\n");
}

struct Orders(u8);

#[capture_all(ignore("new", "get_*"), prefix = "orders::")]
impl Orders {
    const fn zero() -> Self {
        Self(0)
    }

    fn new() -> Self {
        Self::zero()
    }

    fn get_total(&self) -> u8 {
        self.0
    }

    fn place(&mut self) -> Result<u8, Declined> {
        self.0 += 1;
        self.check();
        self.unrecorded();
        if self.0 > 1 { Err(Declined) } else { Ok(self.get_total()) }
    }

    #[capture("its own")]
    fn check(&self) {}

    #[capture(skip)]
    fn unrecorded(&self) {}

    async fn ship(&self) -> u8 {
        self.0
    }
}

#[test]
fn a_whole_impl_block_is_recorded_but_for_what_is_ignored() {
    let recorded = outline(|| {
        let mut orders = Orders::new();
        assert_eq!(orders.place().unwrap(), 1);
        assert_eq!(run(orders.ship()), 1);
        assert!(orders.place().is_err());
    });
    assert_eq!(recorded, "  orders::place\n    its own\n  orders::ship\n  orders::place\n    its own\n");
}

#[capture_all(ignore = "hidden")]
mod warehouse {
    pub(crate) fn count() -> u8 {
        hidden() + inner::deep()
    }

    fn hidden() -> u8 {
        1
    }

    pub(crate) mod inner {
        pub(crate) fn deep() -> u8 {
            Shelf.width()
        }

        struct Shelf;

        impl Shelf {
            fn width(&self) -> u8 {
                2
            }
        }
    }
}

#[test]
fn a_whole_module_is_recorded_with_what_is_in_it() {
    assert_eq!(outline(|| assert_eq!(warehouse::count(), 3)), "  count\n    deep\n      width\n");
}

mod elsewhere {
    pub(crate) use xray_recorder as tracing;
}

#[capture(crate = "elsewhere::tracing")]
fn by_another_path() {}

#[test]
fn the_crate_may_be_found_under_another_name() {
    assert_eq!(outline(by_another_path), "  by_another_path\n");
}
