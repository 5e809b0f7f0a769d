//! What every uplink has, whichever box it ends in: the one table of metrics that kinds of sources share.

crate::metrics! {
    /// Whether the box says that the house is connected to the internet.
    UP = Gauge "lanlord_line_up" {};
}
