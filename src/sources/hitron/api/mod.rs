//! The modem's answers, in its own words: one file for each topic. Pure.
//!
//! A modem writes numbers as text, with blanks before them, and words for what it does not know or does not tell. What it
//! hands out and nobody should see is asked for by nobody: its pages with Wi-Fi passphrases have no type here, and
//! neither has anything that would change it.

pub mod body;
pub mod cm_init;
pub mod connect_info;
pub mod docsis_wan;
pub mod downstream;
pub mod events;
pub mod field;
pub mod gre;
pub mod link_status;
pub mod logged_out;
pub mod model;
pub mod ofdm;
pub mod page;
pub mod pages;
pub mod sys_info;
pub mod tune;
pub mod upstream;

pub use logged_out::looks_logged_out;
pub use page::Page;
pub use pages::Pages;
