// What the page knows without a page: decoding, classes, lists, cards, arrows, labels. No DOM, no Leaflet, no state,
// so that `node --test` can run it. Facts come from Python (see payload.py); here they are only looked up and ordered.

const STATE = { open: 0, closed: 1, planned: 2, ended: 3, site: 4 };
const HOW = ["day", "board", "bus", "lodge"];
const MODES = ["walk", "bike", "ebike", "drive", "bus", "mixed", "coach"]; // as travel/types.py counts them

// ---- geometry -----------------------------------------------------------------------------------------------

// Longitude and latitude in degrees → the unit square of Web Mercator, north up, y growing southwards.
function mercator(lon, lat) {
  const s = Math.sin((lat * Math.PI) / 180);
  return [lon / 360 + 0.5, 0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI)];
}

// The inverse of encode_line in geometry.py, straight into the unit square: [x, y, x, y, …].
function decodeLine(text) {
  const out = new Float64Array(text.length); // a vertex takes two signs at least
  let at = 0,
    n = 0;
  const last = [0, 0]; // latitude, longitude
  while (at < text.length) {
    for (let axis = 0; axis < 2; axis++) {
      let value = 0,
        shift = 0,
        part;
      do {
        part = text.charCodeAt(at++) - 63;
        value |= (part & 31) << shift;
        shift += 5;
      } while (part >= 32);
      last[axis] += value & 1 ? ~(value >> 1) : value >> 1;
    }
    const s = Math.sin((last[0] * Math.PI) / 18e6);
    out[n++] = last[1] / 36e6 + 0.5;
    out[n++] = 0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI);
  }
  return out.slice(0, n);
}

// The control point of an arrow that bends a little to its right, so that there and back do not lie on one another.
function bend(x1, y1, x2, y2, share = 0.14) {
  return [(x1 + x2) / 2 - (y2 - y1) * share, (y1 + y2) / 2 + (x2 - x1) * share];
}

// ---- classes ------------------------------------------------------------------------------------------------

// The class of a value; a class holds its upper limit. −1 where the value is not known.
function classOf(value, limits) {
  if (value === null || value === undefined || Number.isNaN(value)) return -1;
  let k = 0;
  while (k < limits.length && value > limits[k]) k++;
  return k;
}

// How many values lie in each class, and how many are not known.
function classCounts(values, limits) {
  const counts = new Array(limits.length + 1).fill(0);
  let unknown = 0;
  for (const value of values) {
    const k = classOf(value, limits);
    if (k < 0) unknown++;
    else counts[k]++;
  }
  return { counts, unknown };
}

function classLabels(limits, write = String) {
  const middle = limits.slice(1).map((limit, k) => `${write(limits[k])}–${write(limit)}`);
  return [`≤ ${write(limits[0])}`, ...middle, `> ${write(limits[limits.length - 1])}`];
}

// ---- schools ------------------------------------------------------------------------------------------------

// Roll over seats; null where one is not known.
function load(roll, seats) {
  return roll === null || seats === null || !(seats > 0) ? null : roll / seats;
}

// Radius in pixels; the area grows with the roll.
function radius(roll, largest, top = 13, least = 3.5) {
  if (!(roll > 0) || !(largest > 0)) return least;
  return Math.max(least, top * Math.sqrt(roll / largest));
}

// Two or three round rolls to show sizes by, ascending; the last is at most the largest.
function roundSizes(largest) {
  if (!(largest > 0)) return [];
  const power = 10 ** Math.floor(Math.log10(largest));
  const top = [5, 2, 1].map((f) => f * power).find((size) => size <= largest);
  return [...new Set([top / 10, top / 2.5, top].map((size) => Math.max(1, Math.round(size))))];
}

// ---- lists --------------------------------------------------------------------------------------------------

// Positions in view.places of the places that travel longest, longest first; unknown ways are not among them.
function farthest(view, count) {
  if (!view.places) return [];
  const { minutes, pupils, at } = view.places;
  return minutes
    .map((_, k) => k)
    .filter((k) => minutes[k] !== null)
    .sort((a, b) => minutes[b] - minutes[a] || pupils[b] - pupils[a] || at[a] - at[b])
    .slice(0, count);
}

// Schools the plan closes, each with where its pupils go; most pupils first.
function closures(view) {
  const targets = new Map();
  if (view.moves) {
    view.moves.from.forEach((from, k) => {
      if (!targets.has(from)) targets.set(from, []);
      targets.get(from).push({ to: view.moves.to[k], pupils: view.moves.pupils[k] });
    });
  }
  return view.schools.at
    .map((school, k) => ({ school, state: view.schools.state[k], to: targets.get(school) || [] }))
    .filter((entry) => entry.state === STATE.ended)
    .map((entry) => ({ ...entry, pupils: entry.to.reduce((sum, t) => sum + t.pupils, 0) }))
    .sort((a, b) => b.pupils - a.pupils || a.school - b.school);
}

// How many places lie in each class of the daily way, how many have only boarders, an unknown way, no pupil placed.
function wayCounts(view, limits) {
  const { minutes, board } = view.places;
  const { counts } = classCounts(
    minutes.filter((value) => value !== null),
    limits,
  );
  const without = minutes.map((value, k) => k).filter((k) => minutes[k] === null);
  const lost = missingPlaces(view);
  const boarding = without.filter((k) => board[k] === 1).length;
  return { counts, board: boarding, unknown: without.length - boarding, unplaced: lost.size };
}

// Children without a school by place: those who learn outside the study have one.
function missingPlaces(view) {
  const lost = new Map();
  const { unplaced } = view;
  if (!unplaced) return lost;
  unplaced.place.forEach((place, k) => {
    if (!hasSchoolElsewhere(unplaced, k) && place >= 0) lost.set(place, (lost.get(place) || 0) + unplaced.pupils[k]);
  });
  return lost;
}

// A reason of the plan is a number among its words; the engine's own reasons are words.
const hasSchoolElsewhere = ({ reason, elsewhere }, k) => typeof reason[k] === "number" && elsewhere[reason[k]] === 1;

// One row a measure: its value here and in the plan compared with, and whether the change is for the better. A change
// that rounds to nought is none; where fewer children are counted than before nothing is called better (`shrunk`: it would
// have been).
function scoreRows(view, first) {
  const then = new Map((first && first !== view ? first.scores || [] : []).map((row) => [row.measure, row.value]));
  return (view.scores || []).map((row) => {
    const before = row.fresh ? 0 : then.has(row.measure) ? then.get(row.measure) : null;
    const exact = before === null || row.value === null ? null : row.value - before;
    const change = exact !== null && writesNought(exact, row.kind) ? 0 : exact;
    const sign = { lower: -1, higher: 1 }[row.better] || 0;
    const shrunk = change !== null && lostChildren(row.measure, view.people, first && first.people);
    const better = change === null || change === 0 || sign === 0 ? null : change * sign > 0;
    return { ...row, before, change, shrunk: shrunk && better === true, better: shrunk && better ? null : better };
  });
}

const PLAIN = { minutes: "", points: "", km: "", metre: "" };
const writesNought = (change, kind) => writtenChange(change, kind, "en", PLAIN) === writtenChange(0, kind, "en", PLAIN);

// Whether a measure counts fewer children than before: ways are of those who come by day, all else of those placed.
function lostChildren(measure, now, then) {
  if (!now || !then) return false;
  const who = /^(minutes|metres|beyond)/.test(measure) ? "day" : "placed";
  return now[who] < then[who] - 0.5;
}

// ---- cards --------------------------------------------------------------------------------------------------

function schoolFacts(view, school) {
  const k = view.schools.at.indexOf(school);
  if (k < 0) return null;
  const own = { state: view.schools.state[k], roll: view.schools.roll[k], seats: view.schools.seats[k] };
  const from = [];
  if (view.ways) {
    view.ways.school.forEach((at, row) => {
      if (at === school) from.push(way(view, row));
    });
  }
  from.sort((a, b) => b.pupils - a.pupils || a.place - b.place);
  const moved = (view.moves ? view.moves.from : [])
    .map((at, row) => ({ at, to: view.moves.to[row], pupils: view.moves.pupils[row] }))
    .filter((move) => move.at === school);
  const left = (view.lostFrom || []).filter((row) => row.school === school);
  const scores = (view.schoolScores || [])
    .map((row) => ({ ...row, value: row.at.includes(school) ? row.value[row.at.indexOf(school)] : null }))
    .filter((row) => row.value !== null);
  return { ...own, closed: view.schools.closed[k], load: load(own.roll, own.seats), from, moved, left, scores };
}

function placeFacts(view, place) {
  const to = [];
  if (view.ways) {
    view.ways.place.forEach((at, row) => {
      if (at === place) to.push(way(view, row));
    });
  }
  to.sort((a, b) => b.pupils - a.pupils || a.school - b.school);
  const unplaced = [];
  if (view.unplaced) {
    view.unplaced.place.forEach((at, row) => {
      if (at === place) unplaced.push({ pupils: view.unplaced.pupils[row], row });
    });
  }
  return { to, unplaced };
}

function way(view, row) {
  const { place, school, how, mode, pupils, minutes, metres } = view.ways;
  return {
    place: place[row],
    school: school[row],
    how: HOW[how[row]],
    mode: (mode && MODES[mode[row]]) || null,
    pupils: pupils[row],
    minutes: minutes[row],
    metres: metres[row],
  };
}

// ---- finding and labelling ----------------------------------------------------------------------------------

// The nearest of some points {x, y, r} that holds (x, y) within its radius and a margin; null where none does.
function hit(points, x, y, margin = 4) {
  let best = null,
    least = Infinity;
  for (const point of points) {
    const far = Math.hypot(point.x - x, point.y - y) - point.r;
    if (far <= margin && far < least) {
      best = point;
      least = far;
    }
  }
  return best;
}

// Keep the labels that find room: {w, h, spots: [[x, y], …]} with top left corners, the first that overlaps nothing
// earlier and lies on the sheet is taken. `solid` ones only take up room, wherever they are.
function declutter(labels, width, height, gap = 2) {
  const cell = 64,
    grid = new Map(),
    kept = [];
  const cells = (box) => {
    const keys = [];
    for (let i = Math.floor(box[0] / cell); i <= Math.floor(box[2] / cell); i++)
      for (let j = Math.floor(box[1] / cell); j <= Math.floor(box[3] / cell); j++) keys.push(`${i},${j}`);
    return keys;
  };
  const free = (box) =>
    box[0] >= 0 &&
    box[1] >= 0 &&
    box[2] <= width &&
    box[3] <= height &&
    !cells(box).some((key) =>
      (grid.get(key) || []).some((o) => box[0] < o[2] && o[0] < box[2] && box[1] < o[3] && o[1] < box[3]),
    );
  for (const label of labels) {
    for (const [x, y] of label.spots) {
      const box = [x - gap, y - gap, x + label.w + gap, y + label.h + gap];
      if (!label.solid && !free(box)) continue;
      for (const key of cells(box)) {
        if (!grid.has(key)) grid.set(key, []);
        grid.get(key).push(box);
      }
      if (!label.solid) kept.push({ ...label, x, y });
      break;
    }
  }
  return kept;
}

// ---- writing ------------------------------------------------------------------------------------------------

// Thousands apart, at most so many decimals; alike in both languages. The browser's own formatter does the same, but takes
// as long to get ready as the whole map.
function number(value, lang, digits = 0) {
  if (value === null || value === undefined || Number.isNaN(value)) return "—";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "-∞";
  const [whole, rest = ""] = Math.abs(value).toFixed(digits).split("."),
    decimals = rest.replace(/0+$/, "");
  const text = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (decimals && `.${decimals}`);
  return value < 0 && /[1-9]/.test(text) ? `-${text}` : text;
}

// A value with its unit, by kind: share and percent, minutes, metres (as km from 1,000 on), ratio, count.
function written(value, kind, lang, words) {
  if (value === null || value === undefined) return "—";
  if (kind === "share") return `${number(value * 100, lang, 1)}%`;
  if (kind === "percent") return `${number(value, lang, Math.abs(value) < 1 ? 2 : 1)}%`;
  if (kind === "minutes") return `${number(value, lang, 1)} ${words.minutes}`;
  if (kind === "metres")
    return Math.abs(value) >= 1000
      ? `${number(value / 1000, lang, 1)} ${words.km}`
      : `${number(value, lang)} ${words.metre}`;
  return number(value, lang, kind === "ratio" ? 3 : Math.abs(value) < 1000 ? 1 : 0);
}

// A change of such a value, without its sign; of a percentage in percentage points.
function writtenChange(change, kind, lang, words) {
  const size = Math.abs(change);
  if (kind !== "share" && kind !== "percent") return written(size, kind, lang, words);
  const points = kind === "share" ? size * 100 : size;
  return `${number(points, lang, points < 1 ? 2 : 1)} ${words.points}`;
}

// Cut a text to so many characters (not half of one), for places where nothing can wrap.
function short(text, most) {
  const all = Array.from(text);
  return all.length <= most ? text : `${all.slice(0, most - 1).join("")}…`;
}

export {
  STATE,
  HOW,
  mercator,
  decodeLine,
  bend,
  classOf,
  classCounts,
  classLabels,
  wayCounts,
  load,
  radius,
  roundSizes,
  farthest,
  closures,
  scoreRows,
  missingPlaces,
  hasSchoolElsewhere,
  schoolFacts,
  placeFacts,
  hit,
  declutter,
  number,
  written,
  writtenChange,
  short,
};
