// What a stage of a plan looks like, with the reader's edits or without: figures, schools, places, findings, who is left
// without a school. Positions are the page's. No page, no state.

import { STATE, hasSchoolElsewhere } from "./logic.js";
import * as Whatif from "./whatif.js";
import * as Gauge from "./gauge.js";
import * as Views from "./views.js";
import { closureFindings } from "./closures.js";

const LIVE_CLOSURES = new Set([
  "no_closure_way_unsafe",
  "no_closure_beds_short",
  "no_closure_over_size",
  "no_closure_large_class",
  "unsafe_building",
]);

// Edits name schools by their place on the page, the engine by their place among the stage's sites.
const asked = (start, edits) =>
  edits.map((edit) => ({
    ...edit,
    site: start.at.get(edit.school),
    into: start.at.get(edit.into),
    to: edit.site,
  }));

// `fixed` is what Python told of the plan, `start` the start of a what-if; what the figures do not need is worked out
// when it is looked at.
function liveView(fixed, start, edits, { seats, grades }) {
  const told = asked(start, edits),
    result = Whatif.run(start, told, { seats });
  const view = { ...fixed, start, result, live: edits.length > 0, missing: missingOf(fixed) };
  once(view, "table", () => Gauge.schools(start, result));
  once(view, "figures", () => Gauge.figures(start, result, view.table));
  once(view, "people", () => Gauge.people(start, result, view.figures));
  once(view, "places", () => Views.places(start, result, grades));
  once(view, "ways", () => Views.ways(start, result, grades));
  once(view, "findings", () => findings(fixed, start, result, view.table, told));
  // The rules that bind and are broken: Python told them of a plan without edits.
  if (edits.length || !fixed.red) once(view, "red", () => binding(view.findings));
  return edits.length ? Object.assign(view, changed(fixed, start, result, view.table, edits, view.figures)) : view;
}

// A property worked out when it is first looked at.
function once(object, key, what) {
  let value;
  Object.defineProperty(object, key, {
    enumerable: true,
    configurable: true,
    get() {
      return value === undefined ? (value = what()) : value;
    },
  });
}

const binding = (found) => [...new Set(found.filter(({ severity }) => severity !== "advice").map(({ rule }) => rule))];

// Children without a school in a plan as Python told it.
function missingOf({ unplaced }) {
  if (!unplaced) return { total: 0, unknown: 0, homeless: 0 };
  const total = unplaced.pupils.reduce((sum, n, k) => (hasSchoolElsewhere(unplaced, k) ? sum : sum + n), 0);
  return { total, unknown: 0, homeless: 0 };
}

// What a plan's own block says is only right while nothing is changed.
function changed(fixed, start, result, table, edits, figures) {
  const rows = new Map(table.map((row) => [start.site[row.site], row]));
  const { at, state: was, seats, closed } = withNew(fixed.schools, start, rows);
  // Who waits for a seat has asked again; who has no way, or learns elsewhere, is as before.
  const away = fixed.unplaced.place.map((_, k) => k).filter((k) => !fixed.unplaced.waits[fixed.unplaced.reason[k]]);
  const lost = Views.lost(result),
    counted = (ks) => ks.reduce((sum, k) => sum + fixed.unplaced.pupils[k], 0);
  const now = (school, k) => (rows.has(school) ? STATE.open : was[k] === STATE.open ? STATE.ended : was[k]);
  const elsewhere = away.filter((k) => hasSchoolElsewhere(fixed.unplaced, k)),
    unplaced = counted(away) - counted(elsewhere) + figures.unplaced;
  const told = { ...figures, unplaced, elsewhere: counted(elsewhere) };
  return {
    edited: new Set(edits.filter((edit) => edit.do !== "pin").map((edit) => edit.school)),
    painted: new Map(edits.filter((edit) => edit.do === "pin").map((edit) => [edit.place, edit.school])),
    schools: {
      at,
      state: at.map(now),
      roll: at.map((school) => (rows.has(school) ? rows.get(school).roll : null)),
      seats: at.map((school, k) => (rows.has(school) ? finite(result.now.seats[start.at.get(school)]) : seats[k])),
      closed: closed.map((year, k) => (rows.has(at[k]) ? null : year)),
    },
    schoolScores: [],
    money: null,
    missing: {
      total: unplaced,
      unknown: figures.unknown,
      homeless: result.homeless,
    },
    moves: Views.moves(start, result),
    lostFrom: Views.lostFrom(start, result),
    unplaced: {
      ...fixed.unplaced,
      place: [...away.map((k) => fixed.unplaced.place[k]), ...lost.place],
      pupils: [...away.map((k) => fixed.unplaced.pupils[k]), ...lost.pupils],
      reason: [...away.map((k) => fixed.unplaced.reason[k]), ...lost.reason],
    },
    scores: (fixed.scores.some((row) => row.measure === "pupils_moved")
      ? fixed.scores
      : [...fixed.scores, fixed.movedRow]
    )
      .filter((row) => row.measure in told || row.measure === "pupils")
      .map((row) => {
        const value = row.measure in told ? told[row.measure] : row.value;
        const fresh = row.measure === "pupils_moved" || row.measure === "share_moved"; // counted from the plan shown
        return { ...row, value, fresh, ok: row.limit === null || value === null ? null : value <= row.limit + 1e-9 };
      }),
  };
}

// New schools that are open stand behind those the plan knows.
function withNew(schools, start, rows) {
  const known = new Set(schools.at),
    more = [...start.site].filter((school) => !known.has(school) && rows.has(school));
  if (!more.length) return schools;
  const added = (value) => more.map(() => value);
  return {
    at: [...schools.at, ...more],
    state: [...schools.state, ...added(STATE.site)],
    seats: [...schools.seats, ...added(null)],
    closed: [...schools.closed, ...added(null)],
  };
}

const finite = (value) => (Number.isFinite(value) ? value : null);

// Breaches: what the page judges (`judged: "live"`), and what only Python judges, which holds for the plan without edits
// (`judged: "plan"`). Rules that forbid a closure are judged for the edits beside what the plan itself was found to break.
function findings(fixed, start, result, table, edits) {
  const live = edits.length > 0;
  const placed = (found) => ({
    ...found,
    judged: "live",
    at: found.kind === "school" ? start.site[found.at] : found.at,
  });
  const own = Gauge.findings(start, result, table).map(placed);
  const closures = live ? closureFindings(start, result, table, edits).map(placed) : [];
  const told = fixed.findings.map((found) => ({
    ...found,
    key: `plan|${found.rule}|${found.at}|${found.what.zh}`,
    judged: live ? "plan" : "live",
  }));
  return [...own, ...closures, ...(live ? kept(fixed) : unplacedFindings(fixed)), ...told];
}

// Children who had no way before any edit are without a place still.
const kept = (fixed) => unplacedFindings(fixed, (k) => !fixed.unplaced.waits[fixed.unplaced.reason[k]]);

// Who learns elsewhere has a school: nothing is found of them.
const unplacedFindings = ({ unplaced }, which = () => true) =>
  unplaced.place
    .map((_, k) => k)
    .filter((k) => !hasSchoolElsewhere(unplaced, k) && which(k))
    .map((k) => ({
      key: `unplaced|${unplaced.place[k]}|${unplaced.reason[k]}`,
      rule: "unplaced",
      judged: "live",
      kind: "place",
      at: unplaced.place[k],
      value: unplaced.pupils[k],
      limit: 0,
      pupils: unplaced.pupils[k],
      severity: "breach",
      source: null,
    }));

export { liveView, missingOf, binding, LIVE_CLOSURES };
