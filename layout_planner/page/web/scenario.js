// The reader's edits as a scenario that the command line carries out, and back.

import * as Logic from "../../live/web/logic.js";
import * as Yaml from "../../live/web/yaml.js";
import { addSpot, base, data, editsOf, isNew, keyOf, missing, num, said, state, words } from "./reader.js";
import * as Reader from "./reader.js";
import * as Changes from "./changes.js";
import { allEdits, planTitle } from "./told.js";
import { saveFile, fileName } from "./files.js";
import { gradeMask } from "../../live/web/whatif.js";

const SITE_FATE = ["closed", "kindergarten", "campus", "teaching_point"];
const KNOWN = ["close", "merge", "keep", "open", "expand", "pin"];

// The edits on the plan shown, of all its stages, as the command line reads them.
function scenario() {
  const stages = data.stages.filter((stage) => editsOf(stage.id).length);
  const edits = stages.flatMap((stage) => editsOf(stage.id).map((edit) => asWritten(edit, stage.id)));
  const modes = [...new Set(Object.values(data.modes))];
  const run = {
    base: data.plans[state.plan].id,
    ...(stages.length === 1 ? { stage: stages[0].id } : {}),
    assign: state.seats ? "stay" : "stay_nearest",
    ...(state.seats && stages.length
      ? { candidates: Math.min(...stages.map((stage) => data.live[stage.id].ask)) }
      : {}),
    mode: modes.length > 1 ? Object.entries(data.modes).map(([stage, mode]) => `${stage}=${mode}`) : modes[0],
    ...(data.plans[state.plan].rules.length ? { rules: data.plans[state.plan].rules } : {}),
  };
  return { name: `${data.plans[state.plan].id} +`, note: wholeNote(), run, edits };
}

// What goes along with every file: plan, data, date, and who is left without a school.
function note() {
  const lost = missing().reduce((sum, each) => sum + each.total, 0);
  const date = new Date().toISOString().slice(0, 10);
  return said(words.fileNote, { plan: planTitle(), data: `${data.title} ${data.year}`, date, n: num(lost) });
}

// The note of a file, and under it what the reader noted beside edits: "[S12] …". The command line has no place of its own
// for them.
function wholeNote() {
  const noted = allEdits().filter(({ edit }) => edit.note);
  const built = allEdits().some(({ edit }) => isNew(edit.school));
  return [
    note(),
    ...(built ? [words.sitesFirst] : []),
    ...noted.map(({ stage, edit }) => `[${stage} ${data.schools.id[edit.school]}] ${edit.note}`),
  ].join("\n");
}

const notesIn = (text) =>
  new Map([...String(text || "").matchAll(/^\[(\S+ \S+)\] (.+)$/gm)].map(([, key, its]) => [key, its]));

function asWritten({ do: what, school, place, into, seats, ...more }, stage) {
  const id = data.schools.id[school];
  const told = what === "open" ? { do: what, site: id } : what === "pin" ? { do: what, place: data.places.id[place], school: id } : { do: what, school: id }; // prettier-ignore
  if (into !== undefined) told.into = data.schools.id[into];
  if (seats) told.seats = seats;
  if (what === "open" && isNew(school)) told.name = data.schools.name[school];
  delete more.note; // it stands in the file's own note
  return { ...told, stage, ...more };
}

// Take over a scenario; gives the faults, and takes nothing over where there are any.
function load(content) {
  const faults = [];
  if (!content || typeof content !== "object" || Array.isArray(content)) return [words.notAScenario];
  const run = content.run || {};
  const plan = data.plans.findIndex((each) => each.id === run.base);
  const at = plan < 0 ? state.plan : plan;
  const edits = {};
  const list = content.edits || [];
  if (!Array.isArray(list)) return [words.notAScenario];
  list.forEach((edit, k) => {
    const fault = take(edit, at, edits);
    if (fault) faults.push(`${k + 1}. ${fault}`);
  });
  faults.push(...contradictions(edits));
  if (faults.length) return faults;
  foreign = foreignTo(content, plan, at);
  const noted = notesIn(content.note);
  for (const [key, its] of Object.entries(edits))
    edits[key] = its.map((edit) => {
      const own = noted.get(`${key.split(" ")[0]} ${data.schools.id[edit.school]}`);
      return own ? { ...edit, note: own } : edit;
    });
  const touched = Object.keys(edits).map((key) => key.split(" ")[0]);
  Changes.replaceAll(edits, {
    plan: at,
    seats: run.assign !== "stay_nearest",
    stage: touched.length && !touched.includes(state.stage) ? touched[0] : state.stage,
    pick: null,
  });
  return [];
}

// A file written for another study or another plan may still name schools of this one: the reader is told.
let foreign = "";
function foreignTo({ note: text, run }, plan, at) {
  const from = /^(.+?)(?:；方案：|; plan: )/.exec(typeof text === "string" ? text : "");
  if (from && from[1] !== `${data.title} ${data.year}`)
    return said(words.otherStudy, { data: Logic.short(from[1], 40) });
  if (plan >= 0 || !run || run.base === undefined) return "";
  return said(words.otherBase, { base: Logic.short(String(run.base), 40), plan: Reader.label(data.plans[at]) });
}

// What the command line refuses too: one thing with two fates, or somebody sent to a school that ends.
function contradictions(edits) {
  const found = [];
  for (const each of Object.values(edits)) {
    const fates = new Map(),
      ends = new Set(),
      known = ({ school, place }) => (place === undefined ? data.schools.name[school] : data.places.name[place]);
    for (const edit of each) {
      if (edit.do === "expand") continue;
      const key =
        edit.do === "pin" ? `place ${edit.place} ${edit.grades || ""}` : `school ${edit.school} ${edit.grades || ""}`;
      if (fates.has(key)) found.push(`${words.twoFates}${words.colon}${Logic.short(known(edit), 30)}`);
      fates.set(key, edit);
      if (!edit.grades && (edit.do === "close" || (edit.do === "merge" && (edit.site || "closed") === "closed")))
        ends.add(edit.school);
    }
    for (const edit of each) {
      const to = edit.do === "merge" ? edit.into : edit.do === "pin" ? edit.school : undefined;
      if (to !== undefined && (ends.has(to) || (edit.do === "merge" && to === edit.school)))
        found.push(`${words.toEnding}${words.colon}${Logic.short(data.schools.name[to], 30)}`);
    }
  }
  return found;
}

// Read one edit into `edits`; gives what is wrong with it, or null.
function take(edit, plan, edits) {
  if (!edit || typeof edit !== "object") return words.notAnEdit;
  const { do: what, school, site: where, into, stage, grades, place } = edit;
  const fate = what === "merge" ? where || "closed" : null;
  const wrong = (...parts) =>
    `${words.notLive}${words.colon}${parts.map((part) => Logic.short(String(part), 20)).join(" ")}`;
  if (!KNOWN.includes(what) || (fate && !SITE_FATE.includes(fate))) return wrong(what, fate || "");
  if (edit.parent || (what === "open" && school && school !== where)) return wrong(what, "(school, parent)");
  if (grades && !["close", "merge", "pin"].includes(what)) return wrong(what, "(grades)");
  const unknown = (id) => `${words.unknownSchool}${words.colon}${Logic.short(String(id), 30)}`;
  const id = String(what === "open" ? where : school);
  const spot = what === "open" ? /^new@(-?\d+\.\d+),(-?\d+\.\d+)$/.exec(id) : null;
  if (spot && !inSight(Number(spot[1]), Number(spot[2])))
    return `${words.outOfSight}${words.colon}${Logic.short(id, 30)}`;
  if (spot && data.live[stage]) addSpot(stage, Number(spot[1]), Number(spot[2]));
  const at = data.schools.id.indexOf(id),
    to = into === undefined ? -1 : data.schools.id.indexOf(String(into)),
    home = what === "pin" ? data.places.id.indexOf(String(place)) : 0;
  if (at < 0 || (what === "merge" && to < 0)) return unknown(at < 0 ? id : into);
  if (home < 0) return `${words.unknownPlace}${words.colon}${Logic.short(String(place), 30)}`;
  const here = data.stages
    .map((each) => each.id)
    .filter((each) => !stage || each === stage)
    .filter(
      (each) => base(each, plan) && base(each, plan).at.has(at) && (stage || open(each, plan, at) || what === "open"),
    );
  if (!here.length) return `${unknown(id)} ${stage || ""}`;
  for (const each of here) {
    const found = one(edit, each, plan, { at, to, home });
    if (typeof found === "string") return found;
    (edits[keyOf(each, plan)] ||= []).push(found);
  }
  return null;
}

// One edit of one stage as the page holds it; a text says what is wrong.
function one({ do: what, site: where, seats, add_seats: more, grades, ...rest }, stage, plan, { at, to, home }) {
  const found = { do: what, school: at };
  if (what === "pin") found.place = home;
  if (what === "merge") Object.assign(found, { into: to, ...(where ? { site: where } : {}) });
  if (grades) found.grades = String(grades);
  if (grades && gradeMask(base(stage, plan), grades) === 0)
    return `${words.grade}${words.colon}${Logic.short(String(grades), 20)}`;
  const { schools } = data.views[stage][plan];
  const before = schools.seats[schools.at.indexOf(at)] || 0;
  const number = (said) => (/^[+-]?\d{1,6}(\.\d+)?$/.test(String(said).trim()) ? Number(said) : NaN);
  if (seats || more) found.seats = seats ? number(seats) : Math.max(0, before + number(more));
  if ((what === "expand" || seats) && !(found.seats > 0)) return `${words.seats}${words.colon}${seats || more}`;
  if (rest.reason && typeof rest.reason !== "string") return `${words.reason}${words.colon}${words.notAnEdit}`;
  if (rest.year && !/^\d{4}$/.test(String(rest.year)))
    return `${words.yearWord}${words.colon}${Logic.short(String(rest.year), 20)}`;
  for (const key of ["reason", "year"]) if (rest[key]) found[key] = key === "year" ? Number(rest[key]) : rest[key];
  if (what === "expand" && Number(rest.classrooms) > 0) found.classrooms = Number(rest.classrooms);
  return found;
}

// Whether a spot lies on or near the map.
function inSight(lon, lat) {
  const [west, south, east, north] = data.bounds,
    [wide, tall] = [(east - west) / 2, (north - south) / 2];
  return lon > west - wide && lon < east + wide && lat > south - tall && lat < north + tall;
}

const open = (stage, plan, at) => base(stage, plan).schools.open[base(stage, plan).at.get(at)] === 1;

// ---- out and in -------------------------------------------------------------------------------------------------

const save = () => saveFile(fileName("edits.yaml"), [Yaml.write(scenario())], "text/yaml");

// Read a file's text; gives the faults.
function loadText(text) {
  try {
    return load(Yaml.read(text));
  } catch (error) {
    if (!(error instanceof Yaml.Fault)) throw error;
    return [`${words.notYaml} (${error.message})`];
  }
}

// In a notebook the scenario goes to and comes from Python (see widget.js). What came in is not sent out again: it may
// be older by then than what another view of the same widget has sent.
function talk() {
  const say = (what) => window.parent !== window && window.parent.postMessage(what, "*");
  let taking = false;
  Reader.listeners.push((changes) => {
    if (!taking && ("edits" in changes || "seats" in changes)) say({ layoutPlanner: "scenario", scenario: scenario() });
  });
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || event.source === window) return;
    if (!event.data || event.data.layoutPlanner !== "load") return;
    taking = true;
    try {
      say({ layoutPlanner: "faults", faults: load(event.data.scenario) });
    } finally {
      taking = false;
    }
  });
}

// What the reader must know of the file loaded last; "" for nothing.
const loadNotice = () => foreign;

export { scenario, note, save, load, loadText, loadNotice, talk };
