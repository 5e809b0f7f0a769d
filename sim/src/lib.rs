//! One seeded, simulated house. It imports nothing of lanlord, on purpose: not one constant.
