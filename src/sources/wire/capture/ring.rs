//! A packet socket with a receive ring (`AF_PACKET`, `TPACKET_V3`): the one place with `unsafe`, since the kernel
//! writes into memory that we read.
//!
//! It maps, binds, and hands over frames as the kernel describes them. It knows nothing of IP, does not decide
//! what to do about an interface that has gone, and has no thread.
//!
//! Kernel facts: Documentation/networking/packet_mmap.rst and include/uapi/linux/if_packet.h.
#![allow(unsafe_code, reason = "the kernel's ring is shared memory; every block says why it is sound")]

use std::cell::Cell;
use std::ffi::c_void;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

use super::filter;
use super::sockets::Sockets;
use crate::sources::wire::packet::superframe::Offload;

/// Blocks of a ring: the kernel hands over one when it is full or [`BLOCK_TIMEOUT_MS`] is over. With more of them we
/// are woken more often, which costs more than the frames; with fewer, the one being read is too much of the ring.
const BLOCKS: usize = 8;
/// Smaller ones would hold too few frames to be worth waking up for; and this is the largest page of any machine.
const SMALLEST_BLOCK: usize = 64 * 1024;
/// Larger ones gain nothing.
const LARGEST_BLOCK: usize = 256 * 1024;
/// How long a frame may wait in a block that does not fill, in milliseconds.
const BLOCK_TIMEOUT_MS: u32 = 100;

/// In so many milliseconds the kernel has certainly handed over a block that it was filling.
pub const LAST_BLOCK_MS: u16 = 2 * BLOCK_TIMEOUT_MS as u16;

/// A frame as the kernel hands it over.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// What was captured, from the link header on.
    pub data: &'a [u8],
    /// Where the network header begins in it.
    pub network: usize,
    /// How long the frame was, in bytes, without a VLAN tag that the kernel took off.
    pub wire_bytes: u32,
    /// Bytes of VLAN tag that the kernel took off: 0 or 4.
    pub stripped: u32,
    /// `ARPHRD_…`: 1 Ethernet, 772 loopback.
    pub hardware_type: u16,
    /// The ethertype, on links without one too.
    pub ethertype: u16,
    /// Whether we sent it.
    pub is_outgoing: bool,
    /// What offloading made of it.
    pub offload: Offload,
}

/// What the kernel could not hand over, since it was last asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Frames for which there was no room.
    pub dropped: u32,
    /// How often the whole ring was full.
    pub freezes: u32,
}

/// The socket and its ring.
pub struct Ring {
    socket: OwnedFd,
    /// Where the socket goes when the ring is gone.
    home: Sockets,
    /// The interface that was made promiscuous.
    promiscuous: Cell<Option<i32>>,
    memory: NonNull<u8>,
    block_bytes: usize,
    blocks: usize,
    /// The block that the kernel fills next.
    next: usize,
}

// SAFETY: the memory is shared with the kernel alone, and whoever owns the ring is the only one here who reads it.
unsafe impl Send for Ring {}

impl Ring {
    /// Gives a packet socket a ring of about `bytes`. Nothing is received before [`Ring::bind`].
    ///
    /// # Errors
    /// `EPERM` where there is neither a socket in reserve nor the right to open one; `EINVAL` from a kernel without
    /// `TPACKET_V3` or offload headers in it; `ENOMEM` for more memory than there is.
    pub fn new(home: &Sockets, bytes: usize) -> io::Result<Self> {
        let socket = home.take()?;
        match map(&socket, bytes) {
            Ok((memory, block_bytes, blocks)) => Ok(Self {
                socket,
                home: home.clone(),
                promiscuous: Cell::new(None),
                memory,
                block_bytes,
                blocks,
                next: 0,
            }),
            Err(error) => {
                // There may be a ring that could not be mapped.
                let _ = set(&socket, libc::PACKET_RX_RING, &no_ring());
                home.put_back(socket);
                Err(error)
            }
        }
    }

    /// Receives from the interface of this index, from now on; from another one before, no more. With
    /// `promiscuous`, asks it for frames to others, which ends with the socket.
    ///
    /// # Errors
    /// `ENODEV` if there is no such interface.
    pub fn bind(&self, index: u32, promiscuous: bool) -> io::Result<()> {
        let index = i32::try_from(index).map_err(|_| io::Error::from_raw_os_error(libc::ENODEV))?;
        bind(&self.socket, index, libc::ETH_P_ALL as u16)?;
        if promiscuous {
            set(&self.socket, libc::PACKET_ADD_MEMBERSHIP, &membership(index))?;
            self.promiscuous.set(Some(index));
        }
        Ok(())
    }

    /// Receives nothing more; what is in the ring can still be read.
    ///
    /// # Errors
    /// None that a valid socket gives.
    pub fn deafen(&self) -> io::Result<()> {
        attach(&self.socket, &[filter::NOTHING])
    }

    /// How many blocks it has.
    pub fn blocks(&self) -> usize {
        self.blocks
    }

    /// Hands over the frames of one block, if the kernel has finished one; says whether it had.
    #[inline]
    pub fn read_block(&mut self, mut sink: impl FnMut(Received<'_>)) -> bool {
        let start = self.next * self.block_bytes;
        // SAFETY: within the mapping (`next` is below `blocks`), aligned (a block begins on a page), and written
        // by the kernel as one word.
        let status = unsafe { AtomicU32::from_ptr(self.memory.as_ptr().add(start + BLOCK_STATUS).cast()) };
        // Acquire: what the kernel wrote before it gave us the block is there.
        if status.load(Ordering::Acquire) & libc::TP_STATUS_USER == 0 {
            return false;
        }
        // SAFETY: the block is ours until the status says otherwise, below; nobody writes to it meanwhile.
        let block = unsafe { std::slice::from_raw_parts(self.memory.as_ptr().add(start), self.block_bytes) };
        let count = u32_at(block, BLOCK_COUNT);
        let mut at = u32_at(block, BLOCK_FIRST) as usize;
        for _ in 0..count {
            let Some(header) = block.get(at..).and_then(|rest| rest.first_chunk::<FRAME_HEADER>()) else {
                break;
            };
            let Some(received) = frame(&block[at..], header) else { break };
            sink(received);
            at += u32_at(header, NEXT) as usize;
        }
        // Release: whatever we have read is read before the kernel has the block again.
        status.store(libc::TP_STATUS_KERNEL, Ordering::Release);
        self.next = (self.next + 1) % self.blocks;
        true
    }

    /// What was lost since the last call: asking sets the kernel's counters to zero.
    ///
    /// # Errors
    /// None that a valid socket gives.
    pub fn losses(&self) -> io::Result<Losses> {
        let mut statistics = libc::tpacket_stats_v3 { tp_packets: 0, tp_drops: 0, tp_freeze_q_cnt: 0 };
        self.get(libc::SOL_PACKET, libc::PACKET_STATISTICS, &mut statistics)?;
        Ok(Losses { dropped: statistics.tp_drops, freezes: statistics.tp_freeze_q_cnt })
    }

    /// Takes the error that makes `poll` return at once, such as an interface that went down: left there, it would
    /// do so for ever.
    pub fn clear_error(&self) {
        let mut error = 0i32;
        // Reading it is all; what it says, the interface's own state says better.
        let _ = self.get(libc::SOL_SOCKET, libc::SO_ERROR, &mut error);
    }

    /// The socket as it was before it had a ring. Nothing of the ring may be mapped any more.
    fn reset(&self) -> io::Result<OwnedFd> {
        self.deafen()?;
        if let Some(index) = self.promiscuous.get() {
            // That interface may be gone, and with it what we had asked of it.
            let _ = set(&self.socket, libc::PACKET_DROP_MEMBERSHIP, &membership(index));
        }
        set(&self.socket, libc::PACKET_RX_RING, &no_ring())?;
        bind(&self.socket, 0, 0)?;
        self.clear_error();
        self.losses()?;
        // The same socket by another descriptor: this one is closed with us.
        self.socket.try_clone()
    }

    fn get<T>(&self, level: i32, option: i32, value: &mut T) -> io::Result<()> {
        let mut length = size_of::<T>() as u32;
        // SAFETY: the kernel writes at most `length` octets to a structure of plain numbers of that length.
        check(unsafe {
            libc::getsockopt(
                self.socket.as_raw_fd(),
                level,
                option,
                (&raw mut *value).cast::<c_void>(),
                &raw mut length,
            )
        })?;
        Ok(())
    }
}

impl AsFd for Ring {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl std::fmt::Debug for Ring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ring")
            .field("socket", &self.socket)
            .field("blocks", &self.blocks)
            .finish_non_exhaustive()
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: mapped in `map` with this length, and nothing that borrows it outlives the ring.
        unsafe { libc::munmap(self.memory.as_ptr().cast(), self.block_bytes * self.blocks) };
        // One that cannot be made as new is closed, as the one in our hands is in any case.
        if let Ok(socket) = self.reset() {
            self.home.put_back(socket);
        }
    }
}

// struct tpacket_block_desc: version, offset to private data, then struct tpacket_hdr_v1.
const BLOCK_STATUS: usize = 8;
const BLOCK_COUNT: usize = 12;
const BLOCK_FIRST: usize = 16;

// struct tpacket3_hdr, then struct sockaddr_ll at the next multiple of 16.
const NEXT: usize = 0;
const CAPTURED: usize = 12;
const LENGTH: usize = 16;
const STATUS: usize = 20;
const LINK: usize = 24;
const NETWORK: usize = 26;
const SOCKADDR_PROTOCOL: usize = 48 + 2;
const SOCKADDR_HARDWARE: usize = 48 + 8;
const SOCKADDR_PACKET_TYPE: usize = 48 + 10;
const FRAME_HEADER: usize = 48 + 20;
/// struct virtio_net_hdr, right before the link header.
const OFFLOAD_HEADER: usize = 10;

fn frame<'a>(rest: &'a [u8], header: &[u8; FRAME_HEADER]) -> Option<Received<'a>> {
    let (link, network) = (usize::from(u16_at(header, LINK)), usize::from(u16_at(header, NETWORK)));
    let offload = rest.get(link.checked_sub(OFFLOAD_HEADER)?..link)?;
    Some(Received {
        data: rest.get(link..link + u32_at(header, CAPTURED) as usize)?,
        network: network.saturating_sub(link),
        wire_bytes: u32_at(header, LENGTH),
        stripped: if u32_at(header, STATUS) & libc::TP_STATUS_VLAN_VALID != 0 { 4 } else { 0 },
        hardware_type: u16_at(header, SOCKADDR_HARDWARE),
        ethertype: u16::from_be(u16_at(header, SOCKADDR_PROTOCOL)),
        is_outgoing: header[SOCKADDR_PACKET_TYPE] == libc::PACKET_OUTGOING,
        offload: Offload {
            kind: offload[1],
            segment: u16_at(offload, 4),
            // VIRTIO_NET_HDR_F_NEEDS_CSUM: only then does the place mean anything.
            checksum_start: (offload[0] & 1 != 0).then(|| u16_at(offload, 6)),
        },
    })
}

#[inline(always)]
fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[inline(always)]
fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_ne_bytes([bytes[at], bytes[at + 1]])
}

/// Receives what is of this protocol on this interface; of protocol 0, nothing.
fn bind(socket: &OwnedFd, index: i32, protocol: u16) -> io::Result<()> {
    // SAFETY: all of its fields are numbers, for which zero is valid.
    let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_protocol = protocol.to_be();
    address.sll_ifindex = index;
    let length = size_of::<libc::sockaddr_ll>() as u32;
    // SAFETY: a structure of the type and length that the family asks for, and it outlives the call.
    check(unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), length) }).map(|_| ())
}

/// No block is no ring.
fn no_ring() -> libc::tpacket_req3 {
    // SAFETY: all of its fields are numbers, for which zero is valid.
    unsafe { std::mem::zeroed() }
}

fn membership(index: i32) -> libc::packet_mreq {
    libc::packet_mreq {
        mr_ifindex: index,
        mr_type: libc::PACKET_MR_PROMISC as u16,
        mr_alen: 0,
        mr_address: [0; 8],
    }
}

/// Makes the ring: its memory, and the size and number of its blocks.
fn map(socket: &OwnedFd, bytes: usize) -> io::Result<(NonNull<u8>, usize, usize)> {
    set(socket, libc::PACKET_VERSION, &libc::tpacket_versions::TPACKET_V3)?;
    set(socket, libc::PACKET_VNET_HDR, &1i32)?;
    attach(socket, &filter::program())?;
    // A power of two is a whole number of pages on every machine.
    let block_bytes = (bytes / BLOCKS).clamp(SMALLEST_BLOCK, LARGEST_BLOCK).next_power_of_two();
    let blocks = (bytes / block_bytes).max(2);
    let request = libc::tpacket_req3 {
        tp_block_size: block_bytes as u32,
        tp_block_nr: blocks as u32,
        // Only a divisor of the block in this version: frames are packed as they come.
        tp_frame_size: 2048,
        tp_frame_nr: (block_bytes / 2048 * blocks) as u32,
        tp_retire_blk_tov: BLOCK_TIMEOUT_MS,
        tp_sizeof_priv: 0,
        tp_feature_req_word: 0,
    };
    set(socket, libc::PACKET_RX_RING, &request)?;
    let (protection, sharing) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
    // SAFETY: the kernel chooses the place; the length is that of the ring it has just made.
    let memory = unsafe {
        libc::mmap(std::ptr::null_mut(), block_bytes * blocks, protection, sharing, socket.as_raw_fd(), 0)
    };
    if memory == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    let memory =
        NonNull::new(memory.cast()).ok_or_else(|| io::Error::other("the ring was mapped at address 0"))?;
    Ok((memory, block_bytes, blocks))
}

fn attach(socket: &OwnedFd, program: &[filter::Instruction]) -> io::Result<()> {
    let mut program: Vec<libc::sock_filter> = program
        .iter()
        .map(|step| libc::sock_filter {
            code: step.code,
            jt: step.if_true,
            jf: step.if_false,
            k: step.operand,
        })
        .collect();
    let program = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    set_at(socket, libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &program)
}

fn set<T>(socket: &OwnedFd, option: i32, value: &T) -> io::Result<()> {
    set_at(socket, libc::SOL_PACKET, option, value)
}

fn set_at<T>(socket: &OwnedFd, level: i32, option: i32, value: &T) -> io::Result<()> {
    // SAFETY: the kernel reads as many octets as the structure has, and it outlives the call; so does what the
    // filter's pointer points to.
    let result = unsafe {
        libc::setsockopt(socket.as_raw_fd(), level, option, (&raw const *value).cast(), size_of::<T>() as u32)
    };
    check(result).map(|_| ())
}

fn check(result: i32) -> io::Result<i32> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
