// The start of a what-if: what Python laid out (live.py), read into arrays. No page, no state.

const KINDS = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i4: Int32Array, f4: Float32Array, f8: Float64Array };
const BOARD = 1,
  LODGE = 3,
  MANNERS = 4, // day, board, bus, lodge: as live.py counts them
  OWN = 255;

// Who does not come home every day: in the school's beds, or lodging near it.
const away = (how) => how === BOARD || how === LODGE;

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
    how[row] = code % MANNERS;
    code = (code - how[row]) / MANNERS;
    group[row] = code % groups;
    grade[row] = (code - group[row]) / groups;
  }
  pairStart[count] = n;
  const pupils = Float64Array.from(rows.pupils),
    roll = new Float64Array(schools.open.length),
    boarding = [],
    lodging = [];
  for (let row = 0; row < n; row++) {
    roll[pairs.site[pair[row]]] += pupils[row];
    if (how[row] === BOARD) boarding.push(row);
    else if (how[row] === LODGE) lodging.push(row);
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
    lodging,
    waiting: unpackAll(block.waiting),
    outside: unpackAll(block.outside),
    returned: unpackAll(block.returned),
    grades: block.grades.length,
    placeCount: Math.max(...near.map((table) => table.count.length)),
  };
}

// Adult minutes and metres of the ways gone, and by what: by their slot among the nearest of the place, or brought along.
function ways(block, near, pairs, place, start, grade) {
  const minutes = new Float64Array(place.length),
    metres = new Float64Array(place.length),
    mode = new Uint8Array(place.length).fill(OWN); // positions in live.py's WAYS; 255: all go alike
  for (let pair = 0, own = 0; pair < place.length; pair++) {
    if (pairs.slot[pair] === OWN) {
      minutes[pair] = pairs.minutes[own];
      if (pairs.mode) mode[pair] = pairs.mode[own];
      metres[pair] = pairs.metres[own++];
      continue;
    }
    const table = near[block.band[grade[start[pair]]]],
      at = table.start[place[pair]] + pairs.slot[pair];
    minutes[pair] = table.minutes[at];
    metres[pair] = table.metres[at];
    if (table.mode) mode[pair] = table.mode[at];
  }
  return { minutes, metres, mode };
}

export { BOARD, MANNERS, OWN, away, unpack, begin };
