//! Expected values are of public clients' own tests, of GNU date, or worked out by hand.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn is<T: PartialEq + std::fmt::Debug>(read: Read<T>, expected: T) {
    assert_eq!(read, Ok(Some(expected)));
}

#[test]
fn bytes_come_with_any_prefix_and_are_exact() {
    let count = |text, base| bytes(text).unwrap().map(|bytes| bytes.count(base));
    for (text, expected) in [
        ("12.12M Bytes", 12_120_000),
        ("123 Bytes", 123),
        ("234K Bytes", 234_000),
        ("456G Bytes", 456_000_000_000),
        ("0 Bytes", 0),
        ("3.3833G Bytes", 3_383_300_000),
        ("869.9M Bytes", 869_900_000),
        ("  1.5 Bytes ", 2),
        ("7KiBytes", 7_000),
        ("1 Byte", 1),
        ("2P Bytes", 2_000_000_000_000_000),
        ("3E Bytes", 3_000_000_000_000_000_000),
        ("18446744073709551615", u64::MAX),
    ] {
        assert_eq!(count(text, 1000), Some(expected), "{text}");
    }
    // 1728724336.64, rounded.
    assert_eq!(count("1.61G Bytes", 1024), Some(1_728_724_337));
    assert_eq!(count("1E Bytes", 1024), Some(1 << 60));
    for text in [
        "13 not matching",
        "M Bytes",
        "12.M Bytes",
        ".5M Bytes",
        "1.2.3M Bytes",
        "-1 Bytes",
        "12M",
        "1.5",
        "12 XBytes",
        "1KK Bytes",
        "1 iBytes",
        "99E Bytes",
        "18446744073709551616",
        "1e3 Bytes",
        "\u{0661} Bytes",
        "Bytes",
    ] {
        assert_eq!(bytes(text), Err(Unreadable("not a number of bytes")), "{text}");
    }
}

#[test]
fn a_mantissa_between_1000_and_1024_tells_which_kilo_it_is() {
    for (text, proves) in [
        ("1012.5K Bytes", true),
        ("1000M Bytes", true),
        ("1024M Bytes", false),
        ("999.99M Bytes", false),
        // Without a prefix it says nothing.
        ("1012 Bytes", false),
    ] {
        assert_eq!(bytes(text).unwrap().unwrap().proves_1024(), proves, "{text}");
    }
}

#[test]
fn a_count_may_be_a_sum_in_which_2e32_is_the_range_of_32_bits() {
    is(count("0"), 0);
    is(count(" 275600000"), 275_600_000);
    // 10 × 4294967296 + 3651454275.
    is(count("10 * 2e32 + 3651454275"), 46_601_127_235);
    is(count("2*3+4*5"), 50);
    for text in [
        "1 +",
        "* 2",
        "1 + + 2",
        "2e33",
        "1 - 2",
        "(1)",
        "18446744073709551615 + 1",
        "2e32 * 2e32",
        "1.5",
        "+1",
    ] {
        assert_eq!(count(text), Err(Unreadable("not a count")), "{text}");
    }
}

#[test]
fn durations_come_in_the_ways_of_all_firmwares() {
    for (text, seconds) in [
        ("10 Days,17 Hours,33 Minutes,47 Seconds", 927_227),
        ("17 Days,13 Hours,11 Minutes,7 Seconds", 1_516_267),
        ("05 Days,21 Hours,33 Minutes,44 Seconds", 509_624),
        // The uptime of a published sample.
        ("03 Days,07 Hours,07 Minutes,00 Seconds", 284_820),
        ("100 Days, 00 Hours, 00 Minutes, 01 Second", 8_640_001),
        ("1 day,1 hour,1 minute,1 second", 90_061),
        ("00 Days,00 Hours,00 Minutes,00 Seconds", 0),
        ("00h:02m:57s", 177),
        ("003 days 01h:40m:02s", 265_202),
        ("3d 01h:40m:02s", 265_202),
        ("3d:01h:40m:02s", 265_202),
        ("D: 6 H: 09 M: 25 S: 55", 552_355),
        ("13734", 13_734),
    ] {
        assert_eq!(duration(text), Ok(Some(seconds)), "{text}");
    }
    assert_eq!(duration("D: -- H: -- M: -- S: --"), Ok(None));
    for text in [
        "0:02:57",
        "1 Days,2 Hours,3 Minutes",
        "1 Days,2 Hours,3 Minutes,4 Seconds,5",
        "D: 6 H: 09 M: 25",
        "D: 6 H: -- M: 1 S: 1",
        "-5",
        "1 Days,-2 Hours,3 Minutes,4 Seconds",
        "01h:40m",
        "99999999999999999999 Days,0 Hours,0 Minutes,0 Seconds",
        "9999999999999999999 Days,0 Hours,0 Minutes,0 Seconds",
        "d",
        "days",
        "1d",
    ] {
        assert_eq!(duration(text), Err(Unreadable("not a duration")), "{text}");
    }
}

#[test]
fn clocks_come_in_the_ways_of_all_firmwares() {
    for (text, seconds) in [
        ("Fri Jun 17, 2022, 17:09:10", 1_655_485_750),
        ("Tue Feb 01, 2011, 16:12:05", 1_296_576_725),
        // date -u -d '2019-05-29 20:24:52 -0500' +%s
        ("Wed, 29 May 2019 20:24:52 -050", 1_559_179_492),
        ("Wed, 29 May 2019 20:24:52 -0500", 1_559_179_492),
        ("Wed, 29 May 2019 20:24:52 +0530", 1_559_141_692),
        ("2020-11-17 02:12:33", 1_605_579_153),
        ("Tue Feb 29, 2000, 00:00:00", 951_782_400),
    ] {
        assert_eq!(clock(text).map(|clock| clock.map(|clock| clock.seconds(0))), Ok(Some(seconds)), "{text}");
    }
    for text in [
        "Tue Feb 29, 2022, 00:00:00",
        "Tue Feb 29, 1900, 00:00:00",
        "Fri Jun 31, 2022, 17:09:10",
        "Fri Jun 17, 2022, 24:00:00",
        "Fri Jun 17, 2022",
        "Fri 17, 2022, 17:09:10",
        "2020-13-01 00:00:00",
        "2020-00-01 00:00:00",
        "2020-01-00 00:00:00",
        "Wed, 29 May 2019 20:24:52 -05",
        "Wed, 29 May 2019 20:24:52 EST",
        "11/17/20 02:12:33",
        "0001-01-01 00:00:00",
    ] {
        assert_eq!(clock(text), Err(Unreadable("not a time")), "{text}");
    }
}

#[test]
fn an_offset_counts_for_clocks_that_do_not_say_theirs() {
    let seconds = |text, offset| clock(text).unwrap().unwrap().seconds(offset);
    assert_eq!(seconds("Fri Jun 17, 2022, 17:09:10", 7200), 1_655_478_550);
    assert_eq!(seconds("Wed, 29 May 2019 20:24:52 -050", 7200), 1_559_179_492);
}

#[test]
fn events_have_the_month_first_and_a_year_of_two_digits_or_four() {
    let seconds = |text| event_time(text).map(|clock| clock.map(|clock| clock.seconds(0)));
    assert_eq!(seconds("11/17/20 02:12:33"), Ok(Some(1_605_579_153)));
    assert_eq!(seconds("11/17/2020 02:12:33"), Ok(Some(1_605_579_153)));
    assert_eq!(seconds("01/01/70 00:00:12"), Ok(Some(12)));
    assert_eq!(seconds("01/01/1970 00:00:12"), Ok(Some(12)));
    assert_eq!(seconds(""), Ok(None));
    assert_eq!(seconds("17/11/20 02:12:33"), Err(Unreadable("not a time")));
}

#[test]
fn numbers_are_finite_and_written_in_digits() {
    is(number("40.946"), 40.946);
    is(number(" -5.5 "), -5.5);
    for text in ["NaN", "inf", "-infinity", "1e999", "0x10", "1,5", "12 dB", "e", ".", "--5"] {
        assert_eq!(number(text), Err(Unreadable("not a number")), "{text}");
    }
    is(whole("6400000"), 6_400_000);
    is(whole("12.0"), 12);
    for text in ["12.5", "-1", "12.", "1e3", "", "."] {
        assert!(!matches!(whole(text), Ok(Some(_))), "{text}");
    }
    is(megahertz("426.250"), 426_250_000.0);
    is(megahertz("6.4"), 6_400_000.0);
}

#[test]
fn a_port_is_as_fast_as_it_says() {
    is(speed("1000Mbps"), 1e9);
    is(speed("2500Mbps"), 2.5e9);
    is(speed("2.5Gbps"), 2.5e9);
    assert_eq!(speed("-"), Ok(None));
    assert!(speed("fast").is_err() && speed("1000").is_err() && speed("Mbps").is_err());
}

#[test]
fn states_of_keys_are_split_at_the_comma_and_the_first_colon() {
    let bpi_of = |auth: &str, tek: &str| Bpi { auth: auth.to_owned(), tek: tek.to_owned() };
    is(bpi("AUTH:authorized, TEK:operational"), bpi_of("authorized", "operational"));
    is(bpi("AUTH:start, TEK:start"), bpi_of("start", "start"));
    is(bpi("auth: Odd:One ,TEK:x"), bpi_of("odd:one", "x"));
    for text in ["AUTH:authorized", "operational", "AUTH:, TEK:x", ","] {
        assert_eq!(bpi(text), Err(Unreadable("not a state of AUTH and TEK")), "{text}");
    }
}

#[test]
fn words_for_nothing_are_nothing_to_every_rule() {
    for text in ["", "  ", "-", "--", "NA", "na", "N/A", " TODO ", "Secret", "SECRET"] {
        assert_eq!(number(text), Ok(None), "{text}");
        assert_eq!(whole(text), Ok(None), "{text}");
        assert_eq!(count(text), Ok(None), "{text}");
        assert_eq!(bytes(text), Ok(None), "{text}");
        assert_eq!(duration(text), Ok(None), "{text}");
        assert_eq!(clock(text), Ok(None), "{text}");
        assert_eq!(event_time(text), Ok(None), "{text}");
        assert_eq!(speed(text), Ok(None), "{text}");
        assert_eq!(bpi(text), Ok(None), "{text}");
        assert_eq!(word(text), Ok(None), "{text}");
        assert_eq!(either(text, ["yes", "no"]), Ok(None), "{text}");
    }
}

proptest! {
    /// Zero must be written: with a digit, and no other digit than zero (in a clock, with those of 1970).
    #[test]
    fn no_text_without_a_zero_is_zero(text in "\\PC{0,40}|[0-9 .:,+*eEKMGDHSdhms-]{0,24}|[0-9]{0,3} ?[KMG]? ?Bytes") {
        let may_be_zero = text.contains('0');
        prop_assert!(may_be_zero || number(&text) != Ok(Some(0.0)), "{}", text);
        prop_assert!(may_be_zero || whole(&text) != Ok(Some(0)), "{}", text);
        prop_assert!(may_be_zero || count(&text) != Ok(Some(0)), "{}", text);
        prop_assert!(may_be_zero || duration(&text) != Ok(Some(0)), "{}", text);
        prop_assert!(may_be_zero || speed(&text) != Ok(Some(0.0)), "{}", text);
        let bytes = bytes(&text).ok().flatten().map(|bytes| bytes.count(1000));
        prop_assert!(may_be_zero || bytes != Some(0), "{}", text);
        let seconds = event_time(&text).ok().flatten().map(|clock| clock.seconds(0));
        prop_assert!(may_be_zero || seconds != Some(0), "{}", text);
    }

    /// Every date of `days_since_1970` is a day after the one before it.
    #[test]
    fn days_follow_one_another(day in 0_i64..60_000) {
        let written = clock(&gregorian(day)).unwrap().unwrap().seconds(0);
        prop_assert_eq!(written, day * 86_400);
    }
}

/// The date of a day after 1970-01-01, counted up year by year and month by month.
fn gregorian(mut day: i64) -> String {
    let mut year = 1970;
    let is_leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    while day >= if is_leap(year) { 366 } else { 365 } {
        day -= if is_leap(year) { 366 } else { 365 };
        year += 1;
    }
    let mut month = 1;
    for length in [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    format!("{year:04}-{month:02}-{:02} 00:00:00", day + 1)
}
