// A what-if carried out: some schools close, open, merge or grow, and only the pupils concerned move. It is the solver's
// rule "stay" step by step (assignment/methods.py, overflow.py, together.py, carriage.py); a test holds the two together.
// No page, no state, no dependency: `node --test` runs it.

import { BOARD, MANNERS, OWN, away, begin, unpack } from "./start.js";
import { admit } from "./admit.js";

const DAY = 0;

// ---- the schools after the edits ------------------------------------------------------------------------------

const capacity = (seats, rooms, limit) => {
  const byRooms = rooms * limit;
  if (Number.isNaN(seats)) return Number.isNaN(byRooms) ? Infinity : byRooms;
  return Number.isNaN(byRooms) ? seats : Math.min(seats, byRooms);
};

const offers = (table, site, grade) => (table[site] >> grade) & 1;

// Grades as the command line writes them ("4-6", "1,2,3", "k2-k3") → a bit for each of the stage's; all where nothing is said.
function gradeMask(base, said) {
  const { grades } = base.block;
  if (said === undefined || said === null) return 2 ** grades.length - 1;
  const gradeOf = (label) => (label[0] === "k" ? Number(label.slice(1)) - 3 : Number(label));
  let mask = 0;
  for (const part of String(said).split(/[,，、]/)) {
    const found = /^(k?-?\d+)(?:\s*[-－]\s*(k?-?\d+))?$/.exec(part.trim().toLowerCase());
    if (!found) continue;
    const low = gradeOf(found[1]),
      high = gradeOf(found[2] || found[1]);
    grades.forEach((grade, k) => {
      if (grade >= low && grade <= high) mask |= 1 << k;
    });
  }
  return mask;
}

// Edits: {do: "close" | "merge" | "keep" | "open" | "expand" | "pin", site, into?, to?, place?, grades?, seats?,
// classrooms?}, sites and places by position; `to` is what a merged school's site becomes.
function schoolsAfter(base, edits) {
  const { schools, block } = base;
  const now = {
    open: Uint8Array.from(schools.open),
    seats: Float64Array.from(schools.seats),
    rooms: Float64Array.from(schools.rooms),
    offers: Uint32Array.from(schools.offers),
    into: [], // one entry a merger: {site, to, mask}
    pins: new Map(), // place → [{site, mask}], the last one that fits counts
  };
  for (const edit of edits) {
    if (edit.do === "close" || edit.do === "merge") end(base, now, edit);
    else if (edit.do === "open") reopen(base, now, edit);
    else if (edit.do === "expand") enlarge(block, now, edit);
    else if (edit.do === "pin") {
      if (!now.pins.has(edit.place)) now.pins.set(edit.place, []);
      now.pins.get(edit.place).push({ site: edit.site, mask: gradeMask(base, edit.grades) });
    }
  }
  const limit = block.limits.class;
  const { rooms } = now;
  return {
    ...now,
    seats: now.seats.map((value, site) => capacity(value, rooms[site], limit)),
    before: Float64Array.from(schools.seats, (value, site) => capacity(value, schools.rooms[site], limit)),
  };
}

// Offers end for the grades named; with the last of them the school ends, and its offers stay for the record. A
// teaching point keeps the youngest; at a campus nobody moves.
function end(base, now, edit) {
  const { site } = edit;
  if (edit.do === "merge" && edit.to === "campus") return;
  const asked = gradeMask(base, edit.grades);
  if (edit.do === "merge") now.into.push({ site, to: edit.into, mask: asked });
  const young = base.block.young.reduce((mask, is, k) => (is ? mask | (1 << k) : mask), 0);
  const left = edit.to === "teaching_point" ? now.offers[site] & young : now.offers[site] & ~asked;
  if (left) now.offers[site] = left;
  else now.open[site] = 0;
}

function reopen(base, now, edit) {
  now.open[edit.site] = 1;
  if (edit.seats > 0) now.seats[edit.site] = edit.seats;
  if (edit.grades) now.offers[edit.site] = gradeMask(base, edit.grades);
}

function enlarge(block, now, edit) {
  const { site } = edit,
    before = now.seats[site];
  now.seats[site] = edit.seats;
  if (!Number.isNaN(now.rooms[site]) && !(edit.seats <= before)) {
    const likewise = before > 0 ? (now.rooms[site] * edit.seats) / before : 0;
    now.rooms[site] = Math.ceil(Math.max(now.rooms[site], likewise, edit.seats / block.limits.roomSeats));
  }
  if (edit.classrooms > 0) now.rooms[site] = edit.classrooms;
}

// Whether pupils of a grade may stay: the school runs and has the grade, or never said it had (and has them all the same).
const stays = (base, now, site, grade) =>
  now.open[site] === 1 && (offers(now.offers, site, grade) || !offers(base.schools.offers, site, grade));

// ---- who must move --------------------------------------------------------------------------------------------

function child(base, row, pupils) {
  const { rows, pairs } = base,
    pair = rows.pair[row];
  return {
    place: pairs.place[pair],
    from: pairs.site[pair],
    grade: rows.grade[row],
    group: rows.group[row],
    how: rows.how[row],
    pupils,
  };
}

// Pairs in order of their places: where each place's begin.
function pairsOf(base, place) {
  if (!base.firstPair) {
    base.firstPair = new Uint32Array(base.placeCount + 2);
    for (const at of base.pairs.place) base.firstPair[at + 1]++;
    for (let k = 0; k <= base.placeCount; k++) base.firstPair[k + 1] += base.firstPair[k];
  }
  return [base.firstPair[place], base.firstPair[place + 1]];
}

// Where a pin sends a grade of a place, −1 for nowhere: a pin to a school without the grade concerns only the others.
function pinOf(now, place, grade) {
  let site = -1;
  for (const pin of now.pins.get(place) || []) if ((pin.mask >> grade) & 1) site = pin.site;
  return site >= 0 && now.open[site] && offers(now.offers, site, grade) ? site : -1;
}

// Pupils whom a pin sends to a school, full or not: those who are there stay apart (`pinned` rows), the others move.
function pinnedAway(base, now, left, touched, waiting) {
  const moved = [],
    pinned = new Set();
  for (const place of now.pins.keys()) {
    const [from, to] = pairsOf(base, place);
    for (let pair = from; pair < to; pair++) {
      for (let row = base.pairs.start[pair]; row < base.pairs.start[pair + 1]; row++) {
        const grade = base.rows.grade[row],
          site = pinOf(now, place, grade);
        if (site < 0) continue;
        pinned.add(row);
        if (base.pairs.site[pair] === site) continue;
        moved.push({ ...child(base, row, left[row]), ...wayTo(base, place, grade, site), how: DAY, pinned: true });
        left[row] = 0;
        touched.push(row);
      }
    }
  }
  for (const one of waiting) {
    const site = now.pins.size ? pinOf(now, one.place, one.grade) : -1;
    if (site < 0) continue;
    moved.push({ ...one, ...wayTo(base, one.place, one.grade, site), pinned: true });
    one.pupils = 0;
  }
  return { moved, pinned };
}

const whoWaits = ({ waiting }) =>
  Array.from(waiting.place, (place, k) => ({
    place,
    from: -1,
    grade: waiting.grade[k],
    group: waiting.group[k],
    how: DAY,
    pupils: waiting.pupils[k],
  }));

// Pupils of schools and grades that end; their rows are emptied and told in `touched`.
function displaced(base, now, left, touched, pinned) {
  const { pairs, schools, rows } = base,
    found = [];
  for (let pair = 0; pair < pairs.site.length; pair++) {
    const site = pairs.site[pair];
    if (!schools.open[site] || (now.open[site] && now.offers[site] === schools.offers[site])) continue;
    for (let row = pairs.start[pair]; row < pairs.start[pair + 1]; row++) {
      if (pinned.has(row) || stays(base, now, site, rows.grade[row])) continue;
      found.push(child(base, row, left[row]));
      left[row] = 0;
      touched.push(row);
    }
  }
  return found;
}

// Pupils of schools whose seats fell below the roll: the longest ways leave first.
function squeezedOut(base, now, left, roll, touched, pinned) {
  const { pairs, rows } = base,
    leave = [];
  const excess = now.seats.map((seats, site) =>
    now.open[site] && seats < now.before[site] ? Math.max(roll[site] - seats, 0) : 0,
  );
  const mine = new Map();
  for (let pair = 0; pair < pairs.site.length; pair++) {
    const site = pairs.site[pair];
    if (!(excess[site] > 0)) continue;
    if (!mine.has(site)) mine.set(site, []);
    for (let row = pairs.start[pair]; row < pairs.start[pair + 1]; row++)
      if (!pinned.has(row)) mine.get(site).push(row);
  }
  const far = (row) => {
    const minutes = pairs.minutes[rows.pair[row]];
    return Number.isNaN(minutes) ? Infinity : minutes;
  };
  for (const [site, its] of mine) {
    let rest = rows.whole ? Math.ceil(excess[site] - 1e-9) : excess[site];
    its.sort((a, b) => (far(a) === far(b) ? a - b : far(b) - far(a)));
    for (const row of its) {
      const out = Math.min(Math.max(rest, 0), left[row]);
      rest -= left[row];
      if (out > 0) leave.push([row, out]);
    }
  }
  leave.sort((a, b) => a[0] - b[0]);
  for (const [row, out] of leave) {
    left[row] -= out;
    touched.push(row);
  }
  return leave.map(([row, out]) => child(base, row, out));
}

const wayAt = (near, k) => ({
  site: near.site[k],
  minutes: near.minutes[k],
  metres: near.metres[k],
  mode: near.mode ? near.mode[k] : OWN,
});

// The open schools a place knows for a grade, nearest first, and whether there are more than the page knows.
function known(base, now, place, grade, most) {
  const near = base.near[base.block.band[grade]],
    queue = [];
  for (let k = near.start[place]; k < near.start[place + 1] && queue.length < most; k++) {
    const site = near.site[k];
    if (now.open[site] && offers(now.offers, site, grade)) queue.push(wayAt(near, k));
  }
  return { queue, cut: queue.length < most && near.more[place] === 1 };
}

// The way from a place to one school, NaN where the page does not know it.
function wayTo(base, place, grade, site) {
  const near = base.near[base.block.band[grade]];
  for (let k = near.start[place]; k < near.start[place + 1]; k++) if (near.site[k] === site) return wayAt(near, k);
  return { site, minutes: NaN, metres: NaN, mode: OWN };
}

// Where the pupils of a school and grade go together: a chain of mergers ends at the first school that runs.
function mergesInto(now, from, grade) {
  const next = (site) => now.into.filter((one) => one.site === site && (one.mask >> grade) & 1).pop();
  const seen = new Set([from]);
  for (let step = next(from); step; step = next(step.to)) {
    if (now.open[step.to] && offers(now.offers, step.to, grade)) return step.to;
    if (seen.has(step.to)) break;
    seen.add(step.to);
  }
  return -1;
}

// Pupils of merged schools go together while there are seats (who comes from farther than the page knows comes last);
// gives those placed and those who go on alone.
function followMergers(base, now, children, free) {
  const target = (one) => (one.from < 0 ? -1 : mergesInto(now, one.from, one.grade));
  const to = children.map((one) => (now.into.length ? target(one) : -1));
  const columns = [...new Set(to)].filter((site) => site >= 0);
  columns.sort((a, b) => base.schools.order[a] - base.schools.order[b]);
  const merged = [],
    rest = children.filter((_, k) => to[k] < 0);
  let vague = 0;
  for (const site of columns) {
    const mine = children.filter((_, k) => to[k] === site);
    for (const one of mine) if (Number.isNaN(wayTo(base, one.place, one.grade, site).minutes)) vague += one.pupils;
    merged.push(...admit(mine, free, (one) => [wayTo(base, one.place, one.grade, site)]));
    rest.push(...mine.filter((one) => one.pupils > 1e-9));
  }
  return { merged, rest, vague };
}

// Boarders board on where there are beds, the longest ways first, grades 1 to 3 last; everyone else comes by day.
function board(base, now, left, moved, pinned) {
  const beds = Float64Array.from(base.schools.beds),
    { rows, pairs, block, schools } = { ...base };
  for (const row of base.boarding)
    if (now.open[pairs.site[rows.pair[row]]] && !pinned.has(row)) beds[pairs.site[rows.pair[row]]] -= left[row];
  const paced = (one) => one.minutes * block.pace[one.grade];
  const wanting = moved
    .filter((one) => one.how === BOARD)
    .sort(
      (a, b) =>
        schools.order[a.site] - schools.order[b.site] ||
        block.young[a.grade] - block.young[b.grade] ||
        paced(b) - paced(a) ||
        a.place - b.place ||
        a.grade - b.grade ||
        a.group - b.group,
    );
  const more = [];
  for (const one of moved) if (one.how !== BOARD) one.how = DAY;
  for (const one of wanting) {
    const sleeps = Math.min(Math.max(beds[one.site], 0), one.pupils);
    beds[one.site] -= one.pupils;
    if (one.pupils - sleeps > 1e-7) more.push({ ...one, how: DAY, pupils: one.pupils - sleeps });
    one.pupils = sleeps;
  }
  return [...moved.filter((one) => one.pupils > 1e-7), ...more];
}

// ---- all together ---------------------------------------------------------------------------------------------

// Carry out edits: who stays (`left`, by row; `touched` rows are not as at the start), who moves (`moved`), who is left
// over (`lost`, with why: "unknown" where the page does not know far enough); `vague`: pupils whose way to the school
// they are sent to is longer than the page knows. `seats`: whether a full school turns children away.
function run(base, edits, { seats = true } = {}) {
  const now = schoolsAfter(base, edits),
    { rows } = base;
  const left = Float64Array.from(rows.pupils);
  const touched = [];
  if (!edits.length) return { now, left, touched, moved: [], lost: [], homeless: 0, vague: 0, seats };
  const waiting = whoWaits(base);
  const sent = pinnedAway(base, now, left, touched, waiting),
    { pinned } = sent;
  const leaving = [...displaced(base, now, left, touched, pinned), ...waiting.filter((one) => one.pupils > 0)];
  const { roll, homeless } = keptRolls(base, now, left, touched, pinned);
  if (seats) {
    for (const one of squeezedOut(base, now, left, roll, touched, pinned)) {
      roll[one.from] -= one.pupils;
      leaving.push(one);
    }
  }
  const load = pinnedLoad(base, left, sent);
  const free = now.seats.map((value, site) => (seats ? Math.max(value - roll[site] - load[site], 0) : Infinity));
  const { merged, rest, vague } = followMergers(base, now, leaving, free);
  const queues = new Map();
  const asked = ({ place, grade }) => {
    const key = place * base.grades + grade;
    if (!queues.has(key)) queues.set(key, known(base, now, place, grade, base.ask));
    return queues.get(key);
  };
  const moved = [...merged, ...admit(rest, free, (one) => asked(one).queue)];
  const lost = rest
    .filter((one) => one.pupils > 1e-9)
    .map((one) => {
      const { queue, cut } = asked(one);
      return { ...one, why: cut ? "unknown" : queue.length ? "noSeat" : "unreachable" };
    });
  const unknown = sent.moved.reduce((sum, one) => (Number.isNaN(one.minutes) ? sum + one.pupils : sum), 0);
  return {
    now,
    left,
    touched,
    moved: [...sent.moved, ...board(base, now, left, moved, pinned)],
    lost,
    homeless,
    vague: vague + unknown,
    seats,
  };
}

// Pupils of each school who stay, pins left out, and those whose school ends and whose home is not known.
function keptRolls(base, now, left, touched, pinned) {
  const { pairs, rows, outside } = base,
    roll = Float64Array.from(base.roll),
    siteOf = (row) => pairs.site[rows.pair[row]];
  let homeless = 0;
  for (const row of touched) roll[siteOf(row)] -= rows.pupils[row] - left[row];
  for (const row of pinned) roll[siteOf(row)] -= left[row];
  now.open.forEach((is, site) => is || (roll[site] = 0));
  outside.site.forEach((site, k) => {
    if (stays(base, now, site, outside.grade[k])) roll[site] += outside.pupils[k];
    else if (base.schools.open[site]) homeless += outside.pupils[k];
  });
  return { roll, homeless };
}

// Seats taken by those a pin sends or keeps.
function pinnedLoad({ pairs, rows, roll }, left, { moved, pinned }) {
  const load = new Float64Array(roll.length);
  for (const row of pinned) load[pairs.site[rows.pair[row]]] += left[row];
  for (const one of moved) load[one.site] += one.pupils;
  return load;
}

export { DAY, BOARD, MANNERS, away, unpack, begin, schoolsAfter, stays, gradeMask, pairsOf, run };
