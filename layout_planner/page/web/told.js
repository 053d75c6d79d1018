// What is said of the plan as a whole, in words: its name, the reader's edits, one sentence, who is left without a school.

import { STATE } from "../../live/web/logic.js";
import * as Only from "./only.js";
import * as Years from "./years.js";
import {
  comparing,
  data,
  editsOf,
  gradesShown,
  isNew,
  label,
  missing,
  num,
  people,
  reference,
  ruleName,
  said,
  stageName,
  state,
  view,
  words,
} from "./reader.js";

// "hill-merge", or "hill-merge + 2 edits".
function planTitle() {
  const own = label(data.plans[state.plan]),
    count = allEdits().length;
  return count ? `${own} + ${num(count)} ${count === 1 ? words.edit : words.edits}` : own;
}

// The edits on the plan shown, of all its stages.
const allEdits = (plan = state.plan) =>
  data.stages.flatMap(({ id }) => editsOf(id, plan).map((edit) => ({ stage: id, edit })));

// One edit in words.
function editWords(edit) {
  const school = data.schools.name[edit.school];
  const values = {
    school,
    into: edit.into === undefined ? "" : data.schools.name[edit.into],
    place: edit.place === undefined ? "" : data.places.name[edit.place],
    seats: num(edit.seats),
    grades: edit.grades || "",
  };
  const point = edit.do === "merge" && edit.site === "teaching_point";
  const built = edit.do === "open" && isNew(edit.school);
  const key = built ? "build" : point ? "point" : edit.grades ? `${edit.do}Grades` : edit.do;
  const text = said(words.editSays[key] || words.editSays[edit.do], values);
  const seats = edit.do === "open" && edit.seats ? words.comma + num(edit.seats) + words.seatsUnit : "";
  return text + seats + (edit.reason ? ` (${edit.reason})` : "") + (edit.note ? ` — ${words.ownNote}${words.colon}${edit.note}` : ""); // prettier-ignore
}

// Every edit with its stage, as prints and files list them.
const editLines = (plan = state.plan) =>
  allEdits(plan).map(({ stage, edit }) => `${stageName(stage)}${words.colon}${editWords(edit)}`);

// The plan in one sentence: closures, who changes school, who has none, red lines; and whether it can be done at all.
function sentence() {
  const now = view(),
    then = comparing() ? reference() : null;
  if (!now.scores) return words.notInPlan;
  const ended = now.schools.state.filter((each) => each === STATE.ended).length;
  const moved = (now.scores.find((row) => row.measure === "pupils_moved") || { value: 0 }).value || 0;
  const red = now.red || [],
    more = then ? red.filter((rule) => !(then.red || []).includes(rule)).length : 0;
  const open = now.scores.find((row) => row.measure === "schools");
  const parts = [
    then === null ? said(words.saysOpen, { n: num(open ? open.value : 0) }) : said(words.saysClosed, { n: num(ended) }),
    then === null ? "" : said(now.live && state.plan ? words.saysMovedByEdits : words.saysMoved, { n: num(moved) }),
    said(words.saysMissing, { n: num(now.missing.total) }),
    said(more ? words.saysRedMore : words.saysRed, { n: num(red.length), more: num(more) }),
  ];
  return parts.filter(Boolean).join(words.comma);
}

// Who is left without a school, of all stages of the plan; "" where everybody has one.
function alarm() {
  const found = missing();
  if (!found.length) return "";
  const each = found.map(({ stage, total, unknown }) => {
    const unsure = unknown > 0.5 ? said(words.ofThemUnknown, { n: num(unknown) }) : "";
    return `${stageName(stage)} ${people(total)}${unsure}`;
  });
  const now = state.plan === 0 && !allEdits().length;
  return said(now ? words.alarmToday : words.alarmPlan, { who: each.join(words.comma) });
}

// Children who will have no school in a later year: of the year of the slider, else of all years to come; "" for none.
function laterAlarm() {
  const each = Years.later().flatMap(({ stage, years, most, worst }) => {
    const one = { stage: stageName(stage), n: people(most), y: worst };
    if (state.year === undefined)
      return [said(words.laterYears, { ...one, years: Years.spans(years).join(words.listed) })];
    if (!years.includes(state.year) || Years.planOf(state.year) !== undefined) return []; // a plan of its own says so
    return [said(words.laterYear, { ...one, y: state.year, n: people(Years.short(stage, state.year)) })];
  });
  return each.join(state.lang === "zh" ? "；" : "; ");
}

// The plan's title with the stage its sentence speaks of.
const titled = () => `${planTitle()} · ${stageName()}`;

const BINDING = [
  "unplaced",
  "unsafe_building",
  "no_closure_way_unsafe",
  "no_closure_majority_against",
  "no_closure_beds_short",
  "seats",
  "super_large_class",
  "no_closure_large_class",
  "no_closure_over_size",
  "large_class",
  "built_before_closed",
  "class_size",
  "school_size",
];

// Most severe first: what costs a child its school or its safety, then what is over-full, then the rest.
const severity = (rule) => (BINDING.includes(rule) ? BINDING.indexOf(rule) : BINDING.length);

// How a rule stands while edits are on the page: judged with them, or only for the plan without.
const judgedNow = (rule, now) =>
  !now.live ? "" : LIVE.has(rule) ? words.judgedLive : PARTLY.has(rule) ? words.judgedPartly : words.judgedPlan;

const LIVE = new Set([
  "seats",
  "school_size",
  "large_class",
  "class_size",
  "reach_minutes",
  "reach_metres",
  "unplaced",
]);
const PARTLY = new Set([
  "no_closure_way_unsafe",
  "no_closure_beds_short",
  "no_closure_over_size",
  "no_closure_large_class",
  "unsafe_building",
]);

// What narrows the view: a band of grades, a year.
function narrowed() {
  const parts = [];
  if (gradesShown()) parts.push({ key: "grades", text: said(words.onlyGrades, { grades: gradesShown() }) });
  if (state.year !== undefined) {
    const own = Years.planOf(state.year) !== undefined;
    parts.push({ key: "year", text: said(own ? words.planOfYear : words.onlyYear, { year: state.year }) });
  }
  if (state.only) parts.push({ key: "only", text: said(words.onlyThese, { what: Only.textOf(state.only) }) });
  return parts;
}

export {
  planTitle,
  titled,
  laterAlarm,
  allEdits,
  editWords,
  editLines,
  sentence,
  alarm,
  severity,
  judgedNow,
  narrowed,
  ruleName,
};
