// SPDX-License-Identifier: MIT OR Apache-2.0
//! In how many places two flows differ now.

use messages::LocomotiveState;

/// Machines whose middles are this near are the same, m.
const SAME_PLACE: f64 = 3.0;

/// The places in which two flows differ, in words. What moves is not compared: flows need not agree on where it is this second.
pub fn differences<'a>(
    (flow, ours): (&str, impl Iterator<Item = &'a LocomotiveState>),
    (other, theirs): (&str, impl Iterator<Item = &'a LocomotiveState>),
) -> Vec<String> {
    let ours: Vec<_> = ours.collect();
    let mut theirs: Vec<_> = theirs.collect();
    let mut found = Vec::new();
    for machine in ours {
        let nearest = (0..theirs.len())
            .filter(|index| machine.track == theirs[*index].track)
            .map(|index| ((middle(machine) - middle(theirs[index])).abs(), index))
            .filter(|(distance, _)| *distance < SAME_PLACE || machine.moving)
            .min_by(|a, b| a.0.total_cmp(&b.0));
        match nearest {
            Some((_, index)) => found.extend(other_number(machine, theirs.swap_remove(index))),
            None if machine.moving => {}
            None => found.push(format!(
                "{} on {} only in {flow}",
                called(machine),
                machine.track
            )),
        }
    }
    let rest = theirs.iter().filter(|machine| !machine.moving);
    found.extend(
        rest.map(|machine| format!("{} on {} only in {other}", called(machine), machine.track)),
    );
    found
}

/// That two which stand in one place have other numbers.
fn other_number(one: &LocomotiveState, other: &LocomotiveState) -> Option<String> {
    let (a, b) = (&one.plate.as_ref()?.text, &other.plate.as_ref()?.text);
    (a != b).then(|| format!("{a} or {b} on {}", one.track))
}

/// Where its middle is, m.
fn middle(machine: &LocomotiveState) -> f64 {
    f64::midpoint(machine.head.s, machine.tail.s)
}

/// What a machine is called: its number, else the name that the fusion gave it.
pub fn called(machine: &LocomotiveState) -> &str {
    machine
        .plate
        .as_ref()
        .map_or(&machine.id, |plate| &plate.text)
}
