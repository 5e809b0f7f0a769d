//! The pushes of a configuration while they run, and how a new configuration takes their place.
