"""Programs that a script starts, asks and waits for. It knows none of them."""

import subprocess
import sys
import time
import urllib.request


def start(running, log, *command):
    """Starts a program, which ends with `running`; returns how to read what it has said so far."""
    with open(log, "wb") as file:
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=file,
                                   stderr=subprocess.STDOUT)
    running.callback(stop, process, log)
    return lambda: log.read_text()


def stop(process, log):
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if sys.exc_info()[0]:
        print(f"--- the end of {log.name}:\n{log.read_text()[-3000:]}", file=sys.stderr)


def listening(log):
    """The address of a lanlord that has this log, once it listens; without a slash at the end."""
    line = until("lanlord to listen", lambda: [line for line in log().splitlines() if "listening on " in line])
    return line[0].split("listening on ")[1].rstrip("/\"")


def output(*command, input_text=None, **more):
    done = subprocess.run([str(word) for word in command], input=input_text or "", stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60, **more)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def fetch(url, body=None):
    data = None if body is None else body.encode()
    # Without the proxies of the environment.
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, data, timeout=15) as answer:
        return answer.read()


def until(what, answer, is_it=bool, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_it(result := answer()):
            return result
        time.sleep(0.05)
    sys.exit(f"waited {seconds} s for {what}")
