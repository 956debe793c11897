// SPDX-License-Identifier: MIT OR Apache-2.0
//! By e-mail: aiosmtpd.

use std::path::Path;
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use roundhouse_alerts::{Outcome, Target};
use tempfile::TempDir;

use super::process::{Process, free_port, python};
use super::{notice, target};

/// A mail server, and the folder of its messages.
struct Server {
    port: u16,
    folder: TempDir,
    _process: Process,
}

impl Server {
    /// Starts one; with encryption its authority is in `ca.pem`, and the password is in `credentials`.
    fn start(is_encrypted: bool) -> Self {
        let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/deliver/mail_server.py");
        let mut command = Command::new(python());
        command.arg(script).arg(port.to_string()).arg(folder.path());
        if is_encrypted {
            certify(folder.path());
            command.args([
                folder.path().join("server.pem"),
                folder.path().join("server.key"),
            ]);
            std::fs::write(folder.path().join("credentials"), "me:secret\n").unwrap();
        }
        Self {
            port,
            _process: Process::listening(&mut command, port),
            folder,
        }
    }

    /// Mailboxes behind it.
    fn target(&self, more: &str, to: &str) -> Target {
        target(&format!(
            "[[email]]\nname = 'shift'\nserver = 'localhost:{}'\nfrom = 'Roundhouse <roundhouse@example.com>'\nto = ['{to}']\n{more}",
            self.port
        ))
    }

    /// A message that it took.
    fn message(&self, number: usize) -> String {
        std::fs::read_to_string(self.folder.path().join(format!("{number}.eml"))).unwrap()
    }

    /// The path of a file in its folder.
    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

/// Makes an authority and a certificate of `localhost`.
fn certify(folder: &Path) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let server = server.signed_by(&key, &authority).unwrap();
    std::fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
    std::fs::write(folder.join("server.pem"), server.pem()).unwrap();
    std::fs::write(folder.join("server.key"), key.serialize_pem()).unwrap();
}

#[test]
fn a_mailbox_gets_the_alert() {
    let server = Server::start(false);
    let target = server.target("encryption = 'none'", "Shift <shift@example.com>");
    let mut notice = notice("hall");
    notice.alert.text = "machine <ТЭМ18> stands there\r\nBcc: everybody@example.com".to_owned();
    assert_eq!(target.tell(&notice), Outcome::Delivered);
    let message = server.message(1);
    assert!(
        message.starts_with("TLS: False\nFROM: roundhouse@example.com\nTO: shift@example.com\n"),
        "{message}"
    );
    let head = message
        .split("\r\n\r\n")
        .next()
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap();
    assert!(
        head.contains("From: Roundhouse <roundhouse@example.com>")
            && head.contains("To: Shift <shift@example.com>"),
        "{head}"
    );
    // What a camera read begins no header of its own.
    assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
    assert!(
        message.contains("this is a test of alerts by Roundhouse"),
        "{message}"
    );
}

#[test]
fn encryption_and_password_are_those_of_the_file_of_rules() {
    let server = Server::start(true);
    let more = format!(
        "ca = '{}'\ncredentials = 'file:{}'",
        server.file("ca.pem"),
        server.file("credentials")
    );
    let told = server.target(&more, "shift@example.com");
    assert_eq!(told.tell(&notice("hall")), Outcome::Delivered);
    assert!(
        server.message(1).starts_with("TLS: True\n"),
        "{}",
        server.message(1)
    );
    // An authority that nobody trusts.
    let Outcome::Later(sentence) = server.target("", "shift@example.com").tell(&notice("hall"))
    else {
        panic!("it was taken");
    };
    assert!(
        sentence.contains("`ca` names the authority to trust"),
        "{sentence}"
    );
    // A wrong password may be corrected.
    std::fs::write(server.file("credentials"), "me:wrong\n").unwrap();
    let Outcome::Later(sentence) = told.tell(&notice("hall")) else {
        panic!("it was taken");
    };
    assert!(
        sentence.ends_with("check its credentials") && !sentence.contains("wrong"),
        "{sentence}"
    );
}

#[test]
fn a_mailbox_that_there_is_not_is_refused_and_one_that_is_busy_is_tried_again() {
    let server = Server::start(false);
    let Outcome::Refused(sentence) = server
        .target("encryption = 'none'", "nobody@example.com")
        .tell(&notice("hall"))
    else {
        panic!("it may be tried again");
    };
    assert!(
        sentence.contains(&format!("email 'shift': localhost:{}", server.port))
            && sentence.contains("550"),
        "{sentence}"
    );
    let Outcome::Later(sentence) = server
        .target("encryption = 'none'", "later@example.com")
        .tell(&notice("hall"))
    else {
        panic!("it was refused");
    };
    assert!(sentence.contains("451"), "{sentence}");
}
