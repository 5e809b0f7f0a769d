//! What lanlord runs on, whether a reload was refused, and where else to look.
//!
//! It shows no key and no value of the configuration: only which file, and since when.

use std::fmt::{self, Write};

use super::View;
use crate::text::{self, Text};

/// Whoever changed the file should see first of all that it does not hold.
pub(super) fn write_refusal(view: &View<'_>, out: &mut String) -> fmt::Result {
    let Some((at, reason)) = view.configuration.and_then(|configuration| configuration.refused.as_ref())
    else {
        return Ok(());
    };
    writeln!(
        out,
        "<div class=\"notice\" role=\"alert\"><strong>The last reload was refused {}; the configuration before it \
         holds.</strong><pre>{}</pre></div>",
        text::age(*at, view.now),
        Lines(reason)
    )
}

pub(super) fn write(view: &View<'_>, out: &mut String) -> fmt::Result {
    out.write_str("<h2>lanlord</h2>\n<ul>\n")?;
    if let Some(configuration) = view.configuration {
        let age = text::age(configuration.loaded_at, view.now);
        match &configuration.file {
            Some(file) => {
                writeln!(
                    out,
                    "<li>The configuration was loaded {age} from <bdi class=\"code\">{}</bdi>.</li>",
                    Text(file)
                )?;
            }
            None => writeln!(out, "<li>Started {age} without a configuration file.</li>")?,
        }
    }
    out.write_str(
        "<li><a href=\"/metrics\">/metrics</a> has every figure, for Prometheus</li>\n\
         <li><a href=\"/-/healthy\">/-/healthy</a> answers as long as lanlord runs</li>\n\
         <li><a href=\"/-/ready\">/-/ready</a> says whether it has begun to serve</li>\n</ul>\n",
    )
}

/// Text of several lines.
struct Lines<'a>(&'a str);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = self.0.lines();
        lines.next().map_or(Ok(()), |first| write!(f, "{}", Text(first)))?;
        lines.try_for_each(|line| write!(f, "\n{}", Text(line)))
    }
}
