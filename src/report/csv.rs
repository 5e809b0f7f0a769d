//! Comma-separated values (RFC 4180), for spreadsheets and scripts: whole numbers, by address.

use crate::report::{Row, Rows};

/// Writes a header and the rows. What is not known is empty.
///
/// # Errors
/// None in memory; the library's signature has one.
pub fn render(rows: &Rows) -> anyhow::Result<Vec<u8>> {
    let mut out = ::csv::Writer::from_writer(Vec::new());
    out.write_record([
        "address",
        "mac",
        "host",
        "received_packets",
        "received_bytes",
        "sent_packets",
        "sent_bytes",
    ])?;
    for Row { address, mac, host, traffic } in &rows.0 {
        out.write_record([
            address.map(|address| address.to_string()).unwrap_or_default(),
            mac.map(|mac| mac.to_string()).unwrap_or_default(),
            host.as_deref().unwrap_or_default().to_owned(),
            traffic.received_packets.to_string(),
            traffic.received_bytes.to_string(),
            traffic.sent_packets.to_string(),
            traffic.sent_bytes.to_string(),
        ])?;
    }
    Ok(out.into_inner()?)
}
