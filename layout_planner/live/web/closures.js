// The rules that forbid a closure, judged for the reader's own edits against the plan they start from, as
// measures/findings/closures.py and schools.py judge a plan against its base. No page, no state.

import { BOARD } from "./whatif.js";

const DUST = 1e-9;

// What breaks them: {key, rule, kind: "school", at, value, limit, pupils, severity, source, what?, data?}; `at` is a position
// among the stage's sites, `what` a text in both languages, `data` what was held: "beds", "canteen", "building".
function closureFindings(base, result, table, edits) {
  const { closures: rules } = base.block.limits,
    found = [];
  const add = (rule, at, value, pupils, more = {}) => {
    const cited = rules[rule];
    if (!cited || !(value - cited.value > DUST)) return;
    const { severity, source } = cited;
    found.push({ key: `${rule}|${at}|${more.data || ""}`, rule, kind: "school", at, value, limit: cited.value, pupils, severity, source, ...more }); // prettier-ignore
  };
  const took = receivers(base, result),
    boards = boardersAt(base, result, took);
  for (const row of table) {
    if (!took.has(row.site)) continue;
    const { known, beds, canteen, other, size } = base.schools,
      board = boards.get(row.site) || 0;
    if (known[row.site]) add("no_closure_beds_short", row.site, board - beds[row.site], board, { data: "beds" });
    if (!Number.isNaN(canteen[row.site]))
      add("no_closure_beds_short", row.site, board - canteen[row.site], board, { data: "canteen" });
    add("no_closure_over_size", row.site, row.roll + other[row.site] - size[row.site], row.roll);
    add("no_closure_large_class", row.site, row.large, row.inLarge);
  }
  for (const [site, pupils] of tooFar(base, result)) add("no_closure_way_unsafe", site, pupils, pupils);
  return [...found, ...unsafeBuildings(base, table, edits)];
}

const closes = (base, result, site) => base.schools.open[site] === 1 && result.now.open[site] === 0;

// Pupils each open school takes from those that close.
function receivers(base, result) {
  const took = new Map();
  for (const one of result.moved)
    if (one.from >= 0 && closes(base, result, one.from)) took.set(one.site, (took.get(one.site) || 0) + one.pupils);
  return took;
}

function boardersAt(base, result, took) {
  const found = new Map();
  const add = (site, pupils) => took.has(site) && found.set(site, (found.get(site) || 0) + pupils);
  for (const row of base.boarding) add(base.pairs.site[base.rows.pair[row]], result.left[row]);
  for (const one of result.moved) if (one.how === BOARD) add(one.site, one.pupils);
  return found;
}

// Pupils of closed schools by school whose new way is beyond the limit and longer than the old one.
function tooFar(base, result) {
  const { limits, pace } = base.block,
    sums = new Map();
  for (const one of result.moved) {
    if (one.from < 0 || one.how === BOARD || !closes(base, result, one.from)) continue;
    const minutes = one.minutes * pace[one.grade];
    const beyond = (rule, value) => rule[one.grade] >= 0 && value > limits.cited[rule[one.grade]].value + DUST;
    if (!beyond(limits.reachMinutes, minutes) && !beyond(limits.reachMetres, one.metres)) continue;
    if (minutes <= wayBefore(base, one) * pace[one.grade] + DUST) continue;
    sums.set(one.from, (sums.get(one.from) || 0) + one.pupils);
  }
  return sums;
}

function wayBefore(base, one) {
  if (!base.pairAt) {
    base.pairAt = new Map();
    const { pairs, rows } = base;
    for (let pair = 0; pair < pairs.site.length; pair++)
      for (let row = pairs.start[pair]; row < pairs.start[pair + 1]; row++)
        base.pairAt.set(
          (pairs.place[pair] * base.site.length + pairs.site[pair]) * base.grades + rows.grade[row],
          pair,
        );
  }
  const pair = base.pairAt.get((one.place * base.site.length + one.from) * base.grades + one.grade);
  return pair === undefined ? NaN : base.pairs.minutes[pair];
}

// Schools with a dangerous building that get more pupils, or more seats.
function unsafeBuildings(base, table, edits) {
  const { building } = base.schools,
    built = new Set(edits.filter((edit) => edit.do === "expand").map((edit) => edit.site)),
    words = base.block.limits.building,
    found = [];
  const before = startRolls(base);
  for (const row of table) {
    const grade = { 3: "C", 4: "D" }[building[row.site]],
      more = Math.max(0, row.roll - before[row.site]);
    if (!grade || (more < 0.5 && !built.has(row.site))) continue;
    found.push({
      key: `unsafe_building|${row.site}|`,
      rule: "unsafe_building",
      kind: "school",
      at: row.site,
      value: more,
      limit: 0,
      pupils: more,
      severity: "breach",
      source: words.source,
      what: words[grade],
      data: "building",
    });
  }
  return found;
}

// Rolls of the start, pupils from outside included.
function startRolls(base) {
  const roll = Float64Array.from(base.roll);
  base.outside.site.forEach((site, k) => {
    if (base.schools.open[site]) roll[site] += base.outside.pupils[k];
  });
  return roll;
}

export { closureFindings };
