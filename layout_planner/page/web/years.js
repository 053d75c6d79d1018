// The children of the years to come against the seats of the plan shown, edits and all; and the years of a phasing.

import { STATE } from "../../live/web/logic.js";
import { NOTHING, data, editsOf, missing, state, viewOf } from "./reader.js";

const forecast = (stage) => (data.years && data.years.forecast && data.years.forecast[stage]) || null;

// The plan a year of a phasing shows; undefined where there is none.
const planOf = (year) => (data.years && data.years.plans ? data.years.plans[year] : undefined);

// Township → seats that the reader's edits add to those of the plan, or take; null where one is not known.
function byEdits(stage, plan) {
  const edits = editsOf(stage, plan),
    more = new Map();
  if (!edits.length) return more;
  const count = ({ schools }, sign) =>
    schools.at.forEach((school, k) => {
      if (schools.state[k] !== STATE.open) return;
      const at = townshipOf(school),
        was = more.has(at) ? more.get(at) : 0;
      more.set(at, was === null || schools.seats[k] === null ? null : was + sign * schools.seats[k]);
    });
  count(viewOf(stage, plan, edits), 1);
  count(viewOf(stage, plan, NOTHING), -1);
  return more;
}

// A school the reader put on the map lies in the township of the nearest village.
function townshipOf(school) {
  const told = data.schools.township[school];
  if (told >= 0) return told;
  const { lon, lat, township } = data.places;
  const far = (k) => Math.hypot(lon[k] - data.schools.lon[school], lat[k] - data.schools.lat[school]);
  let best = -1;
  for (let k = 0; k < lon.length; k++) if (township[k] >= 0 && (best < 0 || far(k) < far(best))) best = k;
  return best < 0 ? -1 : township[best];
}

// Children and seats of every township in a year: [{at, pupils, seats}], seats null where not known; null without a
// forecast of the stage.
function townships(stage = state.stage, year = state.year, plan = state.plan) {
  const told = forecast(stage),
    k = told ? data.years.years.indexOf(year) : -1;
  if (k < 0) return null;
  const more = byEdits(stage, plan);
  return told.pupils.map((row, at) => {
    const parts = [told.seats[at][k], told.added[plan][at], more.has(at) ? more.get(at) : 0];
    return { at, pupils: row[k], seats: parts.includes(null) ? null : parts.reduce((sum, part) => sum + part) };
  });
}

// Children of the whole county beyond its seats in a year, who must be without one wherever they are sent; null where
// it is not known.
function short(stage, year, plan = state.plan) {
  const rows = townships(stage, year, plan);
  if (!rows || rows.some(({ pupils, seats }) => pupils === null || seats === null)) return null;
  return Math.max(0, rows.reduce((sum, { pupils, seats }) => sum + pupils - seats, 0)); // prettier-ignore
}

// When children will be without a school by the plan shown: [{stage, years, most, worst}]; the years of a phasing by
// their plans.
function later() {
  if (!data.years) return [];
  const years = data.years.years.filter((year) => year > data.year);
  return data.stages.flatMap(({ id }) => {
    const found = years
      .map((year) => ({ year, n: planOf(year) === undefined ? short(id, year) || 0 : lost(id, planOf(year)) }))
      .filter(({ n }) => n > 0.5);
    if (!found.length) return [];
    const worst = found.reduce((a, b) => (b.n > a.n ? b : a));
    return [{ stage: id, years: found.map(({ year }) => year), most: worst.n, worst: worst.year }];
  });
}

const lost = (stage, plan) => missing(plan).filter((row) => row.stage === stage).reduce((sum, { total }) => sum + total, 0); // prettier-ignore

// "2024–2027, 2030".
function spans(years) {
  const runs = [];
  for (const year of years) {
    const last = runs[runs.length - 1];
    if (last && year === last[1] + 1) last[1] = year;
    else runs.push([year, year]);
  }
  return runs.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`));
}

export { forecast, planOf, townships, short, later, spans };
