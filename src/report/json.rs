//! JSON: an array of objects with the names of the CSV's columns. What is not known is null.

use serde_json::{Value, json};

use crate::report::{Row, Rows};

/// Writes the rows, indented, with a line end.
///
/// # Errors
/// None in memory; the library's signature has one.
pub fn render(rows: &Rows) -> anyhow::Result<Vec<u8>> {
    let objects: Vec<Value> = rows.0.iter().map(object).collect();
    let mut out = serde_json::to_vec_pretty(&objects)?;
    out.push(b'\n');
    Ok(out)
}

fn object(Row { address, mac, host, traffic }: &Row) -> Value {
    json!({
        "address": address.map(|address| address.to_string()),
        "mac": mac.map(|mac| mac.to_string()),
        "host": host.as_deref(),
        "received_packets": traffic.received_packets,
        "received_bytes": traffic.received_bytes,
        "sent_packets": traffic.sent_packets,
        "sent_bytes": traffic.sent_bytes,
    })
}
