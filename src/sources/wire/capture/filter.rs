//! The socket filter: how much of each frame the kernel copies to us. Pure: it makes a classic BPF program.
//!
//! Headers are enough to count. DHCP, DNS and mDNS come whole, since they say what hosts are called. Nothing is
//! filtered out: whatever is not worth copying whole is still delivered, and counted.

/// One instruction: operation, instructions to step over if true and if false, operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Operation.
    pub code: u16,
    /// Instructions to step over if the comparison holds.
    pub if_true: u8,
    /// Instructions to step over if it does not.
    pub if_false: u8,
    /// Operand.
    pub operand: u32,
}

/// Octets copied of a frame: link header, three tags, PPPoE, IPv6 with an extension, TCP.
pub const HEADERS: u32 = 128;
/// As much as there is.
const WHOLE: u32 = 262_144;

// Operations (linux/filter.h; the kernel's Documentation/networking/filter.rst).
const LOAD_HALF: u16 = 0x28;
const LOAD_LENGTH: u16 = 0x80;
const LOAD_OCTET_FROM_X: u16 = 0x50;
const LOAD_HALF_FROM_X: u16 = 0x48;
const SET_X: u16 = 0x01;
const ADD: u16 = 0x04;
const ADD_X: u16 = 0x0c;
const AND: u16 = 0x54;
const SHIFT_LEFT: u16 = 0x64;
const COPY_TO_X: u16 = 0x07;
const COPY_FROM_X: u16 = 0x87;
const JUMP: u16 = 0x05;
const JUMP_IF_EQUAL: u16 = 0x15;
const JUMP_IF_GREATER: u16 = 0x25;
const JUMP_IF_SET: u16 = 0x45;
const RETURN: u16 = 0x06;

/// `SKF_AD_OFF + SKF_AD_PROTOCOL`: the ethertype, on links without one too.
const ETHERTYPE: u32 = 0xffff_f000;
/// `SKF_AD_OFF + SKF_AD_HATYPE`: the kind of link, `ARPHRD_…` of linux/if_arp.h.
const HARDWARE_TYPE: u32 = 0xffff_f000 + 28;
/// Ethernet and the loopback.
const WITH_ETHERNET_HEADER: [u32; 2] = [1, 772];
/// Point-to-point links, raw IP, and tunnels without a header of their own.
const WITHOUT_HEADER: [u32; 3] = [512, 519, 0xfffe];

/// Ports of DNS, DHCP, DHCPv6 and multicast DNS.
const PORTS: [u32; 6] = [53, 67, 68, 546, 547, 5353];

/// Where a jump goes.
#[derive(Clone, Copy, PartialEq)]
enum To {
    Next,
    Bare,
    Network,
    Ipv4,
    Ipv6,
    Ports,
    Whole,
    Headers,
}

enum Line {
    Label(To),
    Step(u16, u32),
    /// Operation, operand, where if true, where if false.
    Jump(u16, u32, To, To),
}

/// A program of one step, which lets nothing through.
pub const NOTHING: Instruction = Instruction { code: RETURN, if_true: 0, if_false: 0, operand: 0 };

/// The program. X is where the network header begins, then where the transport header does. It loads by positive
/// offsets alone: those from the network header (`SKF_NET_OFF`) cannot reach, before Linux 6.16, what a driver left in
/// pages of its own, and a load that fails drops the frame without a trace.
pub fn program() -> Vec<Instruction> {
    use Line::{Jump, Label, Step};
    let mut lines = vec![
        // A frame this short comes whole anyway; and in a longer one no load below is out of bounds: link, IPv4 header
        // and ports have at most 14, 60 and 4 octets.
        Step(LOAD_LENGTH, 0),
        Jump(JUMP_IF_GREATER, HEADERS, To::Next, To::Headers),
        Step(LOAD_HALF, HARDWARE_TYPE),
    ];
    lines.extend(WITHOUT_HEADER.map(|link| Jump(JUMP_IF_EQUAL, link, To::Bare, To::Next)));
    let [first, last] = WITH_ETHERNET_HEADER;
    lines.extend([
        Step(SET_X, 14),
        Jump(JUMP_IF_EQUAL, first, To::Network, To::Next),
        Jump(JUMP_IF_EQUAL, last, To::Network, To::Headers),
        Label(To::Bare),
        Step(SET_X, 0),
        Label(To::Network),
        Step(LOAD_HALF, ETHERTYPE),
        Jump(JUMP_IF_EQUAL, 0x0800, To::Ipv4, To::Next),
        Jump(JUMP_IF_EQUAL, 0x86dd, To::Ipv6, To::Headers),
        Label(To::Ipv4),
        Step(LOAD_OCTET_FROM_X, 9),
        Jump(JUMP_IF_EQUAL, 17, To::Next, To::Headers),
        // A later fragment has no ports.
        Step(LOAD_HALF_FROM_X, 6),
        Jump(JUMP_IF_SET, 0x1fff, To::Headers, To::Next),
        Step(LOAD_OCTET_FROM_X, 0),
        Step(AND, 0x0f),
        Step(SHIFT_LEFT, 2),
        Step(ADD_X, 0),
        Step(COPY_TO_X, 0),
        Jump(JUMP, 0, To::Ports, To::Ports),
        Label(To::Ipv6),
        Step(LOAD_OCTET_FROM_X, 6),
        Jump(JUMP_IF_EQUAL, 17, To::Next, To::Headers),
        Step(COPY_FROM_X, 0),
        Step(ADD, 40),
        Step(COPY_TO_X, 0),
        Label(To::Ports),
    ]);
    for end in [0, 2] {
        lines.push(Step(LOAD_HALF_FROM_X, end));
        lines.extend(PORTS.map(|port| Jump(JUMP_IF_EQUAL, port, To::Whole, To::Next)));
    }
    lines.extend([Label(To::Headers), Step(RETURN, HEADERS), Label(To::Whole), Step(RETURN, WHOLE)]);
    assemble(&lines)
}

fn assemble(lines: &[Line]) -> Vec<Instruction> {
    let mut labels: Vec<(To, usize)> = Vec::new();
    let mut count = 0;
    for line in lines {
        match line {
            Line::Label(label) => labels.push((*label, count)),
            Line::Step(..) | Line::Jump(..) => count += 1,
        }
    }
    let mut program = Vec::new();
    for line in lines {
        // Distances count from the next instruction; all of ours are short and forward.
        let next = program.len() + 1;
        let distance =
            |to: To| labels.iter().find(|(label, _)| *label == to).map_or(0, |(_, at)| at - next) as u8;
        match *line {
            Line::Label(_) => {}
            Line::Step(code, operand) => program.push(Instruction { code, if_true: 0, if_false: 0, operand }),
            Line::Jump(JUMP, _, to, _) => {
                program.push(Instruction {
                    code: JUMP,
                    if_true: 0,
                    if_false: 0,
                    operand: u32::from(distance(to)),
                });
            }
            Line::Jump(code, operand, yes, no) => {
                program.push(Instruction { code, if_true: distance(yes), if_false: distance(no), operand });
            }
        }
    }
    program
}

#[cfg(test)]
mod tests {
    use super::*;

    const ETHERNET: u32 = 1;
    const NONE: u32 = 0xfffe;

    /// A classic BPF machine, as filter.rst describes it; a load out of bounds returns 0.
    fn run(frame: &[u8], ethertype: u32, hardware_type: u32) -> u32 {
        let program = program();
        let (mut a, mut x, mut pc) = (0u32, 0u32, 0usize);
        let octet = |at: u32| -> Option<u32> { frame.get(at as usize).map(|&octet| u32::from(octet)) };
        loop {
            let Instruction { code, if_true, if_false, operand } = program[pc];
            pc += 1;
            let mut jump = |holds: bool| pc += usize::from(if holds { if_true } else { if_false });
            match code {
                LOAD_LENGTH => a = frame.len() as u32,
                LOAD_HALF if operand == ETHERTYPE => a = ethertype,
                LOAD_HALF if operand == HARDWARE_TYPE => a = hardware_type,
                LOAD_HALF_FROM_X => {
                    let (Some(high), Some(low)) = (octet(x + operand), octet(x + operand + 1)) else {
                        return 0;
                    };
                    a = high << 8 | low;
                }
                LOAD_OCTET_FROM_X => {
                    let Some(value) = octet(x + operand) else { return 0 };
                    a = value;
                }
                SET_X => x = operand,
                ADD => a += operand,
                ADD_X => a += x,
                AND => a &= operand,
                SHIFT_LEFT => a <<= operand,
                COPY_TO_X => x = a,
                COPY_FROM_X => a = x,
                JUMP => pc += operand as usize,
                JUMP_IF_EQUAL => jump(a == operand),
                JUMP_IF_GREATER => jump(a > operand),
                JUMP_IF_SET => jump(a & operand != 0),
                RETURN => return operand,
                other => panic!("operation {other:#x}"),
            }
        }
    }

    fn ipv4(options: usize, protocol: u8, fragment: u16, ports: [u16; 2]) -> Vec<u8> {
        let mut frame = vec![0; 14 + 20 + options + 8 + 200];
        frame[14] = 0x40 | (5 + options / 4) as u8;
        frame[20..22].copy_from_slice(&fragment.to_be_bytes());
        frame[23] = protocol;
        frame[34 + options..36 + options].copy_from_slice(&ports[0].to_be_bytes());
        frame[36 + options..38 + options].copy_from_slice(&ports[1].to_be_bytes());
        frame
    }

    fn ipv6(next: u8, ports: [u16; 2]) -> Vec<u8> {
        let mut frame = vec![0; 14 + 40 + 8 + 200];
        frame[14] = 0x60;
        frame[20] = next;
        frame[54..56].copy_from_slice(&ports[0].to_be_bytes());
        frame[56..58].copy_from_slice(&ports[1].to_be_bytes());
        frame
    }

    #[test]
    fn what_names_hosts_comes_whole() {
        for ports in [[53, 40000], [40000, 53], [68, 67], [67, 68], [5353, 5353]] {
            assert_eq!(run(&ipv4(0, 17, 0, ports), 0x0800, ETHERNET), WHOLE, "{ports:?}");
            assert_eq!(run(&ipv4(40, 17, 0, ports), 0x0800, ETHERNET), WHOLE, "{ports:?} behind options");
            assert_eq!(
                run(&ipv4(0, 17, 0x2000, ports), 0x0800, ETHERNET),
                WHOLE,
                "{ports:?} in a first fragment"
            );
        }
        for ports in [[546, 547], [53, 40000], [5353, 5353]] {
            assert_eq!(run(&ipv6(17, ports), 0x86dd, ETHERNET), WHOLE, "{ports:?}");
        }
    }

    #[test]
    fn everything_else_comes_as_headers_and_nothing_is_dropped() {
        assert_eq!(run(&ipv4(0, 17, 0, [443, 40000]), 0x0800, ETHERNET), HEADERS);
        assert_eq!(run(&ipv4(0, 6, 0, [53, 40000]), 0x0800, ETHERNET), HEADERS);
        assert_eq!(
            run(&ipv4(0, 17, 0x2001, [53, 53]), 0x0800, ETHERNET),
            HEADERS,
            "a later fragment has no ports"
        );
        assert_eq!(run(&ipv6(6, [53, 53]), 0x86dd, ETHERNET), HEADERS);
        assert_eq!(run(&ipv6(0, [53, 53]), 0x86dd, ETHERNET), HEADERS);
        assert_eq!(run(&vec![0; 1500], 0x88cc, ETHERNET), HEADERS);
        for length in 0..=HEADERS as usize {
            let mut short = ipv4(0, 17, 0, [53, 53]);
            short.truncate(length);
            assert_eq!(run(&short, 0x0800, ETHERNET), HEADERS, "{length} octets");
        }
    }

    #[test]
    fn without_a_link_header_it_is_the_same() {
        assert_eq!(run(&ipv4(0, 17, 0, [53, 53])[14..], 0x0800, NONE), WHOLE);
        assert_eq!(run(&ipv6(17, [53, 53])[14..], 0x86dd, NONE), WHOLE);
        assert_eq!(run(&ipv6(6, [53, 53])[14..], 0x86dd, NONE), HEADERS);
    }

    #[test]
    fn of_links_with_other_headers_only_headers_come() {
        for hardware_type in [24, 32, 778, 801] {
            assert_eq!(run(&ipv4(0, 17, 0, [53, 53]), 0x0800, hardware_type), HEADERS, "{hardware_type}");
        }
    }
}
