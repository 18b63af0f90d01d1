//! Every interleaving of a few threads, explored by loom. `RUSTFLAGS="--cfg loom" cargo test -p xray-recorder --lib`

use loom::sync::{Arc, Mutex};
use loom::thread;

use super::{Handle, Owner, Slot};

/// A document: the names of what is embedded in it.
type Document = Vec<&'static str>;

fn owner() -> Owner<Document> {
    let mut owner = Owner::new(Box::leak(Box::new(Slot::new())));
    owner.open(Vec::new());
    owner
}

/// Ends a child as the recorder does: embedded in the parent, or else sent.
fn end_child(name: &'static str, parent: &Handle<Document>, sent: &Mutex<Document>) {
    if parent.with(|document| document.push(name)).is_none() {
        sent.lock().unwrap().push(name);
    }
}

/// Checks that each name arrived exactly once, embedded or sent.
fn arrived_once(embedded: Option<Document>, sent: &Mutex<Document>, names: &[&'static str]) {
    let mut all = embedded.expect("the owner has its document");
    all.extend(sent.lock().unwrap().iter());
    all.sort_unstable();
    assert_eq!(all, names);
}

#[test]
fn a_child_that_ends_while_its_parent_ends_arrives_once() {
    loom::model(|| {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let mut parent = owner();
        let handle = parent.share();
        let child = thread::spawn({
            let sent = Arc::clone(&sent);
            move || end_child("child", &handle, &sent)
        });
        let embedded = parent.close();
        child.join().unwrap();
        arrived_once(embedded, &sent, &["child"]);
    });
}

#[test]
fn two_children_that_end_while_their_parent_ends_arrive_once_each() {
    loom::model(|| {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let mut parent = owner();
        let handle = parent.share();
        let [a, b] = ["a", "b"].map(|name| {
            let sent = Arc::clone(&sent);
            thread::spawn(move || end_child(name, &handle, &sent))
        });
        let embedded = parent.close();
        a.join().unwrap();
        b.join().unwrap();
        arrived_once(embedded, &sent, &["a", "b"]);
    });
}

#[test]
fn children_that_begin_on_two_threads_at_once_share_one_document() {
    loom::model(|| {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let parent = Arc::new(owner());
        let other = thread::spawn({
            let (parent, sent) = (Arc::clone(&parent), Arc::clone(&sent));
            move || end_child("other", &parent.share(), &sent)
        });
        end_child("here", &parent.share(), &sent);
        other.join().unwrap();
        let mut parent = Arc::try_unwrap(parent).expect("the other thread has ended");
        arrived_once(parent.close(), &sent, &["here", "other"]);
        assert!(sent.lock().unwrap().is_empty(), "an open parent with room embeds");
    });
}

#[test]
fn a_child_that_ends_while_its_parent_is_written_to_arrives_once() {
    loom::model(|| {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let mut parent = owner();
        let handle = parent.share();
        let child = thread::spawn({
            let sent = Arc::clone(&sent);
            move || end_child("child", &handle, &sent)
        });
        parent.with(|document| document.push("annotation"));
        parent.share().with(|document| document.push("metadata")).expect("the entity is open");
        let embedded = parent.close();
        child.join().unwrap();
        arrived_once(embedded, &sent, &["annotation", "child", "metadata"]);
    });
}

#[test]
fn a_grandchild_that_outlives_both_is_never_embedded_in_the_slots_next_document() {
    loom::model(|| {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let mut parent = owner();
        let mut child = owner();
        let (under_parent, under_child) = (parent.share(), child.share());
        let grandchild = thread::spawn({
            let sent = Arc::clone(&sent);
            move || end_child("grandchild", &under_child, &sent)
        });
        // The child ends, and its slot is given to another entity at once.
        let mut names = child.close().expect("the child has its document");
        names.push("child");
        under_parent.with(|document| document.extend(names.iter()));
        child.open(Vec::new());
        let reused = child.share();
        assert!(reused.with(|document| document.is_empty()).unwrap());
        let embedded = parent.close();
        grandchild.join().unwrap();
        assert!(reused.with(|document| document.is_empty()).unwrap());
        arrived_once(embedded, &sent, &["child", "grandchild"]);
    });
}
