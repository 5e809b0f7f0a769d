//! What each fuzz target does with its bytes: shared by the fuzzer, by the tests that replay the corpus, and by the
//! property tests. It only uses what the library offers to everybody.

pub mod accounts;
pub mod frame;
pub mod pcap;
pub mod wire;
