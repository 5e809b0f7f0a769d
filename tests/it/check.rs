//! What `lanlord check` says of pushes: where they go, and whether anybody is there.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::time::Duration;
use std::{fs, thread};

use lanlord::catalogue;

use crate::live::lanlord::PROGRAM;
use crate::live::wait::Watch;

fn check(config: &str, options: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lanlord.toml");
    fs::write(&path, format!("source = []\n{config}")).unwrap();
    Command::new(PROGRAM).args(["check", "--config.file"]).arg(&path).args(options).output().unwrap()
}

/// Exit code 0 and nothing on standard error; the lines about pushes.
#[track_caller]
fn check_answer(config: &str, options: &[&str]) -> Vec<String> {
    let output = check(config, options);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.ends_with("\nthe configuration is good\n"), "{out}");
    out.lines().filter(|line| line.contains("push ")).map(str::to_owned).collect()
}

/// A receiver that does this with each connection, as long as the test runs; its address.
fn receiver(serve: impl FnMut(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let serve = move || listener.incoming().flatten().for_each(serve);
    thread::Builder::new().name("receiver".to_owned()).spawn(serve).unwrap();
    address
}

/// A receiver that answers every request over HTTP with this.
fn http(answer: &'static str) -> String {
    receiver(move |stream| {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut line, mut length) = (String::new(), 0);
        while reader.read_line(&mut line).is_ok_and(|read| read > 0) && line != "\r\n" {
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            line.clear();
        }
        let _ = reader.read_exact(&mut vec![0; length]);
        let _ = (&stream).write_all(answer.as_bytes());
    })
}

/// An address where nobody listens any more.
fn nobody() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[test]
fn check_says_how_much_goes_where_and_asks_nobody_when_it_is_offline() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let graphite = listener.local_addr().unwrap();
    let config = format!(
        "[[push]]\nkind = \"graphite\"\nendpoint = \"{graphite}\"\n\
         [[push]]\nkind = \"influxdb\"\nname = \"one\"\nendpoint = \"http://{graphite}/db\"\ndatabase = \"lan\"\n\
         retention_policy = \"year\"\nuser = \"me\"\npassword_file = \"/nowhere/p\"\ninclude = [\"lan_host_sent_bytes_total\"]\n\
         interval = \"1m\"\n\
         [[push]]\nkind = \"influxdb\"\nname = \"two\"\nendpoint = \"http://192.0.2.7\"\nbucket = \"lan\"\norg = \"home\"\n\
         token_env = \"T\"\nexclude = [\"lan_host_sent_bytes_total\"]\n"
    );
    let all = catalogue::all().len();
    let rest = "up to 360 batches or 8.00 MiB may wait";
    let expected = [
        format!(
            "push `graphite`: brings {all} of {all} families to graphite at {graphite}, every 10.0 s; {rest}"
        ),
        format!(
            "push `one`: brings 1 of {all} families to influxdb at http://{graphite}/db, database `lan`, retention policy \
             `year`, as `me` with the file `/nowhere/p`, every 60.0 s; {rest}; it cannot log in yet: cannot read the \
             secret in `/nowhere/p`: No such file or directory (os error 2)"
        ),
        format!(
            "push `two`: brings {} of {all} families to influxdb at http://192.0.2.7:80, bucket `lan` of `home`, with the \
             environment variable `T`, every 10.0 s; {rest}; it cannot log in yet: the variable `T` of the environment is \
             not set; a secret should be in it",
            all - 1
        ),
        "warning: push `two`: the token goes to http://192.0.2.7:80 without TLS, and everybody on the way can read it; write \
         `https://` if the receiver can do that"
            .to_owned(),
    ];
    assert_eq!(check_answer(&config, &["--offline"]), expected);
    listener.set_nonblocking(true).unwrap();
    let error = listener.accept().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn check_says_who_is_there_and_who_is_not() {
    let carbon = receiver(|mut stream| drop(stream.read_to_end(&mut Vec::new())));
    let influx = http("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    let empty = http(
        "HTTP/1.1 400 Bad Request\r\nContent-Length: 30\r\nConnection: close\r\n\r\n{\"error\":\"no points written\"}\n",
    );
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    fs::write(&password, "hunter2\n").unwrap();
    let mode = Command::new("chmod").arg("600").arg(&password).status().unwrap();
    assert!(mode.success());
    let stranger = http("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let config = format!(
        "[[push]]\nkind = \"graphite\"\nname = \"a\"\nendpoint = \"{carbon}\"\n\
         [[push]]\nkind = \"graphite\"\nname = \"b\"\nendpoint = \"{}\"\n\
         [[push]]\nkind = \"influxdb\"\nname = \"c\"\nendpoint = \"http://{influx}\"\ndatabase = \"lan\"\n\
         [[push]]\nkind = \"influxdb\"\nname = \"d\"\nendpoint = \"http://{empty}\"\nbucket = \"lan\"\n\
         [[push]]\nkind = \"influxdb\"\nname = \"e\"\nendpoint = \"http://{stranger}\"\ndatabase = \"lan\"\nuser = \"me\"\n\
         password_file = \"{}\"\n\
         [[push]]\nkind = \"influxdb\"\nname = \"f\"\nendpoint = \"http://{influx}\"\nbucket = \"lan\"\n\
         token_file = \"/nowhere/token\"\n",
        nobody(),
        password.display()
    );
    let lines = check_answer(&config, &[]);
    assert_eq!(lines.len(), 6, "{lines:#?}");
    for (line, (name, expected)) in lines.iter().zip([
        ("a", "; it takes connections"),
        ("b", "; it takes nothing at present: "),
        ("c", "; it takes lines"),
        ("d", "; it takes lines"),
        ("e", "; it takes nothing at present: "),
        ("f", "; it takes nothing at present: "),
    ]) {
        assert!(line.starts_with(&format!("push `{name}`: ")) && line.contains(expected), "{lines:#?}");
        assert!(!line.contains("hunter2"), "{line}");
    }
    for (index, reason) in [(1, "(unreachable, "), (4, "(refused, "), (5, "(refused, ")] {
        assert!(lines[index].contains(reason), "{}", lines[index]);
    }
}

#[test]
fn receivers_that_never_answer_are_waited_for_side_by_side_and_not_for_long() {
    // They take the connection and say nothing, for as long as the other side stays.
    let mut open = Vec::new();
    let silent = receiver(move |stream| open.push(stream));
    let push = |index: usize| {
        format!(
            "[[push]]\nkind = \"influxdb\"\nname = \"p{index}\"\nendpoint = \"http://{silent}\"\ndatabase = \"lan\"\n\
             deadline = \"1h\"\n"
        )
    };
    let watch = Watch::start();
    let lines = check_answer(&(0..6).map(push).collect::<String>(), &[]);
    // Each for three seconds; one after the other would be eighteen.
    assert!(watch.elapsed() < Duration::from_secs(12), "{:?}", watch.elapsed());
    assert_eq!(lines.len(), 6);
    for line in &lines {
        assert!(line.contains("; it takes nothing at present: ") && line.contains("(timed_out, "), "{line}");
    }
}
