// What the map, the cards and the lists show of a what-if's result, as columns; positions are the page's. No page, no state.

import { MANNERS, away, stays } from "./whatif.js";

const ALL = 0xffff;
const SCHOOLS = 2 ** 21; // more than any page holds, and with any place, manner and mode still an exact number
const MODES = 256;

// Everybody of some grades (a bit each): what(place, page school, how, adult minutes, metres, pupils, grade, mode).
function each(base, result, grades, what) {
  const { rows, pairs, site } = base;
  for (let row = 0; row < rows.pupils.length; row++) {
    if (!(result.left[row] > 0) || !((grades >> rows.grade[row]) & 1)) continue;
    const pair = rows.pair[row];
    what(
      pairs.place[pair], site[pairs.site[pair]], rows.how[row], pairs.minutes[pair], pairs.metres[pair],
      result.left[row], rows.grade[row], pairs.mode[pair],
    ); // prettier-ignore
  }
  for (const one of result.moved)
    if ((grades >> one.grade) & 1)
      what(one.place, site[one.site], one.how, one.minutes, one.metres, one.pupils, one.grade, one.mode);
}

// The places with children: main school, pupils, mean minutes and metres of the daily way (null: not known), and
// whether all board.
function places(base, result, grades = ALL) {
  const n = base.placeCount,
    { pace } = base.block;
  const pupils = new Float64Array(n),
    minutes = new Float64Array(n),
    metres = new Float64Array(n),
    known = new Float64Array(n),
    day = new Float64Array(n),
    at = [];
  const main = new Int32Array(n).fill(-1),
    most = new Float64Array(n);
  let place = -1,
    school = -1,
    sum = 0;
  const mixed = new Map(); // places of several schools: "place school" → pupils
  const settle = () => {
    if (place < 0) return;
    if (main[place] < 0 || main[place] === school) {
      main[place] = school;
      most[place] += sum;
      return;
    }
    if (!mixed.has(place)) mixed.set(place, new Map([[main[place], most[place]]]));
    const sums = mixed.get(place);
    sums.set(school, (sums.get(school) || 0) + sum);
  };
  each(base, result, grades, (here, to, how, adult, way, count, grade) => {
    if (here !== place || to !== school) {
      settle();
      [place, school, sum] = [here, to, 0];
    }
    sum += count;
    if (!(pupils[here] > 0)) at.push(here);
    pupils[here] += count;
    if (away(how)) return;
    day[here] += count;
    if (Number.isNaN(adult)) return;
    known[here] += count;
    minutes[here] += adult * pace[grade] * count;
    metres[here] += way * count;
  });
  settle();
  for (const [here, sums] of mixed) {
    // The first school's later children were added to its own sum.
    sums.set(main[here], most[here]);
    [main[here], most[here]] = [-1, 0];
    for (const [to, count] of sums)
      if (count > most[here] + 1e-9 || (Math.abs(count - most[here]) <= 1e-9 && to < main[here]))
        [main[here], most[here]] = [to, count];
  }
  at.sort((a, b) => a - b);
  const mean = (sums) => at.map((k) => (known[k] > 0 ? sums[k] / known[k] : null));
  return {
    at,
    school: at.map((k) => main[k]),
    pupils: at.map((k) => pupils[k]),
    minutes: mean(minutes),
    metres: mean(metres),
    board: at.map((k) => (day[k] > 0 ? 0 : 1)),
    day: at.map((k) => known[k]),
  };
}

// Who goes where: one entry a place, school, manner and mode, grades and groups put together.
function ways(base, result, grades = ALL) {
  const { pace } = base.block,
    entries = new Map();
  each(base, result, grades, (place, school, how, adult, metres, count, grade, mode) => {
    const key = ((place * SCHOOLS + school) * MANNERS + how) * MODES + mode;
    if (!entries.has(key)) entries.set(key, { place, school, how, mode, pupils: 0, known: 0, minutes: 0, metres: 0 });
    const entry = entries.get(key);
    entry.pupils += count;
    if (Number.isNaN(adult)) return;
    entry.known += count;
    entry.minutes += adult * pace[grade] * count;
    entry.metres += metres * count;
  });
  const rows = [...entries.values()].sort(
    (a, b) => a.place - b.place || a.school - b.school || a.how - b.how || a.mode - b.mode,
  );
  const mean = (key) => rows.map((row) => (row.known > 0 ? row[key] / row.known : null));
  return {
    place: rows.map((row) => row.place),
    school: rows.map((row) => row.school),
    how: rows.map((row) => row.how),
    mode: rows.map((row) => row.mode),
    pupils: rows.map((row) => row.pupils),
    minutes: mean("minutes"),
    metres: mean("metres"),
  };
}

// Pupils who change school, by the school they leave and the one they join; most first.
function moves(base, result) {
  const sums = new Map();
  for (const one of result.moved) {
    if (one.from < 0) continue;
    const key = one.from * SCHOOLS + one.site;
    sums.set(key, (sums.get(key) || 0) + one.pupils);
  }
  const rows = [...sums].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return {
    from: rows.map(([key]) => base.site[Math.floor(key / SCHOOLS)]),
    to: rows.map(([key]) => base.site[key % SCHOOLS]),
    pupils: rows.map(([, pupils]) => pupils),
  };
}

// Children the what-if leaves without a place the page can name, by place and reason.
function lost(result) {
  const sums = new Map();
  for (const one of result.lost) {
    const key = `${one.place}|${one.why}`;
    sums.set(key, (sums.get(key) || 0) + one.pupils);
  }
  const rows = [...sums].map(([key, pupils]) => [...key.split("|"), pupils]);
  return {
    place: rows.map(([place]) => Number(place)),
    pupils: rows.map(([, , pupils]) => pupils),
    reason: rows.map(([, why]) => why),
  };
}

// Pupils of each school whom the what-if leaves without a place, by reason; those whose home is not known among them.
function lostFrom(base, result) {
  const sums = new Map();
  const add = (site, why, pupils) => {
    const key = `${site}|${why}`;
    sums.set(key, (sums.get(key) || 0) + pupils);
  };
  for (const one of result.lost) if (one.from >= 0) add(one.from, one.why, one.pupils);
  base.outside.site.forEach((site, k) => {
    if (base.schools.open[site] && !stays(base, result.now, site, base.outside.grade[k]))
      add(site, "homeless", base.outside.pupils[k]);
  });
  return [...sums].map(([key, pupils]) => {
    const [site, why] = key.split("|");
    return { school: base.site[Number(site)], why, pupils };
  });
}

export { ALL, places, ways, moves, lost, lostFrom };
