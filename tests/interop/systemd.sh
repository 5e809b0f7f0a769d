#!/usr/bin/env bash
# A real systemd runs the real unit: it is process 1 of namespaces of its own, over a copy of this machine's files that
# forgets everything. There `make install` installs and starts lanlord, and we look whether it lives with all that the
# unit forbids: scrape, capture, reload, journal, stop, a socket of systemd's, watchdog,
# uninstall.
#
# It does not try resource limits (they need controllers that a container may not have), and nothing of systemd's own.
# Where namespaces, overlayfs or a cgroup cannot be had it says NOT RUN and is content: no package mends that.
#
# Usage: systemd.sh FOLDER    (with the program lanlord in it)
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)

# Process 1 of the namespaces: makes its root and becomes systemd. Nothing of the kernel that is everybody's can be
# written from here on, and none of the services of this machine is among what systemd finds.
become_systemd() {
    local root=$1/root programs=$2
    mount --make-rprivate /
    mount -t tmpfs tmpfs "$1"
    mkdir "$1"/{upper,work,root}
    mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$root"
    mount -t proc proc "$root/proc"
    mount --bind "$root/proc/sys" "$root/proc/sys"
    mount -o remount,bind,ro "$root/proc/sys"
    [[ ! -e /proc/sysrq-trigger ]] || mount --bind /dev/null "$root/proc/sysrq-trigger"
    mount -t sysfs -o ro sysfs "$root/sys"
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
    mount -t tmpfs -o mode=755 tmpfs "$root/run"
    mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"
    local device
    for device in null zero full random urandom tty; do
        touch "$root/dev/$device"
        mount --bind "/dev/$device" "$root/dev/$device"
    done
    ln -s /proc/self/fd "$root/dev/fd"
    # PrivateDevices= copies these.
    ln -s pts/ptmx "$root/dev/ptmx"
    mkdir "$root"/dev/{pts,shm,mqueue,hugepages} "$root"/run/lock "$root"/lanlord-{old,source,programs}
    mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
    mount --rbind "$top" "$root/lanlord-source"
    mount --rbind "$programs" "$root/lanlord-programs"
    rm -rf "$root"/{etc,usr/lib}/systemd/system/{sysinit,basic,sockets,multi-user,local-fs,timers}.target.wants
    mkdir "$root/etc/systemd/system/sysinit.target.wants"
    ln -s /lib/systemd/system/systemd-journald.service "$root/etc/systemd/system/sysinit.target.wants"
    rm -rf "$root"/etc/lanlord "$root"/usr/local/lib/systemd/system/lanlord.*
    : >"$root/etc/fstab"

    ip link set lo up
    ip link add lan0 type veth peer name far0
    ip address add 192.168.77.1/24 dev lan0
    ip link set lan0 up
    ip link set far0 up
    ip route add default dev lan0
    ip neighbour add 192.168.77.2 lladdr 02:00:00:00:00:02 dev lan0

    cd "$root"
    pivot_root . lanlord-old
    umount -l /lanlord-old
    exec env -i container=lanlord-test /lib/systemd/systemd --system --unit=basic.target --log-target=journal \
        --show-status=no
}

if [[ $1 == --inside ]]; then
    become_systemd "$2" "$3"
fi

not_run() {
    echo "NOT RUN: $1, so no real systemd has started lanlord"
    exit 0
}
fail() {
    echo "FAILED: $1" >&2
    inside journalctl --no-pager --lines 40 >&2 || true
    tail -n 20 "$folder/log" >&2
    exit 1
}
((EUID == 0)) || not_run "this needs root"
for tool in unshare nsenter pivot_root findmnt pgrep ip curl make; do
    [[ -n $(type -P "$tool") ]] || not_run "\`$tool\` is missing"
done
[[ -x /lib/systemd/systemd ]] || not_run "systemd is missing"
hierarchy=$(findmnt --noheadings --types cgroup2 --output TARGET | head -n 1)
[[ -n $hierarchy ]] || not_run "there is no cgroup hierarchy of version 2"
cgroup=$hierarchy/lanlord-test-$$
mkdir "$cgroup" 2>/dev/null || not_run "no cgroup can be made"
folder=$(mktemp -d)
programs=$(cd "$1" && pwd)

clean_up() {
    echo 1 >"$cgroup/cgroup.kill" 2>/dev/null || true
    { wait; } 2>/dev/null || true
    until_true 10 no_cgroup || echo "$cgroup cannot be removed" >&2
    rm -rf "$folder"
}
no_cgroup() {
    find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null
    [[ ! -e $cgroup ]]
}
# Asks until it is so, for at most this many seconds.
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || return 1
        sleep 0.1
    done
}
inside() {
    nsenter --target "$init" --all --wdns=/ env -i PATH="$PATH" HOME=/root LC_ALL=C "$@"
}
# Says no instead of ending the script.
systemctl() {
    inside systemctl --no-pager "$@"
}
property() {
    systemctl show --property "$1" --value lanlord.service
}

trap clean_up EXIT
trap 'exit 1' INT TERM
(
    echo "$BASHPID" >"$cgroup/cgroup.procs"
    exec unshare --fork --kill-child --pid --mount --cgroup --ipc --uts --net "$0" --inside "$folder" "$programs"
) >"$folder/log" 2>&1 </dev/null &
outer=$!
init=
found() { init=$(pgrep --parent "$outer" --full 'systemd --system'); }
booted() { found && systemctl is-active basic.target; }
gone() { ! kill -0 "$outer"; }
booted_or_gone() { gone || booted; }
until_true 30 booted_or_gone || true
booted >/dev/null || {
    cat "$folder/log" >&2
    not_run "systemd does not come up in namespaces here (its words are above)"
}
echo "systemd $(systemctl --version | sed -n 's/^systemd \([0-9]*\).*/\1/p') is process 1 of its own namespaces"

# The mount namespace is not this one, so neither is / : nothing of this machine is touched.
began=$(date +%s%N)
inside make --silent -C /lanlord-source install BINARY=/lanlord-programs/lanlord >"$folder/install" 2>&1 || {
    cat "$folder/install" >&2
    fail "make install"
}
echo "installed and started in $((($(date +%s%N) - began) / 1000000)) ms"
[[ $(systemctl is-enabled lanlord.service) == enabled ]] || fail "it is not enabled"
[[ $(systemctl is-active lanlord.service) == active ]] || fail "it is not active"
systemctl status lanlord.service | sed -n '1,3p'
pid=$(property MainPID)

was_replaced() {
    local now
    now=$(property MainPID)
    [[ $now != "$pid" && $now != 0 && $(systemctl is-active lanlord.service) == active ]]
}

# What holds it, in the words of the kernel. Capability 13 is CAP_NET_RAW (linux/capability.h); it may have given that
# up since. Seccomp 2 is a filter.
status=$(inside cat "/proc/$pid/status")
field() { sed -n "s/^$1:[[:space:]]*//p" <<<"$status"; }
[[ $(field Uid) != 0* ]] || fail "it runs as root"
(((0x$(field CapEff) & ~0x2000) == 0 && (0x$(field CapBnd) & ~0x2000) == 0)) || fail "it has more than CAP_NET_RAW"
[[ $(field NoNewPrivs) == 1 && $(field Seccomp) == 2 ]] || fail "it is not held: $status"
[[ $(inside sh -c "tr '\\0' ' ' </proc/$pid/environ") == *WATCHDOG_USEC=30000000* ]] ||
    fail "it does not know of the watchdog"

scrape() { inside curl --silent --show-error --fail --max-time 5 http://127.0.0.1:9938/metrics; }
scrape >"$folder/metrics" || fail "it answers no scrape"
grep -q '^process_start_time_seconds ' "$folder/metrics" || fail "it cannot see when it was started"
grep -q '^lanlord_part_up{.*} 1$' "$folder/metrics" || until_true 10 grep_scrape '^lanlord_part_up{.*} 1$' ||
    fail "its source is not up"
grep_scrape() { scrape | grep -q "$1"; }
talk() {
    inside bash -c 'for i in {1..5}; do echo hello >/dev/udp/192.168.77.2/9; done'
    grep_scrape '^lan_host_sent_bytes_total{.*ip="192.168.77.1".*} [1-9]'
}
until_true 20 talk || fail "it does not see who talks"
echo "captures on the interface of the default route, as a user with no other right"

systemctl reload lanlord.service || fail "systemctl reload"
[[ $(systemctl is-active lanlord.service) == active && $(property MainPID) == "$pid" ]] || fail "it did not survive a reload"
scrape >/dev/null || fail "it answers no scrape after a reload"
echo "reloaded as process $pid"

inside journalctl --no-pager --unit lanlord.service >"$folder/journal"
grep -q 'listening on http://127.0.0.1:9938' "$folder/journal" || fail "the journal does not have its log"

began=$(date +%s%N)
systemctl stop lanlord.service
took=$((($(date +%s%N) - began) / 1000000))
[[ $(property Result) == success && $(property ExecMainStatus) == 0 ]] || fail "it did not end well"
((took < 2000)) || fail "stopping took $took ms"
echo "stopped in $took ms"

# systemd listens for it: the question wakes it, and waits until it answers.
systemctl start lanlord.socket || fail "systemd does not listen"
[[ $(systemctl is-active lanlord.service || true) == inactive ]] || fail "it runs without being asked"
scrape >/dev/null || fail "it does not take the socket from systemd"
pid=$(property MainPID)
systemctl restart lanlord.service &
until_true 20 was_replaced || fail "it is not restarted"
wait $!
scrape >/dev/null || fail "it answers no scrape on the socket of systemd"
systemctl stop lanlord.socket lanlord.service
echo "started by the first scrape, through a socket of systemd"

# It tells systemd that it is alive, twice as often as asked for; once it stands still, it is replaced.
inside mkdir -p /run/systemd/system/lanlord.service.d
inside sh -c 'printf "[Service]\nWatchdogSec=2s\nTimeoutAbortSec=1s\nRestartSec=0\n" \
    >/run/systemd/system/lanlord.service.d/watchdog.conf'
systemctl daemon-reload
systemctl start lanlord.service || fail "it does not start again"
pid=$(property MainPID)
sleep 5
[[ $(property NRestarts) == 0 && $(property MainPID) == "$pid" ]] || fail "it does not tell that it is alive"
inside kill -STOP "$pid"
until_true 30 was_replaced || fail "it stands still, and nobody minds"
until_true 20 scrape || fail "it answers no scrape after the watchdog"
echo "stood still, and was replaced after the watchdog's time"

inside make --silent -C /lanlord-source uninstall >"$folder/uninstall" || fail "make uninstall"
[[ $(property LoadState) == not-found ]] || fail "the unit is still there"
! inside pgrep --exact lanlord >/dev/null || fail "it still runs"
echo "uninstalled"

# Below a PREFIX where systemd does not look for units, both are found all the same, and go again.
inside make --silent -C /lanlord-source install BINARY=/lanlord-programs/lanlord PREFIX=/opt/x >"$folder/install" 2>&1 || {
    cat "$folder/install" >&2
    fail "make install PREFIX=/opt/x"
}
[[ $(systemctl is-active lanlord.service) == active ]] || fail "it is not active below /opt/x"
systemctl stop lanlord.service
systemctl start lanlord.socket || fail "systemd does not listen for a lanlord below /opt/x"
scrape >/dev/null || fail "it does not take the socket below /opt/x"
inside make --silent -C /lanlord-source uninstall PREFIX=/opt/x >"$folder/uninstall" || fail "make uninstall PREFIX=/opt/x"
for unit in lanlord.service lanlord.socket; do
    [[ $(systemctl show --property LoadState --value "$unit") == not-found ]] || fail "$unit is still there"
done
! inside test -e /opt/x/bin/lanlord || fail "the program is still there"
echo "installed and uninstalled below /opt/x"
