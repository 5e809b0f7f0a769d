//! What each fault does on the wire.

use super::*;
