// The villages a plan touches: who changes school, from where to where, minutes before and after. No page, no state.

import { HOW } from "./logic.js";
import { pairsOf } from "./whatif.js";

// Rows {place, from, to, pupils, before, after, why}; from or to is −1 where a child has no school. `now` and `then` are
// views of one stage; of the children of a place as many as possible count as staying, the rest are paired in the order of
// the schools, so that a child is counted once.
function affected(now, then) {
  const kept = told.get(now);
  if (kept && kept.then === then) return kept.rows;
  const rows = now.live ? fromResult(now) : paired(now, then);
  rows.sort((a, b) => a.place - b.place || a.from - b.from || a.to - b.to);
  told.set(now, { then, rows });
  return rows;
}

// Worked out once for two views: the map, the table and the files ask for the same.
const told = new WeakMap();

// With the reader's edits it is known who went where.
function fromResult({ start, result, painted, schools }) {
  const sums = new Map(),
    { pace } = start.block;
  const add = (one, to, minutes) => {
    const from = one.from < 0 ? -1 : start.site[one.from],
      key = `${one.place}|${from}|${to}`;
    if (!sums.has(key)) sums.set(key, { place: one.place, from, to, pupils: 0, old: mean(), new: mean() });
    const row = sums.get(key);
    row.pupils += one.pupils;
    row.old.add(wayOf(start, one) * pace[one.grade], one.pupils);
    row.new.add(minutes * pace[one.grade], one.pupils);
  };
  for (const one of result.moved) add(one, start.site[one.site], one.minutes);
  for (const one of result.lost) add(one, -1, NaN);
  return [...sums.values()].map((row) => ({
    place: row.place,
    from: row.from,
    to: row.to,
    pupils: row.pupils,
    before: row.old.value(),
    after: row.new.value(),
    why: row.to < 0 ? "lost" : painted.get(row.place) === row.to ? "painted" : whyFrom(schools, row.from),
  }));
}

const whyFrom = (schools, from) => {
  if (from < 0) return "waited";
  const state = schools.state[schools.at.indexOf(from)];
  return state === 0 ? "full" : "ended";
};

function wayOf(start, one) {
  const [first, last] = pairsOf(start, one.place);
  for (let pair = first; pair < last; pair++) if (start.pairs.site[pair] === one.from) return start.pairs.minutes[pair];
  return NaN;
}

function mean() {
  let sum = 0,
    known = 0;
  return {
    add(value, pupils) {
      if (!Number.isNaN(value)) [sum, known] = [sum + value * pupils, known + pupils];
    },
    value: () => (known > 0 ? sum / known : null),
  };
}

// Two plans side by side, place by place.
function paired(now, then) {
  const before = byPlace(then.ways),
    after = byPlace(now.ways),
    rows = [];
  for (const [place, old] of before) {
    const mine = after.get(place) || new Map();
    const schools = [...new Set([...old.keys(), ...mine.keys()])].sort((a, b) => a - b);
    const leaves = [],
      joins = [];
    for (const school of schools) {
      const change = ((mine.get(school) || {}).pupils || 0) - ((old.get(school) || {}).pupils || 0);
      if (change < -1e-6) leaves.push({ school, left: -change });
      if (change > 1e-6) joins.push({ school, left: change });
    }
    for (const from of leaves) {
      for (const to of joins) {
        const pupils = Math.min(from.left, to.left);
        if (!(pupils > 1e-6)) continue;
        from.left -= pupils;
        to.left -= pupils;
        rows.push(row(place, from.school, to.school, pupils, old.get(from.school), mine.get(to.school), now.schools));
      }
      if (from.left > 1e-6) rows.push(row(place, from.school, -1, from.left, old.get(from.school), null, now.schools));
    }
  }
  return rows;
}

const row = (place, from, to, pupils, old, next, schools) => ({
  place,
  from,
  to,
  pupils,
  before: old ? old.minutes : null,
  after: next ? next.minutes : null,
  why: to < 0 ? "lost" : schools.state[schools.at.indexOf(from)] === 0 ? "rezoned" : "ended",
});

// Place → school → pupils and mean minutes, however they come.
function byPlace(ways) {
  const found = new Map();
  ways.place.forEach((place, k) => {
    if (!found.has(place)) found.set(place, new Map());
    const mine = found.get(place),
      school = ways.school[k];
    const was = mine.get(school) || { pupils: 0, minutes: null };
    const pupils = was.pupils + ways.pupils[k];
    const known = ["board", "lodge"].includes(HOW[ways.how[k]]) ? null : ways.minutes[k];
    const minutes =
      was.minutes === null || known === null
        ? (was.minutes ?? known)
        : (was.minutes * was.pupils + known * ways.pupils[k]) / pupils;
    mine.set(school, { pupils, minutes });
  });
  return found;
}

// Places from or to which some child goes another way than in the other plan, without pairing who goes where: school by
// school the pupils of each place are set side by side.
function concernedPlaces(now, then) {
  const found = new Set(),
    mine = sums(now),
    other = sums(then);
  for (const [key, pupils] of mine)
    if (Math.abs(pupils - (other.get(key) || 0)) > 1e-6) found.add(Math.floor(key / MANY));
  for (const key of other.keys()) if (!mine.has(key)) found.add(Math.floor(key / MANY));
  return found;
}

const MANY = 2 ** 21;
function sums({ start, result }) {
  const { pairs, site } = start,
    found = new Map();
  for (let pair = 0; pair < pairs.site.length; pair++) {
    let pupils = 0;
    for (let row = pairs.start[pair]; row < pairs.start[pair + 1]; row++) pupils += result.left[row];
    const key = pairs.place[pair] * MANY + site[pairs.site[pair]];
    if (pupils > 0) found.set(key, (found.get(key) || 0) + pupils);
  }
  return found;
}

// Pupils concerned by place, those who lose their school among them.
function byVillage(rows) {
  const sums = new Map();
  for (const { place, pupils } of rows) sums.set(place, (sums.get(place) || 0) + pupils);
  return sums;
}

export { affected, byVillage, concernedPlaces };
