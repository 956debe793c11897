// SPDX-License-Identifier: MIT OR Apache-2.0
//! The properties of `camerasrc`.

use std::sync::LazyLock;
use std::time::Duration;

use gst::glib;
use gst::prelude::*;
use kit::properties::{assign, text};

use super::CameraSrc;
use super::decoder::Decoder;
use super::protocols::Protocols;
use super::recording::Bounds;
use super::status::Status;
use super::watchdog::Limits;

const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
/// Time from one fetched picture to the next if `max-rate` says nothing.
const SNAPSHOT: Duration = Duration::from_secs(1);

/// What was set.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Address, with its secrets.
    pub uri: String,
    /// The camera's id.
    pub camera: String,
    /// Where user and password are.
    pub credentials: String,
    /// How RTP travels.
    pub protocols: Protocols,
    /// Whether rtsps and https need a certificate that this machine knows.
    pub tls_strict: bool,
    /// Jitter buffer, ns.
    pub latency: u64,
    /// Longest wait for the first data, ns.
    pub connect_timeout: u64,
    /// Longest time without a picture, ns.
    pub stall_timeout: u64,
    /// Longest wait between attempts, ns.
    pub max_retry_interval: u64,
    /// Whether pictures are looked at.
    pub checks: bool,
    /// Time of equal pictures that is a fault, ns.
    pub freeze_timeout: u64,
    /// File with the picture that the camera showed when it was calibrated; empty: none.
    pub reference: String,
    /// Where the camera writes its clock into the picture: left, top, width, height, px.
    pub clock_area: Option<[usize; 4]>,
    /// Most pictures a second; 0: all.
    pub max_rate: f64,
    /// Where pictures are decoded.
    pub decoder: Decoder,
    /// Whether the camera is wanted.
    pub enabled: bool,
    /// Folder for recordings; empty: nothing is recorded.
    pub record: String,
    /// Most bytes of a camera's recordings; 0: any number.
    pub record_max_bytes: u64,
    /// Oldest recording, ns; 0: any.
    pub record_max_age: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            uri: String::new(),
            camera: String::new(),
            credentials: String::new(),
            protocols: Protocols::default(),
            tls_strict: true,
            latency: 200 * MILLISECOND,
            connect_timeout: 5 * SECOND,
            stall_timeout: 5 * SECOND,
            max_retry_interval: 5 * SECOND,
            checks: true,
            freeze_timeout: 10 * SECOND,
            reference: String::new(),
            clock_area: None,
            max_rate: 0.0,
            decoder: Decoder::default(),
            enabled: true,
            record: String::new(),
            record_max_bytes: 10 << 30,
            record_max_age: 7 * 24 * 3600 * SECOND,
        }
    }
}

impl Settings {
    /// The times that decide.
    pub fn limits(&self) -> Limits {
        Limits {
            connect: Duration::from_nanos(self.connect_timeout),
            stall: Duration::from_nanos(self.stall_timeout),
            retry: Duration::from_nanos(self.max_retry_interval),
            snapshot: self.distance().unwrap_or(SNAPSHOT),
        }
    }

    /// How much of recordings is kept.
    pub fn bounds(&self) -> Bounds {
        Bounds {
            bytes: self.record_max_bytes,
            age: Duration::from_nanos(self.record_max_age),
        }
    }

    /// The camera's name for messages.
    pub fn name(&self, element: &CameraSrc) -> String {
        if self.camera.is_empty() {
            element.name().to_string()
        } else {
            self.camera.clone()
        }
    }

    /// What pictures are checked for.
    pub fn picture_checks(&self) -> picture::Settings {
        picture::Settings {
            frozen_after: i64::try_from(self.freeze_timeout).unwrap_or(i64::MAX),
            clock: self.clock_area,
            ..picture::Settings::default()
        }
    }

    /// The shortest wanted distance of pictures, if `max-rate` says one.
    pub fn distance(&self) -> Option<Duration> {
        (self.max_rate > 0.0).then(|| Duration::from_secs_f64(1.0 / self.max_rate))
    }

    /// Whether a connection made for `other` does for these settings, too.
    pub fn connects_as(&self, other: &Self) -> bool {
        let of = |settings: &Self| {
            (
                settings.uri.clone(),
                settings.credentials.clone(),
                settings.protocols,
                settings.tls_strict,
                settings.latency,
                settings.decoder,
                settings.record.clone(),
                settings.bounds(),
            )
        };
        of(self) == of(other)
    }

    /// Sets the property `name`; all may be changed while playing.
    pub fn set(&mut self, name: &str, value: &glib::Value) {
        match name {
            "uri" => self.uri = text(value),
            "camera" => self.camera = text(value),
            "credentials" => self.credentials = text(value),
            "protocols" => assign(&mut self.protocols, value),
            "tls-strict" => assign(&mut self.tls_strict, value),
            "latency" => assign(&mut self.latency, value),
            "connect-timeout" => assign(&mut self.connect_timeout, value),
            "stall-timeout" => assign(&mut self.stall_timeout, value),
            "max-retry-interval" => assign(&mut self.max_retry_interval, value),
            "checks" => assign(&mut self.checks, value),
            "freeze-timeout" => assign(&mut self.freeze_timeout, value),
            "reference" => self.reference = text(value),
            "clock-area" => self.clock_area = area(value),
            "max-rate" => assign(&mut self.max_rate, value),
            "decoder" => assign(&mut self.decoder, value),
            "enabled" => assign(&mut self.enabled, value),
            "record" => self.record = text(value),
            "record-max-bytes" => assign(&mut self.record_max_bytes, value),
            "record-max-age" => assign(&mut self.record_max_age, value),
            _ => unimplemented!(),
        }
    }

    /// The value of the property `name`. The address is given without its secrets, because drawings of pipelines show it.
    pub fn get(&self, name: &str) -> glib::Value {
        match name {
            "uri" => kit::mask_passwords(&self.uri).to_value(),
            "camera" => self.camera.to_value(),
            "credentials" => self.credentials.to_value(),
            "protocols" => self.protocols.to_value(),
            "tls-strict" => self.tls_strict.to_value(),
            "latency" => self.latency.to_value(),
            "connect-timeout" => self.connect_timeout.to_value(),
            "stall-timeout" => self.stall_timeout.to_value(),
            "max-retry-interval" => self.max_retry_interval.to_value(),
            "checks" => self.checks.to_value(),
            "freeze-timeout" => self.freeze_timeout.to_value(),
            "reference" => self.reference.to_value(),
            "clock-area" => numbers(self.clock_area),
            "max-rate" => self.max_rate.to_value(),
            "decoder" => self.decoder.to_value(),
            "enabled" => self.enabled.to_value(),
            "record" => self.record.to_value(),
            "record-max-bytes" => self.record_max_bytes.to_value(),
            "record-max-age" => self.record_max_age.to_value(),
            _ => unimplemented!(),
        }
    }
}

/// The specifications.
pub static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
    let defaults = Settings::default();
    vec![
        string(
            "uri",
            "URI",
            "Address of the camera: rtsp, rtsps, http and https (MJPEG, or JPEG fetched again and again), file, v4l2. Reads \
             back without its password; what needs one should use the property credentials",
        ),
        string(
            "camera",
            "Camera",
            "The camera's id, as in the facility file; written on its frames. Without it, messages use the element's name",
        ),
        string(
            "credentials",
            "Credentials",
            "Where USER:PASSWORD is kept: file:PATH or env:NAME. Read again for each connection",
        ),
        glib::ParamSpecEnum::builder_with_default("protocols", defaults.protocols)
            .nick("Protocols")
            .blurb("Transport protocol of RTP")
            .mutable_playing()
            .build(),
        glib::ParamSpecBoolean::builder("tls-strict")
            .nick("Strict TLS")
            .blurb(
                "Whether the certificate of rtsps and https must be one that this machine trusts; many cameras have made their \
                 own, which needs false",
            )
            .default_value(defaults.tls_strict)
            .mutable_playing()
            .build(),
        time("latency", "Latency", "Length of the jitter buffer for RTSP, ns", 0, defaults.latency),
        time(
            "connect-timeout",
            "Connect timeout",
            "Longest wait for a connection's first data, ns",
            100 * MILLISECOND,
            defaults.connect_timeout,
        ),
        time(
            "stall-timeout",
            "Stall timeout",
            "Time without a picture after which the connection is replaced, ns; longer than the interval between pictures",
            100 * MILLISECOND,
            defaults.stall_timeout,
        ),
        time(
            "max-retry-interval",
            "Maximal retry interval",
            "Longest wait between attempts to connect, ns; the first waits 0.5 s, each next one twice as long",
            100 * MILLISECOND,
            defaults.max_retry_interval,
        ),
        glib::ParamSpecBoolean::builder("checks")
            .nick("Checks")
            .blurb(
                "Whether pictures are looked at: frozen, black, white, covered, damaged, out of focus, and moved if there is a \
                 reference picture",
            )
            .default_value(defaults.checks)
            .mutable_playing()
            .build(),
        time(
            "freeze-timeout",
            "Freeze timeout",
            "Time with identical pictures, over at least two key frames, after which the camera counts as frozen, ns",
            SECOND,
            defaults.freeze_timeout,
        ),
        string(
            "reference",
            "Reference picture",
            "File (PNG or JPEG) with the picture that the camera gave when it was calibrated, to notice that it was moved",
        ),
        gst::ParamSpecArray::builder("clock-area")
            .nick("Clock area")
            .blurb(
                "Where the camera writes its clock into the picture, <left, top, width, height> in pixels: a clock that stands \
                 is a frozen camera",
            )
            .element_spec(&glib::ParamSpecInt::builder("pixels").minimum(0).build())
            .mutable_playing()
            .build(),
        glib::ParamSpecDouble::builder("max-rate")
            .nick("Maximal rate")
            .blurb("Maximum pictures per second; others are dropped, before decoding where the codec allows it. 0: no limit")
            .minimum(0.0)
            .maximum(1000.0)
            .default_value(defaults.max_rate)
            .mutable_playing()
            .build(),
        glib::ParamSpecEnum::builder_with_default("decoder", defaults.decoder)
            .nick("Decoder")
            .blurb("Preferred kind of decoder; another one is used if it is missing")
            .mutable_playing()
            .build(),
        glib::ParamSpecBoolean::builder("enabled")
            .nick("Enabled")
            .blurb("Whether to connect to the camera; if false, the element sends GAP events only")
            .default_value(defaults.enabled)
            .mutable_playing()
            .build(),
        string(
            "record",
            "Record",
            "Folder for recordings of the encoded stream: a folder for each camera, files of a minute named by UTC; empty: none",
        ),
        bound(
            "record-max-bytes",
            "Most recorded bytes",
            "Maximum size of the camera's recordings in bytes; the oldest files are removed; 0: no limit",
            defaults.record_max_bytes,
        ),
        bound(
            "record-max-age",
            "Oldest recording",
            "Maximum age of recordings, ns; older files are removed; 0: no limit",
            defaults.record_max_age,
        ),
        glib::ParamSpecEnum::builder_with_default("status", Status::default())
            .nick("Status")
            .blurb("State of the camera; notify::status is emitted when it changes")
            .read_only()
            .build(),
        kit::properties::stats(
            "pictures, bytes, attempts, connections and losses, dropped pictures by reason; status, its reason and since when, clock",
        ),
    ]
});

/// The area in `value`: four numbers, else none.
fn area(value: &glib::Value) -> Option<[usize; 4]> {
    let array = value.get::<gst::Array>().ok()?;
    let numbers = array
        .iter()
        .map(|number| number.get::<i32>().ok()?.try_into().ok());
    let numbers: Vec<usize> = numbers.collect::<Option<_>>()?;
    numbers.try_into().ok()
}

/// An area as a value.
fn numbers(area: Option<[usize; 4]>) -> glib::Value {
    gst::Array::new(area.into_iter().flatten().map(|number| number as i32)).to_value()
}

/// The specification of a text.
fn string(name: &str, nick: &str, blurb: &str) -> glib::ParamSpec {
    glib::ParamSpecString::builder(name)
        .nick(nick)
        .blurb(blurb)
        .mutable_playing()
        .build()
}

/// The specification of a time in nanoseconds.
fn time(name: &str, nick: &str, blurb: &str, minimum: u64, default: u64) -> glib::ParamSpec {
    glib::ParamSpecUInt64::builder(name)
        .nick(nick)
        .blurb(blurb)
        .minimum(minimum)
        .maximum(3600 * SECOND)
        .default_value(default)
        .mutable_playing()
        .build()
}

/// The specification of a bound of recordings.
fn bound(name: &str, nick: &str, blurb: &str, default: u64) -> glib::ParamSpec {
    glib::ParamSpecUInt64::builder(name)
        .nick(nick)
        .blurb(blurb)
        .default_value(default)
        .mutable_playing()
        .build()
}
