// The figures of a what-if: ways, loads, classes, findings, as measures/ works them out. No page, no state.

import { away, stays } from "./whatif.js";

const DUST = 1e-6;

// ---- ways -----------------------------------------------------------------------------------------------------

// Rows of the start who come by day, in order of one unit of their way, unknown ways left out; worked out once a start.
function ordered(base, unit) {
  const kept = (base.ordered ||= {});
  if (kept[unit]) return kept[unit];
  const { rows, pairs, block } = base,
    known = new Float64Array(rows.pupils.length),
    keep = [];
  for (let row = 0; row < known.length; row++) {
    if (away(rows.how[row])) continue;
    const pair = rows.pair[row];
    known[row] = unit === "minutes" ? pairs.minutes[pair] * block.pace[rows.grade[row]] : pairs.metres[pair];
    if (!Number.isNaN(known[row])) keep.push(row);
  }
  const order = Uint32Array.from(keep).sort((a, b) => known[a] - known[b] || a - b);
  return (kept[unit] = { order, values: Float64Array.from(order, (row) => known[row]) });
}

// Mean, quantiles and longest of the ways of those who come by day; null where nobody does.
function ways(base, result, unit) {
  const { order, values: sorted } = ordered(base, unit),
    { left } = result,
    { pace } = base.block;
  const extra = result.moved
    .filter((one) => !away(one.how) && !Number.isNaN(one.minutes))
    .map((one) => [unit === "minutes" ? one.minutes * pace[one.grade] : one.metres, one.pupils])
    .sort((a, b) => a[0] - b[0]);
  extra.push([Infinity, 0]);
  const found = { mean: 0 },
    goals = { median: 0.5, p90: 0.9, p95: 0.95 };
  let total = 0,
    sum = 0,
    max = NaN;
  merged(order, sorted, left, extra, (value, pupils) => {
    total += pupils;
    sum += value * pupils;
    max = value;
    return false;
  });
  if (!total) return null;
  found.mean = sum / total;
  const wanted = Object.entries(goals).map(([key, share]) => [key, share * total * (1 - 1e-12) - 1e-12 * total]);
  let run = 0;
  merged(order, sorted, left, extra, (value, pupils) => {
    run += pupils;
    while (wanted.length && run >= wanted[0][1]) found[wanted.shift()[0]] = value;
    return !wanted.length;
  });
  return { ...found, max };
}

// Two sorted lists as one, those who stay and those who moved: what(value, pupils), until it says enough.
function merged(order, sorted, left, extra, what) {
  let k = 0;
  for (let at = 0; at <= order.length; at++) {
    const value = at < order.length ? sorted[at] : Infinity;
    while (extra[k][0] < value) if (what(...extra[k++])) return;
    if (at === order.length) return;
    const pupils = left[order[at]];
    if (pupils > 0 && what(value, pupils)) return;
  }
}

// Every child who comes by day: what(place, grade, adult minutes, metres, pupils).
function eachDay(base, result, what) {
  const { rows, pairs } = base;
  for (let row = 0; row < rows.pupils.length; row++) {
    if (!(result.left[row] > 0) || away(rows.how[row])) continue;
    const pair = rows.pair[row];
    what(pairs.place[pair], rows.grade[row], pairs.minutes[pair], pairs.metres[pair], result.left[row]);
  }
  for (const one of result.moved) if (!away(one.how)) what(one.place, one.grade, one.minutes, one.metres, one.pupils);
}

// Pupils by class of the paced way; a class holds its upper limit. The last number is of those whose way is unknown.
function histogram(base, result, limits, grades = 0xffff) {
  const counts = new Float64Array(limits.length + 2),
    { pace } = base.block;
  eachDay(base, result, (place, grade, minutes, metres, pupils) => {
    if (!((grades >> grade) & 1)) return;
    const value = minutes * pace[grade];
    let k = 0;
    while (k < limits.length && value > limits[k]) k++;
    counts[Number.isNaN(value) ? limits.length + 1 : k] += pupils;
  });
  return counts;
}

// Pupils judged by a reach, and those beyond it: those of the start, less who left their row, and who moved.
function beyond(base, result, unit) {
  const { limits, pace } = base.block,
    rule = limits[unit === "minutes" ? "reachMinutes" : "reachMetres"],
    found = { judged: 0, far: 0 };
  if (rule.every((at) => at < 0)) return found;
  const count = (grade, minutes, metres, pupils) => {
    const value = unit === "minutes" ? minutes * pace[grade] : metres;
    if (rule[grade] < 0 || Number.isNaN(value)) return;
    found.judged += pupils;
    if (value > limits.cited[rule[grade]].value + 1e-9) found.far += pupils;
  };
  const { rows, pairs } = base,
    row = (at, pupils) =>
      !away(rows.how[at]) && count(rows.grade[at], pairs.minutes[rows.pair[at]], pairs.metres[rows.pair[at]], pupils);
  const start = ((base.beyond ||= {})[unit] ||= atStart(rows, row, found));
  [found.judged, found.far] = start;
  for (const at of result.touched) row(at, result.left[at] - rows.pupils[at]);
  for (const one of result.moved) if (!away(one.how)) count(one.grade, one.minutes, one.metres, one.pupils);
  return found;
}

function atStart(rows, row, found) {
  rows.pupils.forEach((pupils, at) => row(at, pupils));
  return [found.judged, found.far];
}

// ---- schools --------------------------------------------------------------------------------------------------

// Pupils by school and grade, those from outside included: [site · grades + grade].
function rolls(base, result) {
  const { rows, pairs, grades, outside, schools: before } = base,
    { open } = result.now,
    table = Float64Array.from(flowRolls(base));
  for (const row of result.touched)
    table[pairs.site[rows.pair[row]] * grades + rows.grade[row]] -= rows.pupils[row] - result.left[row];
  before.open.forEach((was, site) => was && !open[site] && table.fill(0, site * grades, (site + 1) * grades));
  for (const one of result.moved) table[one.site * grades + one.grade] += one.pupils;
  outside.site.forEach((at, k) => {
    if (stays(base, result.now, at, outside.grade[k])) table[at * grades + outside.grade[k]] += outside.pupils[k];
  });
  return table;
}

// The same of the start, pupils from outside left out; worked out once.
function flowRolls(base) {
  if (!base.flowRolls) {
    const { rows, pairs, grades } = base,
      table = new Float64Array(base.site.length * grades);
    rows.pupils.forEach((pupils, row) => (table[pairs.site[rows.pair[row]] * grades + rows.grade[row]] += pupils));
    base.flowRolls = table;
  }
  return base.flowRolls;
}

// Classes of one school: formed grade by grade; where rooms do not suffice the fullest get the next one.
function formed(heads, limits, rooms) {
  const wanted = heads.map((pupils, g) => Math.ceil(pupils / limits[g] - 1e-9));
  if (!(wanted.reduce((a, b) => a + b, 0) > rooms)) return wanted;
  const classes = heads.map((pupils) => (pupils > 0 ? 1 : 0));
  let count = classes.reduce((a, b) => a + b, 0);
  while (count < rooms) {
    let fullest = 0,
      most = -1;
    heads.forEach((pupils, g) => {
      const size = classes[g] > 0 ? pupils / Math.max(classes[g], 1) : -1;
      if (size > most) [most, fullest] = [size, g];
    });
    classes[fullest]++;
    count++;
  }
  return classes;
}

// The returned classes of a school and grade, while its roll is still the returned one.
function returnedOf(base) {
  if (!base.returnedAt) {
    base.returnedAt = new Map();
    base.returned.site.forEach((site, k) => base.returnedAt.set(site * base.grades + base.returned.grade[k], k));
  }
  return base.returnedAt;
}

// One row an open school: roll, seats, over, classes, largest, large …, and by grade what the rules ask.
function schools(base, result) {
  const { grades, block, returned } = base,
    table = rolls(base, result),
    at = returnedOf(base);
  const { large, huge, classes: limits } = block.limits;
  const found = [];
  for (let site = 0; site < base.site.length; site++) {
    if (!result.now.open[site]) continue;
    const heads = Array.from(table.subarray(site * grades, (site + 1) * grades));
    const roll = heads.reduce((a, b) => a + b, 0),
      seats = result.now.seats[site];
    const changed = heads.some((pupils, g) => Math.abs(pupils - startRolls(base)[site * grades + g]) >= DUST);
    const plan = formed(heads, limits, result.now.rooms[site]);
    const school = { site, roll, seats, over: Number.isFinite(seats) ? Math.max(roll - seats, 0) : 0 };
    Object.assign(school, { classes: 0, largest: NaN, large: 0, huge: 0, inLarge: 0, byGrade: [] });
    heads.forEach((pupils, g) => {
      if (!(pupils > 0)) return;
      const k = at.get(site * grades + g);
      const same = k !== undefined && Math.abs(returned.pupils[k] - pupils) < DUST;
      const row =
        same && !(changed && returned.register[k]) ? told(returned, k) : counted(pupils, plan[g], large, huge);
      school.classes += row.classes;
      school.largest = Number.isNaN(school.largest) ? row.largest : Math.max(school.largest, row.largest);
      school.large += row.large;
      school.huge += row.huge;
      school.inLarge += row.inLarge;
      school.byGrade.push({ grade: g, pupils, largest: row.largest });
    });
    found.push(school);
  }
  return found;
}

const told = (returned, k) => ({
  classes: returned.classes[k],
  largest: returned.largest[k],
  large: returned.large[k],
  huge: returned.super_large[k],
  inLarge: returned.in_large[k],
});

function counted(pupils, classes, large, huge) {
  const each = Math.max(classes, 1),
    small = Math.floor(pupils / each + 1e-9),
    bigger = Math.round(pupils - small * classes);
  const over = (limit) => (small >= limit ? classes : small + 1 >= limit ? bigger : 0);
  return {
    classes,
    largest: Math.ceil(pupils / each - 1e-9),
    large: over(large),
    huge: over(huge),
    inLarge: small >= large ? pupils : small + 1 >= large ? bigger * (small + 1) : 0,
  };
}

const startRolls = (base) =>
  (base.startRolls ||= rolls(base, {
    left: base.rows.pupils,
    touched: [],
    moved: [],
    now: { open: base.schools.open, offers: base.schools.offers },
  }));

// ---- figures --------------------------------------------------------------------------------------------------

const sum = (rows, key) => rows.reduce((total, row) => total + row[key], 0);

// The county's measures by the names of the scorecard, and two of the page's own: small_schools, unknown.
function figures(base, result, table = schools(base, result)) {
  const { limits } = base.block,
    known = table.filter((school) => Number.isFinite(school.seats));
  const seats = sum(known, "seats"),
    classes = sum(table, "classes"),
    roll = sum(table, "roll");
  const { rows } = base,
    { left } = result;
  let placed = sum(result.moved, "pupils") + base.roll.reduce((a, b) => a + b, 0),
    boarders = 0;
  for (const row of result.touched) placed -= rows.pupils[row] - left[row];
  for (const row of [...base.boarding, ...base.lodging]) boarders += left[row];
  const changed = sum(
    result.moved.filter((one) => one.from >= 0),
    "pupils",
  );
  boarders += sum(
    result.moved.filter((one) => away(one.how)),
    "pupils",
  );
  const found = {
    placed,
    schools: table.length,
    boarders,
    seats: known.length === table.length ? seats : null,
    load: seats ? sum(known, "roll") / seats : null,
    over_full_schools: table.filter((school) => school.over > DUST).length,
    over_full_pupils: sum(table, "over"),
    classes,
    class_size: classes ? roll / classes : null,
    largest_class: table.reduce((most, school) => (school.largest > most ? school.largest : most), 0) || null,
    large_classes: sum(table, "large"),
    super_large_classes: sum(table, "huge"),
    pupils_moved: changed,
    share_moved: placed ? (100 * changed) / placed : null,
    unplaced: sum(result.lost, "pupils") + result.homeless,
    unknown:
      sum(
        result.lost.filter((one) => one.why === "unknown"),
        "pupils",
      ) + result.homeless,
    small_schools: limits.leastRoll
      ? table.filter((school) => school.roll > 0 && school.roll < limits.leastRoll.value).length
      : null,
  };
  for (const unit of ["minutes", "metres"]) {
    const told = ways(base, result, unit);
    for (const [key, value] of Object.entries(told || {})) found[`${unit}_${key}`] = value;
    const { judged, far } = beyond(base, result, unit);
    if (judged) found[`beyond_reach_${unit}`] = (100 * far) / judged;
  }
  return found;
}

// Whom the figures count: pupils with a place, and those of them who come by day by a known way.
function people(base, result, figures) {
  let day = 0;
  const start = (base.dayPeople ||= ordered(base, "minutes").order.reduce(
    (all, row) => all + base.rows.pupils[row],
    0,
  ));
  for (const row of result.touched)
    if (!away(base.rows.how[row]) && !Number.isNaN(base.pairs.minutes[base.rows.pair[row]]))
      day -= base.rows.pupils[row] - result.left[row];
  for (const one of result.moved) if (!away(one.how) && !Number.isNaN(one.minutes)) day += one.pupils;
  return { placed: figures.placed, day: start + day };
}

// ---- findings -------------------------------------------------------------------------------------------------

// What breaks the rules the page judges: {key, rule, kind, at, value, limit, pupils, severity, source}; `at` is the
// position of a school among the stage's sites, or of a place. `key` is the same for the same breach.
function findings(base, result, table = schools(base, result)) {
  const { limits } = base.block,
    found = [];
  const binds = (cited, kind, at) => cited && bound(base, cited, kind, at);
  const add = (rule, kind, at, value, limit, pupils, cited = null, band = "") =>
    found.push({
      key: `${rule}|${at}|${band}`,
      rule,
      kind,
      at,
      value,
      limit,
      pupils,
      severity: cited ? cited.severity : "breach",
      source: cited ? cited.source : null,
    });
  for (const school of table) {
    const { site, roll, largest } = school;
    if (school.over > DUST) add("seats", "school", site, roll, school.seats, school.over);
    if (binds(limits.schoolSize, "sites", site) && roll > limits.schoolSize.value)
      add("school_size", "school", site, roll, limits.schoolSize.value, roll, limits.schoolSize);
    if (binds(limits.largeClass, "sites", site) && largest >= limits.largeClass.value)
      add("large_class", "school", site, largest, limits.largeClass.value, school.inLarge, limits.largeClass);
    for (const rule of new Set(limits.classSize.filter((at) => at >= 0))) {
      const cited = limits.cited[rule];
      if (!binds(cited, "sites", site)) continue;
      const over = school.byGrade.filter((row) => limits.classSize[row.grade] === rule && row.largest > cited.value);
      if (!over.length) continue;
      const worst = Math.max(...over.map((row) => row.largest));
      add("class_size", "school", site, worst, cited.value, sum(over, "pupils"), cited, rule);
    }
  }
  for (const unit of ["minutes", "metres"]) reach(base, result, unit, add);
  const left = new Map();
  for (const one of result.lost) left.set(one.place, (left.get(one.place) || 0) + one.pupils);
  for (const [place, pupils] of left) add("unplaced", "place", place, pupils, 0, pupils);
  return found;
}

// Whether a rule binds a school's site or a place: some hold in the city, a town or the country only.
function bound(base, rule, kind, at) {
  return !rule.areas || rule.areas.includes(base.block.areas[kind][at]);
}

function reach(base, result, unit, add) {
  const { limits, pace } = base.block,
    rule = limits[unit === "minutes" ? "reachMinutes" : "reachMetres"];
  if (rule.every((at) => at < 0)) return;
  const count = limits.cited.length,
    worst = new Float64Array(base.placeCount * count),
    pupils = new Float64Array(base.placeCount * count);
  eachDay(base, result, (place, grade, minutes, metres, children) => {
    if (rule[grade] < 0 || !bound(base, limits.cited[rule[grade]], "places", place)) return;
    const value = unit === "minutes" ? minutes * pace[grade] : metres;
    if (!(value > limits.cited[rule[grade]].value + 1e-9)) return;
    const at = place * count + rule[grade];
    worst[at] = Math.max(worst[at], value);
    pupils[at] += children;
  });
  for (let at = 0; at < worst.length; at++) {
    if (!(pupils[at] > 0)) continue;
    const cited = limits.cited[at % count],
      place = (at - (at % count)) / count;
    add(`reach_${unit}`, "place", place, worst[at], cited.value, pupils[at], cited, at % count);
  }
}

export { ways, histogram, beyond, rolls, schools, figures, people, findings, eachDay, formed };
