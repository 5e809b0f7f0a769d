//! Bytes that nobody should be able to harm us with: every file of the corpus, and random ones, through the same
//! entry points as the fuzzer's. The corpus is what fuzzing and thinking found; it only grows.

use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

#[path = "../../fuzz/bodies/mod.rs"]
mod bodies;

use bodies::{accounts, frame, pcap};

fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wire/corpus").join(target);
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 10, "{} has {} files", folder.display(), files.len());
    for file in files {
        // So that a panic says which.
        println!("{}", file.display());
        run(&std::fs::read(&file).unwrap());
    }
}

#[test]
fn every_frame_of_the_corpus_is_read_and_weighed() {
    replay("frame", frame::run);
}

#[test]
fn every_capture_of_the_corpus_is_read_the_same_in_drops() {
    replay("pcap", pcap::run);
}

#[test]
fn every_story_of_the_corpus_keeps_the_laws_of_the_books() {
    replay("accounts", accounts::run);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, rng_seed: RngSeed::Fixed(20), ..ProptestConfig::default() })]

    /// No counter goes back, nothing is lost or counted twice, rows are told apart, and nothing outgrows its limit.
    #[test]
    fn random_stories_keep_the_laws_of_the_books(bytes in vec(any::<u8>(), 0..1500)) {
        accounts::run(&bytes);
    }

    #[test]
    fn random_octets_are_a_frame_or_are_not(bytes in vec(any::<u8>(), 0..200)) {
        frame::run(&bytes);
    }
}
