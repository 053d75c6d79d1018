// A what-if carried out: some schools close, open, merge or grow, and only the pupils concerned move. It is the solver's
// rule "stay" step by step (assignment/methods.py, overflow.py, together.py, carriage.py); a test holds the two together.
// No page, no state, no dependency: `node --test` runs it.

const KINDS = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i4: Int32Array, f4: Float32Array, f8: Float64Array };
const DAY = 0,
  BOARD = 1,
  OWN = 255;

// ---- what Python laid out (live.py) ---------------------------------------------------------------------------

function unpack(text) {
  const raw = atob(text.slice(2)),
    bytes = new Uint8Array(raw.length);
  for (let k = 0; k < raw.length; k++) bytes[k] = raw.charCodeAt(k);
  return new KINDS[text.slice(0, 2)](bytes.buffer);
}

const unpackAll = (columns) => Object.fromEntries(Object.entries(columns).map(([key, text]) => [key, unpack(text)]));

function nearTable(packed) {
  const table = unpackAll(packed),
    start = new Uint32Array(table.count.length + 1);
  for (let k = 0; k < table.count.length; k++) start[k + 1] = start[k] + table.count[k];
  return { ...table, start };
}

// The start of a what-if: one stage of one plan, with the tables of `live_stage` read.
function begin(stage, at) {
  const said = stage.plans[at],
    block = typeof said === "number" ? stage.plans[said] : said;
  if (!block) return null;
  const schools = unpackAll(block.schools),
    pairs = unpackAll(block.pairs),
    rows = unpackAll(block.rows);
  const count = pairs.site.length,
    n = rows.code.length;
  const pairPlace = new Uint32Array(count),
    pairStart = new Uint32Array(count + 1);
  for (let k = 0, place = 0; k < count; k++) pairPlace[k] = place += pairs.place[k];
  const pair = new Uint32Array(n),
    grade = new Uint8Array(n),
    group = new Uint8Array(n),
    how = new Uint8Array(n);
  const groups = Math.max(block.groups, 1),
    near = block.near.map((k) => (stage.opened ||= [])[k] || (stage.opened[k] = nearTable(stage.near[k])));
  for (let row = 0, at = -1; row < n; row++) {
    let code = rows.code[row];
    if (code & 1) pairStart[++at] = row;
    pair[row] = at;
    code >>= 1;
    how[row] = code % 3;
    code = (code - how[row]) / 3;
    group[row] = code % groups;
    grade[row] = (code - group[row]) / groups;
  }
  pairStart[count] = n;
  const pupils = Float64Array.from(rows.pupils),
    roll = new Float64Array(schools.open.length),
    boarding = [];
  for (let row = 0; row < n; row++) {
    roll[pairs.site[pair[row]]] += pupils[row];
    if (how[row] === BOARD) boarding.push(row);
  }
  return {
    block,
    site: unpack(stage.sites),
    ask: stage.ask,
    near,
    schools,
    pairs: {
      place: pairPlace,
      site: pairs.site,
      start: pairStart,
      ...ways(block, near, pairs, pairPlace, pairStart, grade),
    },
    rows: { pair, grade, group, how, pupils, whole: pupils.every((p) => p % 1 === 0) },
    roll,
    boarding,
    waiting: unpackAll(block.waiting),
    outside: unpackAll(block.outside),
    returned: unpackAll(block.returned),
    grades: block.grades.length,
    placeCount: Math.max(...near.map((table) => table.count.length)),
  };
}

// Adult minutes and metres of the ways gone: by their slot among the nearest of the place, or brought along.
function ways(block, near, pairs, place, start, grade) {
  const minutes = new Float64Array(place.length),
    metres = new Float64Array(place.length);
  for (let pair = 0, own = 0; pair < place.length; pair++) {
    if (pairs.slot[pair] === OWN) {
      minutes[pair] = pairs.minutes[own];
      metres[pair] = pairs.metres[own++];
      continue;
    }
    const table = near[block.band[grade[start[pair]]]],
      at = table.start[place[pair]] + pairs.slot[pair];
    minutes[pair] = table.minutes[at];
    metres[pair] = table.metres[at];
  }
  return { minutes, metres };
}

// ---- the schools after the edits ------------------------------------------------------------------------------

const capacity = (seats, rooms, limit) => {
  const byRooms = rooms * limit;
  if (Number.isNaN(seats)) return Number.isNaN(byRooms) ? Infinity : byRooms;
  return Number.isNaN(byRooms) ? seats : Math.min(seats, byRooms);
};

// Edits: {do: "close" | "merge" | "keep" | "open" | "expand", site, into?, seats?, classrooms?}, sites by position.
function schoolsAfter(base, edits) {
  const { schools, block } = base;
  const open = Uint8Array.from(schools.open),
    seats = Float64Array.from(schools.seats),
    rooms = Float64Array.from(schools.rooms);
  const into = new Map();
  for (const edit of edits) {
    const { site } = edit;
    if (edit.do === "close" || edit.do === "merge") open[site] = 0;
    if (edit.do === "merge") into.set(site, edit.into);
    if (edit.do === "open") {
      open[site] = 1;
      if (edit.seats > 0) seats[site] = edit.seats;
    }
    if (edit.do === "expand") {
      const before = seats[site];
      seats[site] = edit.seats;
      if (!Number.isNaN(rooms[site]) && !(edit.seats <= before)) {
        const likewise = before > 0 ? (rooms[site] * edit.seats) / before : 0;
        rooms[site] = Math.ceil(Math.max(rooms[site], likewise, edit.seats / block.limits.roomSeats));
      }
      if (edit.classrooms > 0) rooms[site] = edit.classrooms;
    }
  }
  const limit = block.limits.class;
  return {
    open,
    rooms,
    into,
    seats: seats.map((value, site) => capacity(value, rooms[site], limit)),
    before: Float64Array.from(schools.seats, (value, site) => capacity(value, schools.rooms[site], limit)),
  };
}

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

// Pupils of schools that end, then those who wait for a seat; their rows are emptied and told in `touched`.
function displaced(base, now, left, touched) {
  const { pairs, schools, waiting } = base,
    found = [];
  for (let pair = 0; pair < pairs.site.length; pair++) {
    if (now.open[pairs.site[pair]] || !schools.open[pairs.site[pair]]) continue;
    for (let row = pairs.start[pair]; row < pairs.start[pair + 1]; row++) {
      found.push(child(base, row, left[row]));
      left[row] = 0;
      touched.push(row);
    }
  }
  waiting.place.forEach((place, k) =>
    found.push({
      place,
      from: -1,
      grade: waiting.grade[k],
      group: waiting.group[k],
      how: DAY,
      pupils: waiting.pupils[k],
    }),
  );
  return found;
}

// Pupils of schools whose seats fell below the roll: the longest ways leave first.
function squeezedOut(base, now, left, roll, touched) {
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
    for (let row = pairs.start[pair]; row < pairs.start[pair + 1]; row++) mine.get(site).push(row);
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

// ---- admission in order of distance ---------------------------------------------------------------------------

const late = (minutes) => (Number.isNaN(minutes) ? Infinity : minutes);
const earlier = (a, b) =>
  late(a.minutes) - late(b.minutes) || a.child.grade - b.child.grade || a.child.place - b.child.place || a.row - b.row;

function push(heap, item) {
  let k = heap.push(item) - 1;
  while (k > 0) {
    const up = (k - 1) >> 1;
    if (earlier(heap[up], item) <= 0) break;
    heap[k] = heap[up];
    k = up;
  }
  heap[k] = item;
}

function pop(heap) {
  const top = heap[0],
    item = heap.pop();
  if (!heap.length) return top;
  let k = 0;
  for (;;) {
    let down = 2 * k + 1;
    if (down >= heap.length) break;
    if (down + 1 < heap.length && earlier(heap[down + 1], heap[down]) < 0) down++;
    if (earlier(item, heap[down]) <= 0) break;
    heap[k] = heap[down];
    k = down;
  }
  heap[k] = item;
  return top;
}

// Every child asks at the nearest school; nearer children come first; who finds no seat asks at the next. `queueOf`
// gives the ways to ask along: {site, minutes, metres}, nearest first. What is left over keeps its pupils.
function admit(children, free, queueOf) {
  const heap = [],
    taken = [];
  children.forEach((one, row) => {
    const queue = queueOf(one);
    if (queue.length && one.pupils > 0) push(heap, { minutes: queue[0].minutes, child: one, row, queue, step: 0 });
  });
  while (heap.length) {
    const item = pop(heap),
      { child: one, queue, step } = item;
    const { site } = queue[step],
      room = free[site];
    const goes = Math.min(one.pupils, one.pupils % 1 || room === Infinity ? room : Math.floor(room + 1e-9));
    if (goes > 0) {
      free[site] -= goes;
      taken.push({ ...one, ...queue[step], pupils: goes });
      one.pupils -= goes;
    }
    if (one.pupils > 1e-9 && step + 1 < queue.length)
      push(heap, { ...item, minutes: queue[step + 1].minutes, step: step + 1 });
  }
  return taken;
}

const offers = (base, site, grade) => (base.schools.offers[site] >> grade) & 1;

// The open schools a place knows for a grade, nearest first, and whether there are more than the page knows.
function known(base, now, place, grade, most) {
  const near = base.near[base.block.band[grade]],
    queue = [];
  for (let k = near.start[place]; k < near.start[place + 1] && queue.length < most; k++) {
    const site = near.site[k];
    if (now.open[site] && offers(base, site, grade))
      queue.push({ site, minutes: near.minutes[k], metres: near.metres[k] });
  }
  return { queue, cut: queue.length < most && near.more[place] === 1 };
}

// The way from a place to one school, NaN where the page does not know it.
function wayTo(base, place, grade, site) {
  const near = base.near[base.block.band[grade]];
  for (let k = near.start[place]; k < near.start[place + 1]; k++)
    if (near.site[k] === site) return { site, minutes: near.minutes[k], metres: near.metres[k] };
  return { site, minutes: NaN, metres: NaN };
}

// Pupils of merged schools go together while there are seats (who comes from farther than the page knows comes last);
// gives those placed and those who go on alone.
function followMergers(base, now, children, free) {
  const target = (one) => {
    let site = one.from;
    const seen = new Set([site]);
    while (now.into.has(site)) {
      site = now.into.get(site);
      if (now.open[site] && offers(base, site, one.grade)) return site;
      if (seen.has(site)) break;
      seen.add(site);
    }
    return -1;
  };
  const to = children.map((one) => (now.into.size ? target(one) : -1));
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
function board(base, now, left, moved) {
  const beds = Float64Array.from(base.schools.beds),
    { rows, pairs, block, schools } = { ...base };
  for (const row of base.boarding)
    if (now.open[pairs.site[rows.pair[row]]]) beds[pairs.site[rows.pair[row]]] -= left[row];
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
    const stays = Math.min(Math.max(beds[one.site], 0), one.pupils);
    beds[one.site] -= one.pupils;
    if (one.pupils - stays > 1e-7) more.push({ ...one, how: DAY, pupils: one.pupils - stays });
    one.pupils = stays;
  }
  return [...moved.filter((one) => one.pupils > 1e-7), ...more];
}

// ---- all together ---------------------------------------------------------------------------------------------

// Carry out edits: who stays (`left`, by row; `touched` rows are not as at the start), who moves (`moved`), who is left over (`lost`, with why: "unknown"
// where the page does not know far enough); `vague`: pupils whose way to the school they merge into is
// longer than the page knows. `seats`: whether a full school turns children away.
function run(base, edits, { seats = true } = {}) {
  const now = schoolsAfter(base, edits),
    { rows, outside } = base;
  const left = Float64Array.from(rows.pupils);
  const touched = [];
  if (!edits.length) return { now, left, touched, moved: [], lost: [], homeless: 0, vague: 0, seats };
  const leaving = displaced(base, now, left, touched);
  const roll = base.roll.map((pupils, site) => (now.open[site] ? pupils : 0));
  let homeless = 0;
  outside.site.forEach((site, k) => {
    if (now.open[site]) roll[site] += outside.pupils[k];
    else if (base.schools.open[site]) homeless += outside.pupils[k];
  });
  if (seats) {
    for (const one of squeezedOut(base, now, left, roll, touched)) {
      roll[one.from] -= one.pupils;
      leaving.push(one);
    }
  }
  const free = now.seats.map((value, site) => (seats ? Math.max(value - roll[site], 0) : Infinity));
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
  return { now, left, touched, moved: board(base, now, left, moved), lost, homeless, vague, seats };
}

export { DAY, BOARD, unpack, begin, schoolsAfter, run };
