//! The receiver over sockets: what it takes, and that it fails as it is told.

use super::*;
use std::net::Shutdown;
use std::thread;

const LONG: Duration = Duration::from_secs(20);

fn start(fault: Option<Fault>) -> Carbon {
    let carbon = Carbon::start(Options::default()).unwrap();
    carbon.set_fault(fault);
    carbon
}

fn connect(carbon: &Carbon) -> TcpStream {
    let stream = TcpStream::connect(carbon.address()).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream
}

/// Sends, says that this is all, and reads until the end.
fn send(mut stream: &TcpStream, bytes: &[u8]) -> io::Result<Vec<u8>> {
    stream.write_all(bytes)?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

/// Nothing comes within a moment.
fn is_silent(mut stream: &TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let silent = stream.read(&mut [0]).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
    stream.set_read_timeout(Some(LONG)).unwrap();
    silent
}

fn until(what: impl Fn() -> bool) {
    let begun = pace::now();
    while !what() {
        assert!(begun.elapsed() < LONG);
        thread::yield_now();
    }
}

#[test]
fn what_is_sent_is_kept_in_order_and_the_end_is_answered_with_the_end() {
    let carbon = start(None);
    assert_eq!(send(&connect(&carbon), b"a.b 1 1\na.c 2 1\n").unwrap(), b"");
    assert_eq!(send(&connect(&carbon), b"a.b 3 2\nnonsense\na.d 4 2").unwrap(), b"");
    let points: Vec<_> =
        carbon.points().iter().map(|point| (point.path.clone(), point.value, point.connection)).collect();
    assert_eq!(points, [("a.b".to_owned(), 1.0, 1), ("a.c".to_owned(), 2.0, 1), ("a.b".to_owned(), 3.0, 2)]);
    let refused =
        ["refused: not three words, one space apart: nonsense", "refused: no newline at its end: a.d 4 2"];
    assert_eq!(carbon.refused(), refused);
    until(|| carbon.connections().iter().all(|one| one.ended.is_some()));
    let connections = carbon.connections();
    assert_eq!(
        connections.iter().map(|one| (one.lines, one.complete)).collect::<Vec<_>>(),
        [(2, true), (2, false)]
    );
    assert_eq!(carbon.max_connections(), 1);
}

#[test]
fn whoever_sends_a_line_without_end_is_hung_up_on() {
    let carbon = start(None);
    let long = [&[b'a'; 20_000][..], b" 1 1\n"].concat();
    // Carbon closes with the rest unread; whether the client notices while it writes or later is a matter of luck.
    let _ = send(&connect(&carbon), &long);
    until(|| carbon.connections()[0].ended.is_some());
    assert!(carbon.refused()[0].starts_with("refused: longer than carbon reads: aaaa"));
    assert!(!carbon.connections()[0].complete);
}

#[test]
fn two_connections_at_once_are_noticed() {
    let carbon = start(None);
    let both = (connect(&carbon), connect(&carbon));
    until(|| carbon.connections().len() == 2);
    assert_eq!(carbon.max_connections(), 2);
    drop(both);
}

/// Three clients, one after the other, that nobody reads: at most so many connections at once.
fn most_of_three(end: impl Fn(&TcpStream)) -> usize {
    let carbon = start(Some(Fault::HalfOpen));
    for number in 1..=3 {
        let stream = connect(&carbon);
        stream.set_nonblocking(true).unwrap();
        // More than the kernel takes, so that not even its last word arrives.
        while (&stream).write(&[b'a'; 65_536]).is_ok() {}
        until(|| carbon.connections().len() == number);
        end(&stream);
    }
    let most = carbon.max_connections();
    carbon.set_fault(None);
    until(|| carbon.connections().iter().all(|one| one.ended.is_some()));
    most
}

#[test]
fn a_client_that_breaks_off_has_no_connection_though_nobody_read_it() {
    let reset = |stream: &TcpStream| socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO)).unwrap();
    assert_eq!(most_of_three(reset), 1);
}

#[test]
fn what_a_client_leaves_to_the_kernel_is_still_a_connection() {
    assert_eq!(most_of_three(|_| {}), 3);
}

#[test]
fn it_is_away_and_comes_back_where_it_was() {
    let carbon = start(Some(Fault::Down));
    let address = carbon.address();
    assert!(TcpStream::connect(address).is_err());
    carbon.set_fault(None);
    assert_eq!(send(&connect(&carbon), b"a 1 1\n").unwrap(), b"");
    assert_eq!(carbon.points().len(), 1);
}

#[test]
fn whoever_closes_early_has_not_read_the_rest() {
    let carbon = start(Some(Fault::CloseAfter { lines: 2 }));
    let error = send(&connect(&carbon), b"a 1 1\nb 1 1\nc 1 1\n").map(drop).and_then(|()| {
        // The end can come before the reset.
        Err::<(), _>(io::ErrorKind::ConnectionReset.into())
    });
    assert!(error.is_err());
    until(|| carbon.connections()[0].ended.is_some());
    assert_eq!((carbon.points().len(), carbon.connections()[0].complete), (2, false));
    carbon.set_fault(Some(Fault::CloseAtOnce));
    until(|| {
        drop(send(&connect(&carbon), b"d 1 1\n"));
        carbon.connections().last().unwrap().ended.is_some()
    });
    carbon.set_fault(Some(Fault::Reset));
    let error = loop {
        if let Err(error) = send(&connect(&carbon), b"d 1 1\n") {
            break error;
        }
    };
    let known = [io::ErrorKind::ConnectionReset, io::ErrorKind::BrokenPipe, io::ErrorKind::NotConnected];
    assert!(known.contains(&error.kind()), "{error}");
    assert_eq!(carbon.points().len(), 2);
}

#[test]
fn whoever_hangs_is_let_go_when_the_fault_is_over() {
    let carbon = start(Some(Fault::NeverCloses));
    let mut stream = connect(&carbon);
    stream.write_all(b"a 1 1\n").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    until(|| carbon.points().len() == 1);
    assert!(is_silent(&stream));
    carbon.set_fault(None);
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    assert!(carbon.connections()[0].complete);
}

#[test]
fn slow_and_talkative_ones_take_everything_in_the_end() {
    let carbon = start(Some(Fault::Slow { bytes: 200 }));
    let begun = pace::now();
    assert_eq!(send(&connect(&carbon), &b"abcdef 1 1\n".repeat(10)).unwrap(), b"");
    // 110 bytes, four in each fiftieth of a second.
    assert!(begun.elapsed() > Duration::from_millis(500), "{:?}", begun.elapsed());
    assert_eq!(carbon.points().len(), 10);
    carbon.set_fault(Some(Fault::Talks));
    assert_eq!(send(&connect(&carbon), b"a 1 1\n").unwrap(), b"220 welcome\r\n");
    assert_eq!(carbon.points().len(), 11);
}
