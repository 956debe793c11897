mod hall;
use hall::Hall;
use messages::{Data, Status};
use roundhouse_estimation::fse::{Fusion, FusionConfig};
use std::sync::Arc;
#[test]
fn trace() {
    let seed: u64 = std::env::var("SEED")
        .unwrap_or_default()
        .parse()
        .unwrap_or(2);
    let hall = Hall::demo(seed);
    println!(
        "dead {:?} crane {:?} dark_known {}",
        hall.dead, hall.crane, hall.dark_is_known
    );
    let truth = hall.truth();
    let mut fusion = Fusion::new(
        Arc::clone(&hall.facility),
        FusionConfig {
            on_change: false,
            ..Default::default()
        },
    );
    let mut out = Vec::new();
    for event in hall.reports() {
        out.extend(fusion.advance(event.arrival()));
        fusion.push(event);
    }
    out.extend(fusion.finish());
    for (i, e) in out.iter().enumerate() {
        let Data::State(s) = &e.data else { continue };
        println!("--- {i}");
        if let Some(t) = truth.get(i) {
            for m in &t.locomotives {
                let (a, b) = m.span();
                println!(
                    "   true {} {} {:.1}..{:.1} v {:.1} {}",
                    m.id,
                    m.track,
                    a,
                    b,
                    m.velocity,
                    if m.inside { "" } else { "opt" }
                );
            }
        }
        for l in &s.locomotives {
            let (a, b) = (l.head.s.min(l.tail.s), l.head.s.max(l.tail.s));
            println!(
                "   est {} {} {:.1}..{:.1} v {:.2} c {:.2} {} sig {:.2} {:.2}",
                l.id,
                l.track,
                a,
                b,
                l.velocity,
                l.confidence,
                if l.status == Status::Tentative {
                    "TENT"
                } else {
                    ""
                },
                l.head.sigma,
                l.tail.sigma
            );
        }
        let bl: Vec<String> = s
            .cameras
            .iter()
            .map(|c| format!("{:.2}", c.blind))
            .collect();
        println!("   blind {}", bl.join(" "));
    }
}
