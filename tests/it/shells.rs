//! Completion, asked of the shells themselves: each loads what we print and says how it would go on.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use crate::live::lanlord::PROGRAM;
use crate::live::netns::{not_run, run};

/// A folder with the completions of a shell under this name; none, and loudly, where the shell is not.
fn completions(shell: &str, name: &str) -> Option<TempDir> {
    if Command::new(shell).args(["-c", "exit"]).output().is_err() {
        return not_run(&format!("`{shell}` is missing"));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, run(Command::new(PROGRAM).args(["completions", shell]))).unwrap();
    run(Command::new(shell).arg("-n").arg(&path));
    Some(folder)
}

/// What to complete, and every answer to it, in order.
const ASKED: [(&str, &[&str]); 6] = [
    ("re", &["read"]),
    ("m", &["man", "metrics", "migrate"]),
    ("read --form", &["--format"]),
    ("read --format o", &["openmetrics"]),
    ("freebox ", &["help", "lines", "register", "status"]),
    ("completions ", &["bash", "fish", "zsh"]),
];

/// Holds an answer, a word a line and perhaps its description, against what it should be.
#[track_caller]
fn check(shell: &str, line: &str, answer: &str, expected: &[&str]) {
    let mut words: Vec<&str> = answer.lines().filter_map(|line| line.split_whitespace().next()).collect();
    // Where a value is missing, some offer `--help` and some do not.
    words.retain(|word| !["-h", "--help"].contains(word));
    words.sort_unstable();
    assert_eq!(words, expected, "{shell}: lanlord {line}\n{answer}");
}

#[test]
fn bash_completes_commands_options_and_values() {
    let Some(folder) = completions("bash", "lanlord") else { return };
    for (line, expected) in ASKED {
        let words: Vec<&str> = line.split(' ').collect();
        let script = r#"source "$1"; shift; COMP_WORDS=(lanlord "$@"); COMP_CWORD=$#
            function=$(complete -p lanlord | sed 's/.*-F \([^ ]*\).*/\1/')
            "$function" lanlord "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
            printf '%s\n' "${COMPREPLY[@]}""#;
        let mut bash = Command::new("bash");
        bash.args(["-c", script, "bash"]).arg(folder.path().join("lanlord")).args(words);
        check("bash", line, &run(&mut bash), expected);
    }
}

#[test]
fn fish_completes_commands_options_and_values() {
    let Some(folder) = completions("fish", "lanlord.fish") else { return };
    let home = tempfile::tempdir().unwrap();
    for (line, expected) in ASKED {
        let script = format!("source {}/lanlord.fish; complete -C 'lanlord {line}'", folder.path().display());
        let mut fish = Command::new("fish");
        fish.env("HOME", home.path()).args(["--no-config", "-c", &script]);
        check("fish", line, &run(&mut fish), expected);
    }
}

#[test]
fn zsh_completes_commands_options_and_values() {
    let Some(folder) = completions("zsh", "_lanlord") else { return };
    // zsh completes only at a terminal: it gets one of its own, without anybody's settings. Whatever completion offers
    // is written down, and the key Tab says when it is through.
    let script = r#"
        zmodload zsh/zpty zsh/zselect
        zpty shell 'exec zsh -fiV'
        zpty -w shell "fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -d $1/dump"
        zpty -w shell "compadd() { local -a names; builtin compadd -O names \"\$@\"; print -l -- \$names >>$1/found }"
        zpty -w shell "ask() { zle complete-word; print done >$1/done }; zle -N ask; bindkey '^I' ask"
        zpty -w -n shell "lanlord $2"$'\t'
        integer turn
        for ((turn = 0; turn < 1000; turn++)); do
            # A terminal that nobody reads fills up, and then its shell waits.
            zpty -r -t shell line && continue
            [[ -e $1/done ]] && break
            zselect -t 2
        done
        zpty -d shell
        sort -u $1/found
    "#;
    for (line, expected) in ASKED {
        let mut zsh = Command::new("zsh");
        zsh.args(["-f", "-c", script, "zsh"]).arg(folder.path()).arg(line);
        let answer = run(&mut zsh);
        fs::remove_file(folder.path().join("found")).unwrap();
        fs::remove_file(folder.path().join("done")).unwrap();
        check("zsh", line, &answer, expected);
    }
}
