// The legend, which is also the switchboard of the layers. Its signs are drawn by the same functions as the map's, its
// limits and numbers come from the same classes.

import * as Logic from "../../live/web/logic.js";
import * as Pen from "./pen.js";
import * as Draw from "./draw.js";
import { comparing, data, modeName, num, scene, set, state, view, words } from "./reader.js";
import { $, el, fill } from "./nodes.js";
import { narrowed } from "./told.js";
import * as Districts from "./districts.js";
import * as Atlas from "./atlas.js";
import * as Only from "./only.js";

// A sign is painted once and kept under its name, as a picture: every canvas on a page is a layer of its own, brought up
// to date with each frame, and thirty of them cost more than the map.
const signs = new Map();
function swatch(name, paint, width = 26, height = 18) {
  if (!signs.has(name)) signs.set(name, painted(paint, width, height));
  return signs.get(name);
}

function painted(paint, width, height) {
  const canvas = el("canvas", { width: width * 2, height: height * 2 });
  const ctx = canvas.getContext("2d");
  ctx.scale(2, 2);
  paint(ctx, width / 2, height / 2);
  return el("img", { src: canvas.toDataURL(), width, height, alt: "", "aria-hidden": "true" });
}

function render() {
  const { style } = data,
    now = view(),
    rows = [];
  const key = (paint, text, n, only) => rows.push(row(swatch(`${state.colour} ${state.stage} ${text}`, paint), text, n, only)); // prettier-ignore
  const heading = (text, note) => rows.push(el("h2", {}, text, note ? el("small", {}, note) : null));
  areas(rows);
  const covered = scene.places.shape && Districts.tints() !== null; // the townships' colours take the areas' place
  if (now.places && !covered) {
    heading(words.way, words.places_n);
    for (const { key, text } of narrowed()) rows.push(el("p", { class: "narrowed", "data-narrowed": key }, text));
    rows.push(
      el(
        "div",
        { class: "pair", role: "group" },
        ...["minutes", "catchment"].map((colour) =>
          el(
            "button",
            { type: "button", "aria-pressed": String(state.colour === colour), onclick: () => set({ colour }) },
            colour === "minutes" ? words.byMinutes : words.byCatchment,
          ),
        ),
      ),
    );
    if (state.colour === "minutes") {
      rows.push(el("p", { class: "mode" }, modeName()));
      wayKeys(key, style.minutes, now);
    } else rows.push(el("p", {}, words.catchmentNote));
  }
  heading(words.load, words.schools_n);
  if (state.colour === "minutes" || !now.places) rows.push(el("p", {}, words.loadNote));
  loadKeys(key, style, now);
  if (scene.largest) rows.push(sizes());
  heading(words.mark, "");
  marks(rows, now, style);
  rows.push(grounds());
  rows.push(el("p", { class: "screen" }, words.nothing));
  fill($("keys"), rows);
}

// A row that counts something narrows the map to it.
function row(sign, text, n, only) {
  const inside = [sign, el("span", {}, text), n === null ? null : el("span", { class: "n" }, num(n))];
  if (!only || !n) return el("div", { class: "key" }, inside);
  const pressed = String(Only.same(...only));
  return el("button", { type: "button", class: "key", "aria-pressed": pressed, "data-only": only.join(" "), onclick: () => Only.press(...only) }, inside); // prettier-ignore
}

function wayKeys(key, style, now) {
  const limits = style.limits[state.stage];
  const found = Logic.wayCounts(now, limits);
  const dot = (colour) => (ctx, x, y) => {
    ctx.beginPath();
    if (scene.places.shape) ctx.rect(x - 9, y - 6, 18, 12);
    else ctx.arc(x, y, 5, 0, 7);
    ctx.fillStyle = colour;
    ctx.fill();
    ctx.strokeStyle = "rgba(60,40,20,.6)";
    ctx.lineWidth = 0.8;
    ctx.stroke();
  };
  Logic.classLabels(limits).forEach((text, k) =>
    key(dot(style.colours[k]), `${text} ${words.minutes}`, found.counts[k], ["way", k]),
  );
  if (found.board) key(dot(data.style.board), words.allBoard, found.board, ["board", 0]);
  if (found.unknown) key(dot(data.style.unknown), words.unknown, found.unknown, ["way", -1]);
  if (found.unplaced)
    key((ctx, x, y) => Pen.alarmSign(ctx, x, y, 6), words.unplacedPlaces, found.unplaced, ["missing", undefined]);
}

// What colours the townships: districts by number, or how full they are in the year of the slider.
function areas(rows) {
  const found = Districts.mine();
  const key = (colour, text, n = null) =>
    rows.push(
      el(
        "div",
        { class: "key" },
        swatch(`area ${text} ${colour}`, (ctx, x, y) => patch(ctx, x, y, colour)),
        el("span", {}, text),
        n === null ? null : el("span", { class: "n" }, num(n)),
      ),
    );
  if (found && (state.tab === "districts" || state.layers.districts)) {
    rows.push(el("h2", {}, words.tabs.districts, el("small", {}, words.schools_n)));
    found.districts.forEach((one, k) => key(found.colours[one.colour], `${k + 1}. ${one.lead < 0 ? one.id : Logic.short(data.schools.name[one.lead], 12)}`, one.schools.length)); // prettier-ignore
    if (found.of.includes(-1)) rows.push(el("p", {}, words.splitTowns));
  } else if (Districts.tints()) {
    const { limits, colours } = data.style.load;
    rows.push(el("h2", {}, words.byYearLoad, el("small", {}, String(state.year))));
    Logic.classLabels(limits, (limit) => `${num(limit * 100)}%`).forEach((text, k) => key(colours[k], text));
  }
}

// In catchment colours a school's load shows by its ring alone.
function loadKeys(key, style, now) {
  const open = now.schools.at.map((_, k) => k).filter((k) => now.schools.state[k] === Logic.STATE.open);
  const loads = open.map((k) => Logic.load(now.schools.roll[k], now.schools.seats[k]));
  const { counts, unknown } = Logic.classCounts(loads, style.load.limits);
  const colour = state.colour === "catchment" && now.places ? style.catchments.colours[0] : null;
  const sign = (load) => (ctx, x, y) => Pen.symbol(ctx, { x, y, r: 5, state: Logic.STATE.open, load }, style, colour);
  const last = style.load.limits.length,
    middle = [...style.load.limits, Infinity];
  Logic.classLabels(style.load.limits, (limit) => `${num(limit * 100)}%`).forEach((text, k) => {
    if (colour === null || k === last)
      key(sign(middle[k]), k === last ? `${text} ${words.over}` : text, counts[k], ["load", k]);
  });
  if (unknown && colour === null) key(sign(null), words.unknown, unknown, ["load", -1]);
}

function sizes() {
  const rolls = Logic.roundSizes(scene.largest);
  return el(
    "div",
    {},
    el("p", {}, words.size),
    el(
      "div",
      { class: "sizes" },
      ...rolls.map((roll) => {
        const r = Logic.radius(roll, scene.largest, Atlas.measures().top),
          side = Math.ceil(2 * r + 4);
        const circle = (ctx, x, y) => {
          ctx.beginPath();
          ctx.arc(x, y, r, 0, 7);
          ctx.strokeStyle = Pen.INK;
          ctx.lineWidth = 1.2;
          ctx.stroke();
        };
        return el("span", {}, swatch(`size ${roll} ${side}`, circle, side, side), num(roll));
      }),
    ),
  );
}

// The lines of the ground, where there are any.
function grounds() {
  const line = (colour, width, dash) => (ctx, x, y) => {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.setLineDash(dash);
    ctx.beginPath();
    ctx.moveTo(1, y);
    ctx.lineTo(2 * x - 1, y);
    ctx.stroke();
  };
  const { border, outline, water } = Draw.GROUND;
  const borders = data.townships.shape.some((parts) => parts.length);
  const found = [
    borders ? [words.townshipBorders, line(border, 1.2, [5, 3])] : null,
    borders ? [words.countyBorder, line(outline, 2, [])] : null,
    data.water.length ? [words.water, line(water, 3, [])] : null,
    scene.places.shape ? [words.catchmentBorders, line(Pen.INK, 1.3, [])] : null,
  ].filter(Boolean);
  return el(
    "div",
    { class: "grounds" },
    found.map(([text, paint]) => el("span", {}, swatch(`ground ${text}`, paint, 20), text)),
  );
}

// The marks switch their layer on and off; only those that are on the map are listed.
function marks(rows, now, style) {
  const count = (wanted) => now.schools.state.filter((each) => each === wanted).length;
  const sign = (wanted) => (ctx, x, y) =>
    Pen.symbol(
      ctx,
      { x, y, r: wanted === Logic.STATE.closed ? 3 : wanted === Logic.STATE.site ? 4 : 5, state: wanted, load: null },
      style,
    );
  for (const [wanted, text] of [
    ["ended", words.ended],
    ["planned", words.planned],
    ["closed", words.closed],
    ["site", words.states[4]],
  ]) {
    const n = count(Logic.STATE[wanted]);
    if (n) rows.push(row(swatch(wanted, sign(Logic.STATE[wanted])), text, n, ["state", Logic.STATE[wanted]]));
  }
  const line = (ctx, x, y) => {
    ctx.strokeStyle = "#7d8894";
    ctx.beginPath();
    ctx.moveTo(2, y);
    ctx.lineTo(2 * x - 2, y);
    ctx.stroke();
  };
  const switches = [
    ["far", words.farMark, now.places ? (ctx, x, y) => badge(ctx, x, y) : null],
    [
      "moves",
      words.arrows,
      comparing() && Logic.closures(now).some((c) => c.to.length)
        ? (ctx, x, y) => Pen.arrow(ctx, 2, y, 2 * x - 1, y, 2)
        : null,
    ],
    ["focus", words.focus, comparing() && now.ways ? (ctx, x, y) => focusSign(ctx, x, y) : null],
    ["lines", words.lines, now.ways && !scene.places.shape ? line : null],
    ["names", words.names, (ctx, x, y) => text(ctx, x, y)],
    ["findings", words.findingsLayer, now.findings && now.findings.length ? (ctx, x, y) => box(ctx, x, y) : null],
    ["districts", words.tabs.districts, Districts.mine() ? (ctx, x, y) => patch(ctx, x, y) : null],
    [
      "roads",
      words.roads,
      data.roads.length
        ? (ctx, x, y) => {
            ctx.lineWidth = 2;
            line(ctx, x, y);
          }
        : null,
    ],
  ];
  for (const [layer, title, paint] of switches) {
    if (!paint) continue;
    const box = el("input", { type: "checkbox", checked: state.layers[layer] });
    box.addEventListener("change", () => set({ layers: { ...state.layers, [layer]: box.checked } }));
    rows.push(el("label", { class: "key" }, swatch(`${layer} ${state.lang}`, paint), el("span", {}, title), box));
  }
}

function focusSign(ctx, x, y) {
  for (const [at, r, alpha] of [
    [x - 7, 3, 0.3],
    [x + 4, 5, 1],
  ]) {
    ctx.globalAlpha = alpha;
    ctx.beginPath();
    ctx.arc(at, y, r, 0, 7);
    ctx.fillStyle = data.style.minutes.colours[2];
    ctx.fill();
    ctx.strokeStyle = Pen.INK;
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
}

function box(ctx, x, y) {
  ctx.strokeStyle = Pen.CLOSURE;
  ctx.lineWidth = 1.6;
  ctx.strokeRect(x - 6, y - 6, 12, 12);
}

function patch(ctx, x, y, colour = data.style.catchments.colours[0]) {
  ctx.globalAlpha = 0.55;
  ctx.fillStyle = colour;
  ctx.fillRect(x - 9, y - 6, 18, 12);
  ctx.globalAlpha = 1;
}

function badge(ctx, x, y) {
  ctx.beginPath();
  ctx.arc(x, y, 7.5, 0, 7);
  ctx.fillStyle = Pen.INK;
  ctx.fill();
  ctx.fillStyle = "#fff";
  text(ctx, x, y, "1", `600 9.5px ${Pen.FONT}`);
}

function text(ctx, x, y, what = state.lang === "zh" ? "校" : "Aa", font = `11px ${Pen.FONT}`) {
  ctx.font = font;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(what, x, y + 0.5);
}

export { render };
