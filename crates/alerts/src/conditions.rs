// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a rule does not want and is so now.

use messages::{LocomotiveState, Timestamp};
use plan::{Comparison, Difference, Plan, Site, What, claimed_twice, compare};
use plates::{Numbering, fold};

use crate::condition::Condition;
use crate::difference::{called, differences};
use crate::hall::Hall;
use crate::rule::{Kind, Rule};

/// States of two flows are compared if they are no further apart, ns.
const TOGETHER_NS: i64 = 10_000_000_000;
/// So many differences are named in a sentence.
const MOST_NAMED: usize = 3;

/// What a rule looks at.
pub struct View<'a> {
    /// The facility, if its file is known.
    pub site: Option<&'a Site>,
    /// Its plan, if there is one.
    pub plan: Option<&'a Plan>,
    /// What the rule's flow says.
    pub hall: &'a Hall,
    /// What the other flow of the rule says.
    pub other: Option<&'a Hall>,
    /// When listening began.
    pub begun: Timestamp,
    /// The present.
    pub now: Timestamp,
}

/// What is so now that a rule does not want.
pub fn conditions(rule: &Rule, view: &View) -> Vec<Condition> {
    match &rule.kind {
        Kind::CameraDown(cameras) => cameras_down(cameras, view.hall),
        Kind::LongStay(tracks) => long_stays(tracks, view.hall),
        Kind::NotOnRoster => strangers(view),
        Kind::NumberTwice => twice(view.hall),
        Kind::TrackFree(tracks) => tracks.iter().map(|track| free(track, view)).collect(),
        Kind::TrackOccupied(tracks) => tracks
            .iter()
            .map(|track| occupied(track, view.hall))
            .collect(),
        Kind::FlowsDiffer { with, more_than } => {
            apart(rule, with, *more_than, view).into_iter().collect()
        }
        Kind::NoEvents => silent(rule, view).into_iter().collect(),
        Kind::Plan(what) => off_plan(what, view),
    }
}

/// Cameras of no use.
fn cameras_down(chosen: &[String], hall: &Hall) -> Vec<Condition> {
    let cameras = hall.cameras.iter().filter(|(id, _)| is_chosen(chosen, id));
    let down = cameras.filter_map(|(id, camera)| {
        let trouble = camera.trouble()?;
        let reason = camera
            .reason
            .as_ref()
            .map_or_else(String::new, |reason| format!(": {reason}"));
        let condition = Condition::new(
            format!("camera/{id}"),
            format!("camera {id} {trouble}{reason}"),
        );
        Some(condition.since(Some(camera.since)))
    });
    down.collect()
}

/// Whether a name is among those that are chosen; without any, all are.
fn is_chosen(chosen: &[String], name: &str) -> bool {
    chosen.is_empty() || chosen.iter().any(|one| one == name)
}

/// Machines that stand.
fn long_stays(tracks: &[String], hall: &Hall) -> Vec<Condition> {
    let machines = hall
        .machines()
        .filter(|machine| is_chosen(tracks, &machine.track));
    let stay = |machine: &LocomotiveState| {
        let (id, track) = (&machine.id, &machine.track);
        let since = hall.stays.get(&(id.clone(), track.clone())).copied();
        let text = format!("{} is on {track}", called(machine));
        Condition::new(format!("track/{track}/loco/{id}"), text)
            .likely(machine.confidence)
            .since(since)
    };
    machines.map(stay).collect()
}

/// Numbers that are not on the roster.
fn strangers(view: &View) -> Vec<Condition> {
    let numbering = view.site.and_then(|site| site.numbering.as_ref());
    let Some(roster) = numbering
        .map(Numbering::roster)
        .filter(|roster| !roster.is_empty())
    else {
        return Vec::new();
    };
    let stranger = |machine: &LocomotiveState| {
        let plate = machine.plate.as_ref()?;
        let shapes = fold(&plate.text).ok()?;
        if roster.contains(&shapes) {
            return None;
        }
        let text = format!(
            "{} stands on {} and is not on the roster",
            plate.text, machine.track
        );
        let condition = Condition::new(format!("number/{}", plate.text), text);
        Some(condition.likely(machine.confidence * plate.p))
    };
    view.hall.machines().filter_map(stranger).collect()
}

/// Numbers that two claim.
fn twice(hall: &Hall) -> Vec<Condition> {
    let state = hall.state.iter();
    let claims = state.flat_map(|(_, state)| claimed_twice(state));
    claims
        .map(|claim| of_difference("number", &claim))
        .collect()
}

/// A difference from the plan as a condition.
fn of_difference(prefix: &str, difference: &Difference) -> Condition {
    let about = difference
        .number
        .as_ref()
        .or(difference.locomotives.first());
    let about = about.map_or("", String::as_str);
    Condition::new(format!("{prefix}/{about}"), difference.text.clone()).likely(difference.p)
}

/// That nothing stands on a track: as likely as it is seen to be empty.
fn free(track: &str, view: &View) -> Condition {
    let cameras = view
        .hall
        .state
        .as_ref()
        .map_or(&[][..], |(_, state)| &state.cameras);
    let seen = view.site.map_or(1.0, |site| site.seen(track, cameras));
    Condition::new(format!("track/{track}"), format!("{track} is free"))
        .likely(seen * view.hall.p_free(track))
}

/// That something stands on a track.
fn occupied(track: &str, hall: &Hall) -> Condition {
    let names: Vec<&str> = hall
        .machines()
        .filter(|machine| machine.track == track)
        .map(called)
        .collect();
    let by = match names.len() {
        0 => String::new(),
        _ => format!(" by {}", names.join(", ")),
    };
    Condition::new(format!("track/{track}"), format!("{track} is occupied{by}"))
        .likely(1.0 - hall.p_free(track))
}

/// That another flow differs.
fn apart(rule: &Rule, with: &str, more_than: u32, view: &View) -> Option<Condition> {
    let other = view.other?;
    let (ours, theirs) = (view.hall.state.as_ref()?, other.state.as_ref()?);
    if ours.0.since(theirs.0).abs() > TOGETHER_NS {
        return None;
    }
    let found = differences((&rule.flow, view.hall.machines()), (with, other.machines()));
    if found.len() <= more_than as usize {
        return None;
    }
    let more = match found.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let named = found
        .iter()
        .take(MOST_NAMED)
        .cloned()
        .collect::<Vec<_>>()
        .join("; ");
    let places = if found.len() == 1 { "place" } else { "places" };
    let text = format!(
        "{with} differs from {} in {} {places}: {named}{more}",
        rule.flow,
        found.len()
    );
    Some(Condition::new(format!("flow/{with}"), text))
}

/// That nothing has been heard for as long as the rule allows. What is shorter is no silence, so it is over with the first word.
fn silent(rule: &Rule, view: &View) -> Option<Condition> {
    let since = view.hall.heard.unwrap_or(view.begun);
    if view.now.since(since) < rule.for_ns {
        return None;
    }
    let text = format!("nothing has come of the flow {}", rule.flow);
    Some(Condition::new(format!("flow/{}", rule.flow), text).since(Some(since)))
}

/// What differs from the plan.
fn off_plan(what: &[What], view: &View) -> Vec<Condition> {
    let (Some(site), Some(plan), Some((time, state))) =
        (view.site, view.plan, view.hall.state.as_ref())
    else {
        return Vec::new();
    };
    let Comparison { differences, .. } = compare(plan, site, state, *time);
    let chosen = differences.iter().filter(|one| what.contains(&one.what));
    chosen
        .map(|one| of_difference(&format!("plan/{}", one.what.word()), one))
        .collect()
}
