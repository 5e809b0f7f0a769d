//! Conversations with a whole modem over real sockets.

use super::*;

#[test]
fn it_starts() {
    let running = Modem::start(Options::default()).unwrap();
    assert_eq!(running.sha256().len(), 64);
}
