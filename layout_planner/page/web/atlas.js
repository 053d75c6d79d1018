// The map: a canvas under Leaflet, which does the moving and zooming.

import * as Logic from "../../live/web/logic.js";
import * as Draw from "./draw.js";
import {
  comparing,
  data,
  label,
  likelyBoards,
  minutes,
  people,
  reference,
  referenceName,
  scene,
  state,
  view,
  words,
} from "./reader.js";
import { $ } from "./nodes.js";
import { affected, byVillage, concernedPlaces } from "../../live/web/affected.js";
import * as Districts from "./districts.js";
import * as Hand from "./hand.js";
import * as Only from "./only.js";
import * as Sheets from "./sheets.js";

const LEGEND = 244; // its width
let map, sheet, before, scale;

// While several things move the map it is not painted; afterwards once, if anything asked for it.
let held = 0;
function once(what) {
  held++;
  try {
    what();
  } finally {
    held--;
  }
  if (!held) for (const each of [before, sheet]) if (each && each.stale) each.draw();
}

// A canvas that Leaflet moves and zooms like its own; it is painted anew when the map has come to rest.
const Sheet = L.Renderer.extend({
  options: { padding: 0.12 },
  initialize(options) {
    L.Renderer.prototype.initialize.call(this, options);
    this.sharp = null; // pixels a point; more when printing
    this.then = Boolean(options && options.then); // paints what the plan is compared with, left of the line between before and after
    this.found = { schools: [], places: [] };
  },
  _initContainer() {
    this._container = document.createElement("div");
    this.layers = [0, 1].map(() => this._container.appendChild(document.createElement("canvas")));
    this._container.setAttribute("role", "img");
  },
  // Leaflet would set the canvas back by fractions of a pixel here, which blurs it.
  _reset() {
    this._update();
  },
  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    L.DomUtil.setPosition(this._container, this._bounds.min);
    this.draw();
  },
  draw() {
    if (held) return void (this.stale = true);
    this.stale = false;
    if (!this._bounds || (this.then && state.swipe === null)) return;
    const size = this._bounds.getSize(),
      k = this.sharp || window.devicePixelRatio || 1;
    this._container.setAttribute("aria-label", data.title);
    this._container.style.width = `${size.x}px`;
    this._container.style.height = `${size.y}px`; // what is clipped needs an extent of its own
    const corner = this._map.getPixelOrigin().add(this._bounds.min);
    const frame = {
      scale: 256 * 2 ** this._map.getZoom(),
      dx: corner.x,
      dy: corner.y,
      width: size.x,
      height: size.y,
      sharp: k,
      ...measures(),
    };
    const shown = painting(this.then),
      key = Draw.groundKey(scene, state, frame, shown);
    // A print takes what was painted last on a canvas: paper gets everything on one.
    this.layers[0].style.visibility = this.sharp ? "hidden" : "";
    if (this.sharp) {
      this.found = Draw.paint(this.context(1, size, k), scene, state, frame, shown);
      return this.clip();
    }
    if (key === null || this.ground !== `${key} ${k}`) Draw.paintGround(this.context(0, size, k), scene, state, frame, shown); // prettier-ignore
    this.ground = `${key} ${k}`;
    this.found = Draw.paintMarks(this.context(1, size, k), scene, state, frame, shown);
    return this.clip();
  },
  // One of the two canvases, emptied: the ground, and what lies upon it.
  context(layer, size, k) {
    const canvas = this.layers[layer],
      [width, height] = [Math.round(size.x * k), Math.round(size.y * k)];
    const ctx = canvas.getContext("2d");
    // Another size throws the picture's memory away; that takes longer than to wipe it.
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
      canvas.style.width = `${size.x}px`;
      canvas.style.height = `${size.y}px`;
    }
    ctx.setTransform(k, 0, 0, k, 0, 0);
    ctx.clearRect(0, 0, size.x, size.y);
    return ctx;
  },
  // Each side shows its share of the map.
  clip() {
    const style = this._container.style,
      size = this._bounds.getSize();
    if (state.swipe === null) {
      style.clipPath = "";
      style.visibility = this.then ? "hidden" : "";
      return;
    }
    style.visibility = "";
    const edge = this._map.containerPointToLayerPoint([this._map.getSize().x * state.swipe, 0]).x - this._bounds.min.x;
    style.clipPath = this.then ? `inset(0 ${Math.max(0, size.x - edge)}px 0 0)` : `inset(0 0 0 ${Math.max(0, edge)}px)`;
  },
  at(point) {
    const { x, y } = point.subtract(this._bounds.min);
    const school = Logic.hit(this.found.schools, x, y);
    return school ? { kind: "school", ...school } : withKind(Logic.hit(this.found.places, x, y));
  },
});

// The scale in the page's words.
const Scale = L.Control.Scale.extend({
  _updateMetric(most) {
    const metres = this._getRoundNum(most);
    const text = metres < 1000 ? `${metres} ${words.metre}` : `${metres / 1000} ${words.km}`;
    this._updateScale(this._mScale, text, metres / most);
  },
});

const withKind = (place) => (place ? { kind: "place", ...place } : null);

// What is painted: of the plan shown, or of what it is compared with. Only what is on the map is worked out.
function painting(then) {
  const shown = then ? reference() : view();
  return {
    schools: shown.schools,
    places: shown.places,
    moves: shown.moves,
    unplaced: shown.unplaced,
    edited: shown.edited,
    painted: shown.painted,
    affected: then ? null : concerned(),
    missing: Logic.missingPlaces(shown),
    findings: state.layers.findings ? shown.findings : null,
    only: then ? null : Only.wanted(),
    ways: state.pick ? shown.ways : null,
    tints: Districts.tints(),
    numbers: Districts.numbers(),
    trace: Sheets.trace(),
  };
}

// Places whose children change school, or lose theirs; null where nothing is compared or nobody moves.
let told = { now: null };
function concerned() {
  const now = view(),
    then = comparing() ? reference() : null;
  if (!state.layers.focus || !then || !now.start || !then.start) return null;
  if (told.now !== now || told.then !== then)
    told = { now, then, places: now.live ? byVillage(affected(now, then)) : concernedPlaces(now, then) };
  return told.places.size ? told.places : null;
}

// Paint the map as it is on the screen onto another context of that size, for a picture.
function paintOn(ctx, width, height) {
  const corner = map.getPixelOrigin().subtract(map._getMapPanePos());
  const frame = { scale: 256 * 2 ** map.getZoom(), dx: corner.x, dy: corner.y, width, height, ...measures() };
  Draw.paint(ctx, scene, state, frame, painting(false));
}

// The zoom that shows the whole region, and how large signs are: by the room there is, a little more when near.
let whole = 0;
function measures() {
  const near = map.getZoom() - whole,
    grow = Math.min(2, Math.max(0.8, 1 + near * 0.22)),
    size = map.getSize();
  const room = Math.sqrt((size.x * size.y * 0.5) / Math.max(1, data.places.id.length));
  const clamp = (value, least, most) => Math.min(most, Math.max(least, value));
  return {
    near,
    grow,
    dot: clamp(room / 7, 1.6, 4.5) * grow,
    top: clamp(Math.min(size.x, size.y) / 55, 7, 16) * grow,
  };
}

const corners = () => [
  [data.bounds[1], data.bounds[0]],
  [data.bounds[3], data.bounds[2]],
];

// Leaflet answers every move that leaves the limits with a glide back. A glide begun halfway through a change of size
// would run on after it and shift the map; so the limits are off meanwhile. Gives back how to set them again.
function free() {
  const limits = map.options.maxBounds;
  map.setMaxBounds(null);
  map.stop();
  return () => {
    if (!limits) return; // they were off before
    map.panInsideBounds(limits, { animate: false });
    map.setMaxBounds(limits);
  };
}

// On a phone the panel lies over the foot of the map.
function covered() {
  const panel = document.querySelector(".panel").getBoundingClientRect(),
    box = map.getContainer().getBoundingClientRect();
  const over = panel.left < box.right - 1 && panel.width >= box.width - 1 ? box.bottom - panel.top : 0;
  return Math.min(Math.max(over, 0), box.height * 0.6);
}

// Show the whole region, clear of the legend where there is room beside it.
const fit = () => once(fitted);

function fitted() {
  const bound = free();
  map.invalidateSize({ animate: false });
  const left = map.getSize().x > 700 && $("legend").open ? LEGEND + 18 : 14;
  map.fitBounds(corners(), {
    paddingTopLeft: [left, data.years ? 52 : 14],
    paddingBottomRight: [22, 18 + covered()],
    animate: false,
  });
  bound();
  whole = map.getZoom();
  before.draw(); // signs are sized by it
  sheet.draw();
}

function hang() {
  map = L.map("map", {
    attributionControl: false,
    zoomControl: false,
    zoomSnap: 0.1,
    zoomDelta: 0.75,
    wheelPxPerZoomLevel: 90,
    maxZoom: 17,
    maxBounds: L.latLngBounds(corners()).pad(1.5),
    minZoom: 2,
  });
  map.fitBounds(corners(), { animate: false });
  L.control.zoom({ position: "topleft" }).addTo(map);
  scale = new Scale({ imperial: false, position: "bottomright", maxWidth: 130 }).addTo(map);
  if (map.getSize().x <= 700) $("legend").open = false;
  sheet = new Sheet();
  before = new Sheet({ then: true });
  map.addLayer(sheet);
  map.addLayer(before);
  map.on("move zoomend", () => [sheet, before].forEach((each) => each.clip()));
  map.on("click", (event) => Hand.clicked(under(event), [event.latlng.lng, event.latlng.lat]));
  map.on("mousemove", hover);
  map.on("mouseout movestart zoomstart", () => hover(null));
}

function hover(event) {
  const found = event && under(event);
  $("map").classList.toggle("pointing", Boolean(found));
  $("hint").hidden = !found;
  if (!found) return;
  const layer = found.kind === "place" ? data.places : data.schools;
  $("hint").textContent =
    `${Logic.short(layer.name[found.at], 24)} ${found.kind === "place" ? wayOf(found) : found.roll === null ? "" : people(found.roll)}`;
  $("hint").style.left = `${event.containerPoint.x}px`;
  $("hint").style.top = `${event.containerPoint.y - 12}px`;
}

const left = (event) => state.swipe !== null && event.containerPoint.x < map.getSize().x * state.swipe;
const under = (event) => (left(event) ? before : sheet).at(event.layerPoint);

// ---- before and after -------------------------------------------------------------------------------------------

function hangSwipe() {
  const bar = $("swipe");
  const to = (share) => {
    state.swipe = Math.min(0.98, Math.max(0.02, share));
    place();
    sheet.clip();
    before.clip();
  };
  bar.addEventListener("pointerdown", (event) => bar.setPointerCapture(event.pointerId));
  bar.addEventListener("pointermove", (event) => {
    if (!bar.hasPointerCapture(event.pointerId)) return;
    const box = $("map").getBoundingClientRect();
    to((event.clientX - box.left) / box.width);
  });
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -0.04, ArrowRight: 0.04 }[event.key];
    if (step) to(state.swipe + step);
  });
}

function place() {
  const on = state.swipe !== null && comparing();
  $("swipe").hidden = $("sides").hidden = !on;
  if (!on) return;
  $("swipe").style.left = `${state.swipe * 100}%`;
  $("swipe").setAttribute("aria-valuenow", String(Math.round(state.swipe * 100)));
  $("sideThen").textContent = `◀ ${Logic.short(referenceName(), 16)}`;
  $("sideNow").textContent = `${Logic.short(view().live ? words.withEdits : label(data.plans[state.plan]), 16)} ▶`;
}

function wayOf({ k, board }) {
  if (k < 0) return words.unplacedPlaces;
  const mean = view().places.minutes[k];
  return board ? words.allBoard : `${minutes(mean)}${likelyBoards(mean) ? ` · ${words.likelyBoards}` : ""}`;
}

// Bring a school or a place into sight unless it is well within.
function show(kind, at) {
  const layer = kind === "place" ? data.places : data.schools;
  const spot = [layer.lat[at], layer.lon[at]];
  if (!map.getBounds().pad(-0.15).contains(spot)) map.panTo(spot);
}

// Bring a spot into the middle, a little nearer where asked.
const goTo = (spot, nearer = 3) => map.setView(spot, Math.max(map.getZoom(), whole + nearer));

// After the page has changed its measures: the whole region again, or what was in the middle.
let settled = "";
function settle() {
  const { clientWidth, clientHeight } = map.getContainer();
  // Back from paper the measures are the old ones, and what was shown stays.
  if (settled === `${clientWidth} ${clientHeight}`) return;
  settled = `${clientWidth} ${clientHeight}`;
  // A map that has become narrow has no room for the legend beside it.
  if (clientWidth <= 700) $("legend").open = false;
  once(() => (Math.abs(map.getZoom() - whole) < 0.01 ? fitted() : map.invalidateSize({ animate: false })));
}

// Paint for paper, three times as sharp, once the page has taken the sheet's measures; gives back how to undo it.
function toPaper() {
  const bound = free();
  const was = { centre: map.getCenter(), zoom: map.getZoom(), width: map.getSize().x, whole };
  sheet.sharp = before.sharp = 3;
  fit();
  if (Math.abs(was.zoom - was.whole) > 0.01)
    map.setView(was.centre, was.zoom + Math.log2(map.getSize().x / was.width), { animate: false });
  return () => {
    sheet.sharp = before.sharp = null;
    map.invalidateSize({ animate: false });
    whole = was.whole;
    map.setView(was.centre, was.zoom, { animate: false, reset: true }); // anew, not moved by whole pixels
    bound();
  };
}

function draw() {
  if (!comparing()) state.swipe = null;
  $("map").classList.toggle("choosing", state.hand !== null);
  $("map").setAttribute("aria-label", words.mapKeys);
  place();
  once(() => {
    // What was just written may have changed the map's measures: paint once, at the right ones. Paper has its own.
    if (settled && !document.body.classList.contains("printing")) settle();
    before.draw();
    sheet.draw();
  });
  before.clip();
  sheet.clip();
}

// The scale in the words of the language chosen.
const speak = () => scale._update();

const found = () => sheet.found;
const leaflet = () => map;

export { hang, once, fit, settle, show, toPaper, measures, hangSwipe, draw, found, leaflet, goTo, paintOn, speak };
