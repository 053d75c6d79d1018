// Paints the map on a canvas: knows how things look, not where the page is or what was clicked.
// `prepare` decodes a page's geometry once; `paint` draws one state of it. Names go through fillText, which runs nothing.

import { STATE } from "../../live/web/logic.js";
import * as Logic from "../../live/web/logic.js";
import { INK, CLOSURE, EDITED, FONT, symbol, cross, arrow } from "./pen.js";
import { homeless, labels } from "./labels.js";

const PAPER = "#eceae4",
  LAND = "#ffffff";
const GROUND = { water: "#c5ddec", border: "#8f86a3", outline: "#5d5470" };
const ROADS = ["#b9ab8e", "#cbbfa6", "#ddd4c2", "#ebe6da"],
  ROAD_WIDTHS = [2.4, 1.6, 1.1, 0.7];
const FAR_COUNT = 20;
const FADED = 0.28;
const GONE = 0.08; // what a tile or a row of the legend leaves out
const faint = (only, kind, at) => Boolean(only) && (only[kind] === null || !only[kind].has(at));
const BUNDLE = 6; // arrows of one school drawn boldly; the smaller ones beyond go along thinly
const MANY = 5_000; // places from which signs are drawn the quick way

// ---- once a page --------------------------------------------------------------------------------------------

function prepare(data) {
  const point = (layer) => layer.lon.map((lon, k) => Logic.mercator(lon, layer.lat[k]));
  const parts = pieces;
  const { places, townships, schools } = data;
  const rolls = Object.values(data.views)
    .flat()
    .flatMap((view) => view.schools.roll.filter((roll) => roll !== null));
  return {
    data,
    townships: { at: point(townships), shape: townships.shape.map(parts), order: order(townships.people) },
    outline: parts(data.outline),
    roads: data.roads.map(({ rank, lines }) => ({ rank, lines: parts(lines) })),
    water: data.water.map(parts),
    places: {
      at: point(places),
      shape: places.shape ? places.shape.map(parts) : null,
      borders: places.borders ? { ...places.borders, line: places.borders.line.map(parts) } : null,
    },
    schools: { at: point(schools) },
    largest: rolls.reduce((a, b) => Math.max(a, b), 0),
  };
}

function boxed(line) {
  let west = Infinity,
    north = Infinity,
    east = -Infinity,
    south = -Infinity;
  for (let k = 0; k < line.length; k += 2) {
    west = Math.min(west, line[k]);
    east = Math.max(east, line[k]);
    north = Math.min(north, line[k + 1]);
    south = Math.max(south, line[k + 1]);
  }
  return { line, west, north, east, south };
}

// Encoded lines as pieces that can be stroked.
const pieces = (texts) => texts.map((text) => boxed(Logic.decodeLine(text)));

const order = (weights) => weights.map((_, k) => k).sort((a, b) => weights[b] - weights[a] || a - b);

// ---- once a picture -----------------------------------------------------------------------------------------

// frame: {scale, dx, dy, width, height, grow}: x = unit · scale − dx; near is the zoom beyond the one that
// shows the whole region, grow how much stronger roads are than there, dot and top the radii of a place and of the
// largest school. Gives back what can be hit: schools and places with x, y, r.
function paint(ctx, scene, state, frame, view) {
  paintGround(ctx, scene, state, frame, view);
  return paintMarks(ctx, scene, state, frame, view);
}

function sheetOf(ctx, scene, state, frame, view) {
  ctx.lineJoin = ctx.lineCap = "round";
  return { ctx, scene, state, frame, view, xy: ([x, y]) => [x * frame.scale - frame.dx, y * frame.scale - frame.dy] };
}

// Paper, land, colours of areas, water, roads and borders: what stays while the map stands still.
function paintGround(ctx, scene, state, frame, view) {
  const sheet = sheetOf(ctx, scene, state, frame, view);
  ctx.fillStyle = PAPER;
  ctx.fillRect(0, 0, frame.width, frame.height);
  land(sheet);
  tints(sheet);
  if (scene.places.shape) areas(sheet, placesOf(sheet));
  ground(sheet);
}

// What the ground depends on; null where it changes with every edit, since places are coloured areas.
const groundKey = (scene, state, { scale, dx, dy, width, height, grow }, view) =>
  scene.places.shape ? null : [scale, dx, dy, width, height, grow, state.layers.roads, view.tints].join(" ");

// What lies upon the ground: ways, villages, schools, signs and names.
function paintMarks(ctx, scene, state, frame, view) {
  const sheet = sheetOf(ctx, scene, state, frame, view);
  const places = placesOf(sheet);
  lines(sheet, places);
  dots(sheet, places);
  const schools = schoolsOf(sheet);
  arrows(sheet);
  marks(sheet, schools);
  breaches(sheet, schools, places);
  homeless(sheet, places);
  const far = farMarks(sheet, places);
  const taken = [...schools.filter((s) => s.state === STATE.open || s.state === STATE.ended), ...far];
  labels(sheet, schools, places, taken);
  return { schools, places };
}

function trace(sheet, piece, close = false) {
  const { ctx, frame } = sheet,
    { line } = piece;
  ctx.moveTo(line[0] * frame.scale - frame.dx, line[1] * frame.scale - frame.dy);
  for (let k = 2; k < line.length; k += 2)
    ctx.lineTo(line[k] * frame.scale - frame.dx, line[k + 1] * frame.scale - frame.dy);
  if (close) ctx.closePath();
}

function seen(sheet, piece) {
  const { scale, dx, dy, width, height } = sheet.frame;
  return (
    piece.east * scale >= dx &&
    piece.west * scale <= dx + width &&
    piece.south * scale >= dy &&
    piece.north * scale <= dy + height
  );
}

function fill(sheet, pieces, colour) {
  const { ctx } = sheet;
  if (!pieces.some((piece) => seen(sheet, piece))) return;
  ctx.beginPath();
  for (const piece of pieces) trace(sheet, piece, true);
  ctx.fillStyle = colour;
  ctx.fill("evenodd");
}

function stroke(sheet, pieces, colour, width, dash = []) {
  const { ctx } = sheet;
  ctx.beginPath();
  for (const piece of pieces) if (seen(sheet, piece)) trace(sheet, piece);
  ctx.setLineDash(dash);
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke();
  ctx.setLineDash([]);
}

function land(sheet) {
  fill(sheet, sheet.scene.outline, LAND);
}

// Townships in the colours a sheet or the districts give them: view.tints, one a township, null for none.
function tints(sheet) {
  const { scene, view } = sheet;
  if (!view.tints) return;
  sheet.ctx.globalAlpha = 0.55;
  view.tints.forEach((colour, k) => colour && fill(sheet, scene.townships.shape[k], colour));
  sheet.ctx.globalAlpha = 1;
}

// Water, roads and borders: over areas (which would hide them), under everything else.
function ground(sheet) {
  const { scene, state, frame } = sheet;
  for (const pieces of scene.water) {
    if (pieces.length && pieces[0].line.length > 4 && closed(pieces[0].line)) fill(sheet, pieces, GROUND.water);
    else stroke(sheet, pieces, GROUND.water, 2 * frame.grow);
  }
  if (state.layers.roads) {
    for (const { rank, lines: pieces } of scene.roads)
      stroke(sheet, pieces, ROADS[rank], ROAD_WIDTHS[rank] * frame.grow);
  }
  stroke(sheet, scene.townships.shape.flat(), GROUND.border, 0.9, [5, 3]);
  stroke(sheet, scene.outline, GROUND.outline, 1.8);
}

const closed = (line) => line[0] === line[line.length - 2] && line[1] === line[line.length - 1];

// ---- places -------------------------------------------------------------------------------------------------

function placesOf(sheet) {
  const { scene, view, state, frame } = sheet;
  const shown = [],
    { places } = view;
  const limits = scene.data.style.minutes.limits[state.stage];
  if (places) {
    places.at.forEach((at, k) => {
      const [x, y] = sheet.xy(scene.places.at[at]);
      const cls = Logic.classOf(places.minutes[k], limits);
      const board = places.board[k] === 1,
        school = places.school[k];
      shown.push({ at, k, x, y, r: frame.dot, cls, board, school, colour: placeColour(sheet, cls, school, board) });
    });
  }
  const lost = new Set(view.unplaced ? view.unplaced.place : []);
  for (const place of shown) lost.delete(place.at);
  for (const at of lost) {
    const [x, y] = sheet.xy(scene.places.at[at]);
    shown.push({
      at,
      k: -1,
      x,
      y,
      r: frame.dot,
      cls: -1,
      board: false,
      school: -1,
      colour: scene.data.style.unknown,
    });
  }
  return shown;
}

function placeColour(sheet, cls, school, board = false) {
  const { style } = sheet.scene.data,
    { colours, of } = style.catchments;
  if (sheet.state.colour === "catchment") return colours[of[sheet.state.stage][school] ?? 0]; // a new school has none
  return cls >= 0 ? style.minutes.colours[cls] : board ? style.board : style.unknown;
}

function areas(sheet, places) {
  const { scene, ctx, frame } = sheet;
  const school = new Map();
  ctx.globalAlpha = sheet.state.colour === "catchment" ? 0.5 : 0.9;
  // Where townships are coloured the places must not hide them.
  for (const place of places) {
    school.set(place.at, place.school);
    if (!sheet.view.tints) fill(sheet, scene.places.shape[place.at], place.colour);
  }
  ctx.globalAlpha = 1;
  const { left, right, line } = scene.places.borders;
  const inner = [],
    between = [];
  line.forEach((pieces, k) => {
    const same = school.get(left[k]) === school.get(right[k]);
    (same ? inner : between).push(...pieces);
  });
  if (places.length < 3000 || frame.grow > 1.4) stroke(sheet, inner, "rgba(255,255,255,.75)", 0.6);
  stroke(sheet, between, INK, 1.3);
}

// One line a place, to the school most of its pupils go to; all its ways are drawn when it is picked. Lines of one
// look are stroked at once: with ten thousands of places that is what counts.
function lines(sheet, places) {
  const { ctx, scene, state, view } = sheet;
  if (scene.places.shape || !state.layers.lines) return;
  const looks = new Map();
  for (const place of places) {
    if (place.school < 0) continue;
    const gone = view.only && (view.only.places === null || !view.only.places.has(place.at));
    const pale = state.pick && !picked(state.pick, place.at, place.school);
    const key = `${gone ? GONE : pale ? 0.15 : 0.6} ${state.colour === "catchment" ? place.colour : "#7d8894"}`;
    if (!looks.has(key)) looks.set(key, []);
    looks.get(key).push(place);
  }
  ctx.lineWidth = places.length > MANY ? 0.5 : 0.9;
  for (const [key, mine] of looks) {
    const [alpha, colour] = key.split(" ");
    ctx.globalAlpha = Number(alpha);
    ctx.strokeStyle = colour;
    ctx.beginPath();
    for (const place of mine) {
      const [x, y] = sheet.xy(scene.schools.at[place.school]);
      ctx.moveTo(place.x, place.y);
      ctx.lineTo(x, y);
    }
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
}

const picked = (pick, place, school) => (pick.kind === "place" ? pick.at === place : pick.at === school);

// A dot is painted once for each look and then stamped, point by point: to trace thousands of circles takes most of the
// time of a picture. A paper that takes lines down gets circles.
const stamps = new Map();
function stamp({ ctx, frame: { sharp } }, x, y, look) {
  if (!sharp) return dot(ctx, x, y, look);
  const key = `${sharp} ${look.colour} ${look.r} ${look.edge} ${look.crossed}`;
  if (!stamps.has(key)) {
    if (stamps.size > 500) stamps.clear(); // many zooms
    stamps.set(key, stamped(look, sharp));
  }
  const picture = stamps.get(key),
    half = picture.width / 2;
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.drawImage(picture, Math.round(x * sharp - half), Math.round(y * sharp - half));
  return ctx.setTransform(sharp, 0, 0, sharp, 0, 0);
}

function stamped(look, sharp) {
  const side = 2 * Math.ceil((look.r + look.width) * sharp);
  const picture =
    typeof OffscreenCanvas === "undefined" ? document.createElement("canvas") : new OffscreenCanvas(side, side);
  picture.width = picture.height = side;
  const ctx = picture.getContext("2d");
  ctx.setTransform(sharp, 0, 0, sharp, 0, 0);
  dot(ctx, side / 2 / sharp, side / 2 / sharp, look);
  return picture.transferToImageBitmap ? picture.transferToImageBitmap() : picture;
}

function dot(ctx, x, y, { colour, r, edge, width, crossed }) {
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.arc(x, y, r, 0, 7);
  ctx.fill();
  ctx.strokeStyle = edge;
  ctx.lineWidth = width;
  ctx.stroke();
  if (crossed) cross(ctx, x, y, r * 0.55, INK, 1);
}

function dots(sheet, places) {
  const { ctx, scene, state, view } = sheet;
  // The longest ways on top: they are what matters.
  const sorted = [...places].sort((a, b) => a.cls - b.cls);
  const areal = scene.places.shape !== null,
    many = places.length > MANY;
  const { affected, painted } = view;
  for (const { x, y, r: size, at, cls, board, colour } of sorted) {
    const chosen = state.pick && state.pick.kind === "place" && state.pick.at === at;
    const concerned = affected && affected.has(at);
    if (areal && !chosen && !concerned) continue;
    // Whom nothing happens to steps back, who changes school stands out.
    ctx.globalAlpha = faint(view.only, "places", at) && !chosen ? GONE : affected && !concerned && !chosen ? FADED : 1;
    const r = (concerned ? size * 1.45 : size) * (chosen ? 1.7 : 1);
    if (many && !chosen) {
      if (ctx.fillStyle !== colour) ctx.fillStyle = colour;
      ctx.fillRect(x - r, y - r, 2 * r, 2 * r);
      continue;
    }
    const edited = painted && painted.has(at);
    const look = {
      colour,
      r,
      edge: edited ? EDITED : chosen || concerned ? INK : "rgba(60,40,20,.6)",
      width: chosen || edited ? 2.4 : concerned ? 1.6 : 0.7,
      crossed: cls < 0 && !board && state.colour !== "catchment",
    };
    stamp(sheet, x, y, look);
  }
  ctx.globalAlpha = 1;
  if (state.pick) pickedWays(sheet, view);
}

function pickedWays(sheet, view) {
  if (!view.ways) return;
  const { ctx, scene, state } = sheet;
  ctx.strokeStyle = INK;
  if (view.trace) {
    // The way of the hard village, along the roads.
    for (const [colour, width] of [
      ["#fff", 6],
      ["#0a58a6", 3.2],
    ])
      stroke(sheet, view.trace, colour, width);
    return;
  }
  view.ways.place.forEach((at, row) => {
    if (!picked(state.pick, at, view.ways.school[row])) return;
    const [x1, y1] = sheet.xy(scene.places.at[at]),
      [x2, y2] = sheet.xy(scene.schools.at[view.ways.school[row]]);
    ctx.lineWidth = state.pick.kind === "place" ? 2 : 1.2;
    ctx.beginPath();
    ctx.moveTo(x1, y1);
    ctx.lineTo(x2, y2);
    ctx.stroke();
  });
}

function farMarks(sheet, places) {
  const { ctx, state, view } = sheet;
  if (!state.layers.far) return [];
  const at = new Map(places.map((place) => [place.k, place]));
  const ranked = Logic.farthest(view, FAR_COUNT).map((k, n) => ({ ...at.get(k), n: n + 1 }));
  const marked = ranked
    .filter((place) => !faint(view.only, "places", place.at))
    .map(({ x, y, n }) => ({ x, y: y - 11, r: 7.5, n }));
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  for (const { x, y, n } of marked.reverse()) {
    ctx.beginPath();
    ctx.arc(x, y, 7.5, 0, 7);
    ctx.fillStyle = INK;
    ctx.fill();
    ctx.strokeStyle = "#fff";
    ctx.lineWidth = 1.2;
    ctx.stroke();
    ctx.fillStyle = "#fff";
    ctx.font = `600 9.5px ${FONT}`;
    ctx.fillText(String(n), x, y + 0.5);
  }
  return marked;
}

// ---- schools ------------------------------------------------------------------------------------------------

function schoolsOf(sheet) {
  const { scene, view, frame } = sheet;
  return view.schools.at
    .map((at, k) => {
      const [x, y] = sheet.xy(scene.schools.at[at]);
      const state = view.schools.state[k],
        roll = view.schools.roll[k];
      const sign = Math.max(3, Math.min(5, frame.top * 0.4));
      const r =
        state === STATE.open
          ? Logic.radius(roll, scene.largest, frame.top)
          : state === STATE.closed || state === STATE.site
            ? sign * 0.6
            : sign;
      return { at, k, x, y, r, state, roll, load: Logic.load(roll, view.schools.seats[k]) };
    })
    .sort((a, b) => (b.roll || 0) - (a.roll || 0) || a.at - b.at);
}

function marks(sheet, schools) {
  const { ctx, scene, state, view } = sheet;
  const rank = [STATE.site, STATE.closed, STATE.planned, STATE.open, STATE.ended];
  const sorted = [...schools].sort((a, b) => rank.indexOf(a.state) - rank.indexOf(b.state));
  for (const school of sorted) {
    const chosen = state.pick && state.pick.kind === "school" && state.pick.at === school.at;
    ctx.globalAlpha = faint(view.only, "schools", school.at) && !chosen ? 2 * GONE : 1;
    symbol(ctx, school, scene.data.style, state.colour === "catchment" ? placeColour(sheet, -1, school.at) : null);
    if (view.edited && view.edited.has(school.at)) {
      ctx.beginPath();
      ctx.arc(school.x, school.y, school.r + 3.5, 0, 7);
      ctx.strokeStyle = EDITED;
      ctx.lineWidth = 2;
      ctx.stroke();
    }
    if (chosen) {
      ctx.beginPath();
      ctx.arc(school.x, school.y, school.r + 5, 0, 7);
      ctx.strokeStyle = INK;
      ctx.lineWidth = 2.5;
      ctx.stroke();
    }
  }
  ctx.globalAlpha = 1;
}

// A red edge where a rule is broken: a ring at schools, a small bar under places.
function breaches(sheet, schools, places) {
  const { ctx, state, view } = sheet;
  if (!state.layers.findings || !view.findings) return;
  const at = { school: new Set(), place: new Set() };
  for (const finding of view.findings) if (finding.at >= 0 && at[finding.kind]) at[finding.kind].add(finding.at);
  ctx.strokeStyle = CLOSURE;
  ctx.lineWidth = 1.6;
  for (const one of schools) {
    if (!at.school.has(one.at)) continue;
    ctx.strokeRect(one.x - one.r - 3, one.y - one.r - 3, 2 * one.r + 6, 2 * one.r + 6);
  }
  ctx.beginPath();
  for (const one of places) {
    if (!at.place.has(one.at)) continue;
    ctx.moveTo(one.x - one.r, one.y + one.r + 1.8);
    ctx.lineTo(one.x + one.r, one.y + one.r + 1.8);
  }
  ctx.stroke();
}

// Only pupils of schools the plan closes: those who move between open schools have no closure to show.
function arrows(sheet) {
  const { scene, view, state } = sheet;
  if (!state.layers.moves || !view.moves) return;
  for (const { school, to } of Logic.closures(view)) {
    const [x1, y1] = sheet.xy(scene.schools.at[school]);
    to.forEach((target, k) => {
      const [x2, y2] = sheet.xy(scene.schools.at[target.to]);
      const dim = state.pick && state.pick.kind === "school" && state.pick.at !== school && state.pick.at !== target.to;
      sheet.ctx.globalAlpha = dim || view.only ? 0.15 : k < BUNDLE ? 1 : 0.45;
      // Most pupils first: what goes beyond a handful of schools is told as a sheaf of thin lines.
      if (k < BUNDLE) arrow(sheet.ctx, x1, y1, x2, y2, Math.min(6, 1.6 + Math.sqrt(target.pupils) / 6));
      else strand(sheet.ctx, x1, y1, x2, y2);
    });
  }
  sheet.ctx.globalAlpha = 1;
}

function strand(ctx, x1, y1, x2, y2) {
  const [cx, cy] = Logic.bend(x1, y1, x2, y2);
  ctx.strokeStyle = CLOSURE;
  ctx.lineWidth = 0.8;
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.quadraticCurveTo(cx, cy, x2, y2);
  ctx.stroke();
}

export { GROUND, prepare, paint, paintGround, paintMarks, groundKey, pieces, FAR_COUNT };
