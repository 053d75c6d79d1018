// The page itself: reads the data block, keeps what is chosen, hangs the map, the panel and the legend together.
// Every text from the data reaches the page through textContent or fillText; nothing here writes markup.
"use strict";

const Page = (() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const scene = Draw.prepare(data);
  const $ = (id) => document.getElementById(id);
  const state = {
    lang: data.lang, stage: opening(), plan: data.plans.length - 1, colour: "minutes", pick: null,
    layers: { lines: true, moves: true, far: true, names: false, roads: true },
  };
  let words = Words[state.lang];
  let map, sheet;

  // The page opens on primary school where there is one: it is what is merged most.
  function opening() {
    const ids = data.stages.map((stage) => stage.id);
    return ids.includes("primary") ? "primary" : ids[0];
  }

  const views = () => data.views[state.stage];
  const view = () => views()[state.plan];
  const label = (thing) => thing[state.lang];
  const num = (value, digits = 0) => Logic.number(value, state.lang, digits);
  const minutes = (value) => (value === null ? words.unknown : `${num(value, value < 10 ? 1 : 0)} ${words.minutes}`);
  const metres = (value) => Logic.written(value, "metres", state.lang, words);
  const people = (value) => `${num(value)} ${words.people}`;
  const township = (layer, at) => (layer.township[at] < 0 ? "" : data.townships.name[layer.township[at]]);

  function el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "onclick") node.addEventListener("click", value);
      else if (value !== null && value !== false) node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== ""));
    return node;
  }

  const name = (text) => el("bdi", { title: text }, text);

  // ---- choosing -----------------------------------------------------------------------------------------------

  function set(changes) {
    Object.assign(state, changes);
    if (state.plan >= data.plans.length) state.plan = 0;
    words = Words[state.lang];
    render();
  }

  function pick(kind, at, pan = false) {
    set({ pick: kind ? { kind, at } : null });
    if (!kind) return;
    document.querySelector(".panel").scrollTop = 0;
    const layer = kind === "place" ? data.places : data.schools;
    if (pan && !map.getBounds().pad(-0.15).contains([layer.lat[at], layer.lon[at]])) map.panTo([layer.lat[at], layer.lon[at]]);
  }

  function render() {
    document.documentElement.lang = state.lang === "zh" ? "zh-CN" : "en";
    for (const node of document.querySelectorAll("[data-word]")) node.textContent = words[node.dataset.word];
    for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", words[node.dataset.label]);
    head();
    card();
    figures();
    certainty();
    farthest();
    closures();
    table();
    legend();
    source();
    sheet.draw();
  }

  function head() {
    $("title").textContent = data.title;
    $("subtitle").textContent = `${words.layout} · ${data.year}${words.year && ` ${words.year}`}`.replace("· ", "· ");
    $("simulated").textContent = words.simulated;
    $("simulated").hidden = !data.simulated;
    choices("stages", data.stages.map((stage) => label(stage)), data.stages.findIndex((stage) => stage.id === state.stage),
      (k) => set({ stage: data.stages[k].id, pick: null }));
    choices("plans", data.plans.map((plan) => plan.name), state.plan, (k) => set({ plan: k }));
    $("plans").hidden = false;
  }

  function choices(id, names, chosen, onchoose) {
    $(id).replaceChildren(...names.map((text, k) =>
      el("button", { type: "button", title: text, "aria-pressed": String(k === chosen), onclick: () => onchoose(k) }, text)));
  }

  // ---- panel --------------------------------------------------------------------------------------------------

  function section(id, title, note, ...children) {
    $(id).replaceChildren(el("h2", {}, el("span", {}, title), note ? el("small", {}, note) : null), ...children);
  }

  function figures() {
    const rows = Logic.scoreRows(view(), views()[0]).filter((row) => row.key);
    if (!rows.length) return $("figures").replaceChildren();
    const tiles = rows.map((row) => {
      const lines = [el("span", {}, label(row)), el("b", {}, value(row, row.value))];
      if (row.change) {
        const text = `${data.plans[0].name} ${value(row, row.before)}`;
        lines.push(el("span", { class: tone(row), title: text }, `${row.change > 0 ? "▲" : "▼"} ${Logic.writtenChange(row.change, row.kind, state.lang, words)}`));
      }
      if (row.ok === false) lines.push(el("span", { class: "bad" }, `✗ ${words.limit} ${value(row, row.limit)}`));
      return el("div", { class: "tile" }, ...lines);
    });
    const compared = state.plan ? words.against + data.plans[0].name : "";
    return section("figures", words.figures, Logic.short(compared, 18), el("div", { class: "tiles" }, ...tiles));
  }

  const value = (row, number) => Logic.written(number, row.kind, state.lang, words);
  const tone = (row) => (row.better === null ? "" : row.better ? "good" : "bad");

  function certainty() {
    const { status } = view();
    if (!status) return $("certainty").replaceChildren();
    const lines = [el("strong", {}, label(status.known)), el("p", {}, `${words.method}：${label(status.method)}`)];
    if (status.unplaced > 0) lines.push(el("p", { class: "bad" }, `${words.unplaced}：${people(status.unplaced)}`));
    for (const note of status.notes) lines.push(el("p", {}, label(note)));
    return $("certainty").replaceChildren(...lines);
  }

  function farthest() {
    const { places } = view();
    const ranked = Logic.farthest(view(), Draw.FAR_COUNT);
    const unknown = places ? places.minutes.filter((value) => value === null).length : 0;
    const items = ranked.map((k, n) =>
      el("li", {}, el("button", { type: "button", onclick: () => pick("place", places.at[k], true) },
        el("span", { class: "n" }, String(n + 1)),
        el("span", {}, name(data.places.name[places.at[k]])),
        el("span", { class: "v" }, minutes(places.minutes[k])),
        el("span", { class: "sub" }, `${Logic.short(township(data.places, places.at[k]), 16)} · ${metres(places.metres[k])} · ${people(places.pupils[k])}`))));
    section("far", words.far, ranked.length ? String(ranked.length) : words.farNone, el("ol", { class: "rows" }, ...items));
    if (unknown) $("far").append(el("p", {}, `${words.farUnknown}：${num(unknown)}`));
  }

  function closures() {
    if (!state.plan) return $("closures").replaceChildren();
    const closed = Logic.closures(view());
    const items = closed.map(({ school, pupils, to }) => {
      const where = to.map((t) => `${Logic.short(data.schools.name[t.to], 20)} ${num(t.pupils)}`).join("，");
      return el("li", {}, el("button", { type: "button", onclick: () => pick("school", school, true) },
        el("span", { class: "x" }, "✕"),
        el("span", {}, name(data.schools.name[school])),
        el("span", { class: "v" }, people(pupils)),
        el("span", { class: "sub" }, where ? el("bdi", {}, `→ ${where}`) : words.stayed)));
    });
    return section("closures", words.closures, closed.length ? String(closed.length) : "",
      closed.length ? el("ol", { class: "rows" }, ...items) : el("p", {}, words.closuresNone));
  }

  function table() {
    const rows = Logic.scoreRows(view(), views()[0]);
    if (!rows.length) return $("table").replaceChildren();
    const compared = state.plan > 0;
    const headings = [words.measure, ...(compared ? [Logic.short(data.plans[0].name, 8)] : []), compared ? words.now : words.value, words.limit];
    const body = rows.map((row) => {
      const verdict = row.ok === null ? null : el("small", { class: row.ok ? "good" : "bad" }, row.ok ? ` ✓ ${words.meets}` : ` ✗ ${words.breaks}`);
      return el("tr", {}, el("td", {}, label(row)), compared ? el("td", {}, value(row, row.before)) : null,
        el("td", { class: tone(row) }, value(row, row.value)),
        el("td", { title: row.source }, row.limit === null ? "" : value(row, row.limit), verdict));
    });
    return section("table", words.allFigures, "", el("table", {},
      el("thead", {}, el("tr", {}, ...headings.map((text) => el("th", { scope: "col" }, text)))), el("tbody", {}, ...body)));
  }

  // ---- card ---------------------------------------------------------------------------------------------------

  function card() {
    $("card").hidden = !state.pick;
    if (!state.pick) return;
    const { kind, at } = state.pick;
    const layer = kind === "place" ? data.places : data.schools;
    const close = el("button", { type: "button", onclick: () => pick(null), "aria-label": words.close }, "✕");
    $("card").replaceChildren(
      el("h2", {}, name(layer.name[at]), close),
      el("p", {}, `${kind === "place" ? words.village : words.school} · ${Logic.short(township(layer, at), 24)} · ${label(data.stages.find((s) => s.id === state.stage))}`),
      ...(kind === "place" ? placeCard(at) : schoolCard(at)));
  }

  function placeCard(at) {
    const parts = [];
    data.plans.forEach((plan, k) => {
      const facts = Logic.placeFacts(views()[k], at);
      if (k !== state.plan && k !== 0) return;
      const rows = facts.to.map((way) => wayRow(data.schools.name[way.school], way, () => pick("school", way.school, true)));
      for (const lost of facts.unplaced)
        rows.push(el("li", {}, el("span", { class: "row" }, el("span", {}, "✕"), el("span", {}, `${words.unplaced}：`, el("bdi", {}, lost.reason)), el("span", { class: "v" }, people(lost.pupils)))));
      parts.unshift(el("h3", {}, name(plan.name)), rows.length ? el("ul", { class: "rows" }, ...rows) : el("p", {}, words.noRoll));
    });
    return parts;
  }

  function wayRow(text, way, onclick) {
    const sub = `${metres(way.metres)} · ${people(way.pupils)}${way.how === "day" ? "" : ` · ${words[way.how]}`}`;
    return el("li", {}, el("button", { type: "button", onclick }, el("span", {}, "→"), el("span", {}, name(text)),
      el("span", { class: "v" }, minutes(way.minutes)), el("span", { class: "sub" }, sub)));
  }

  function schoolCard(at) {
    const facts = Logic.schoolFacts(view(), at);
    if (!facts) return [el("p", {}, words.none)];
    const names = { 0: words.open, 1: words.closed, 2: words.planned, 3: words.ended };
    const list = el("dl");
    const row = (key, text, cls = "") => text && list.append(el("dt", {}, key), el("dd", { class: cls }, text));
    const then = state.plan ? Logic.schoolFacts(views()[0], at) : null;
    const was = (number) => (then && then[number] !== null && then[number] !== facts[number] ? `${num(then[number])} → ` : "");
    row(words.state, names[facts.state] + (facts.closed ? ` · ${words.closedIn} ${facts.closed}` : ""));
    if (facts.roll !== null || was("roll")) row(words.roll, was("roll") + (facts.roll === null ? "0" : num(facts.roll)));
    row(words.seats, facts.seats === null ? words.unknown : was("seats") + num(facts.seats));
    if (facts.load !== null) row(words.use, `${num(facts.load * 100)}%`, facts.load > 1 ? "bad" : "");
    for (const score of facts.scores) if (score.value) row(label(score), value(score, score.value));
    const parts = [list];
    if (facts.moved.length) {
      parts.push(el("h3", {}, words.goes), el("ul", { class: "rows" }, ...facts.moved.map((move) => el("li", {},
        el("button", { type: "button", onclick: () => pick("school", move.to, true) }, el("span", {}, "→"),
          el("span", {}, name(data.schools.name[move.to])), el("span", { class: "v" }, people(move.pupils)))))));
    }
    if (facts.from.length) {
      const shown = facts.from.slice(0, 8);
      parts.push(el("h3", {}, `${words.from} · ${num(facts.from.length)}`), el("ul", { class: "rows" },
        ...shown.map((way) => wayRow(data.places.name[way.place], way, () => pick("place", way.place, true)))));
      if (facts.from.length > shown.length) parts.push(el("p", {}, `${words.more} ${num(facts.from.length - shown.length)} ${words.items}`));
    }
    return parts;
  }

  // ---- legend -------------------------------------------------------------------------------------------------

  function swatch(paint, width = 26, height = 18) {
    const canvas = el("canvas", { width: width * 2, height: height * 2, style: `width:${width}px;height:${height}px`, "aria-hidden": "true" });
    const ctx = canvas.getContext("2d");
    ctx.scale(2, 2);
    paint(ctx, width / 2, height / 2);
    return canvas;
  }

  function legend() {
    const { style } = data, now = view(), rows = [];
    const key = (paint, text, n) => rows.push(el("div", { class: "key" }, swatch(paint), el("span", {}, text), n === null ? null : el("span", { class: "n" }, num(n))));
    const heading = (text, note) => rows.push(el("h3", {}, text, note ? el("small", {}, note) : null));
    const mode = words.modes[data.modes[state.stage]] || data.modes[state.stage];
    if (now.places) {
      heading(words.way, words.places_n);
      rows.push(el("div", { class: "pair", role: "group" }, ...["minutes", "catchment"].map((colour) =>
        el("button", { type: "button", "aria-pressed": String(state.colour === colour), onclick: () => set({ colour }) },
          colour === "minutes" ? words.byMinutes : words.byCatchment))));
      if (state.colour === "minutes") wayKeys(key, style.minutes, now, mode);
      else rows.push(el("p", {}, words.catchmentNote));
    }
    heading(words.load, words.schools_n);
    if (state.colour === "minutes" || !now.places) rows.push(el("p", {}, words.loadNote));
    loadKeys(key, style, now);
    if (scene.largest) rows.push(sizes());
    heading(words.mark, "");
    marks(rows, now, style);
    $("keys").replaceChildren(...rows);
  }

  function wayKeys(key, style, now, mode) {
    const limits = style.limits[state.stage];
    const { counts, unknown } = Logic.classCounts(now.places.minutes, limits);
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
    Logic.classLabels(limits).forEach((text, k) => key(dot(style.colours[k]), `${text} ${words.minutes}${k ? "" : `（${mode}）`}`, counts[k]));
    const lost = now.unplaced ? now.unplaced.place.filter((at) => !now.places.at.includes(at)) : [];
    const missing = unknown + new Set(lost).size;
    if (missing) key(dot(data.style.unknown), words.unknown, missing);
  }

  // In catchment colours a school's load shows by its ring alone.
  function loadKeys(key, style, now) {
    const open = now.schools.at.map((_, k) => k).filter((k) => now.schools.state[k] === Logic.STATE.open);
    const loads = open.map((k) => Logic.load(now.schools.roll[k], now.schools.seats[k]));
    const { counts, unknown } = Logic.classCounts(loads, style.load.limits);
    const colour = state.colour === "catchment" && now.places ? style.catchments[0] : null;
    const sign = (load) => (ctx, x, y) => Draw.symbol(ctx, { x, y, r: 5, state: Logic.STATE.open, load }, style, colour);
    const last = style.load.limits.length, middle = [...style.load.limits, Infinity];
    Logic.classLabels(style.load.limits, (limit) => `${num(limit * 100)}%`).forEach((text, k) => {
      if (colour === null || k === last) key(sign(middle[k]), k === last ? `${text} ${words.over}` : text, counts[k]);
    });
    if (unknown && colour === null) key(sign(null), words.unknown, unknown);
  }

  function sizes() {
    const rolls = Logic.roundSizes(scene.largest);
    return el("div", {}, el("p", {}, words.size), el("div", { class: "sizes" }, ...rolls.map((roll) => {
      const r = Logic.radius(roll, scene.largest, measures().top), side = Math.ceil(2 * r + 4);
      const circle = (ctx, x, y) => {
        ctx.beginPath();
        ctx.arc(x, y, r, 0, 7);
        ctx.strokeStyle = Draw.INK;
        ctx.lineWidth = 1.2;
        ctx.stroke();
      };
      return el("span", {}, swatch(circle, side, side), num(roll));
    })));
  }

  // The marks switch their layer on and off; only those that are on the map are listed.
  function marks(rows, now, style) {
    const count = (wanted) => now.schools.state.filter((each) => each === wanted).length;
    const sign = (wanted) => (ctx, x, y) => Draw.symbol(ctx, { x, y, r: wanted === Logic.STATE.closed ? 3 : 5, state: wanted, load: null }, style);
    for (const [wanted, text] of [["ended", words.ended], ["planned", words.planned], ["closed", words.closed]]) {
      const n = count(Logic.STATE[wanted]);
      if (n) rows.push(el("div", { class: "key" }, swatch(sign(Logic.STATE[wanted])), el("span", {}, text), el("span", { class: "n" }, num(n))));
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
      ["moves", words.arrows, state.plan && Logic.closures(now).some((c) => c.to.length) ? (ctx, x, y) => Draw.arrow(ctx, 2, y, 2 * x - 1, y, 2) : null],
      ["lines", words.lines, now.ways && !scene.places.shape ? line : null],
      ["names", words.names, (ctx, x, y) => text(ctx, x, y)],
      ["roads", words.roads, data.roads.length ? (ctx, x, y) => { ctx.lineWidth = 2; line(ctx, x, y); } : null],
    ];
    for (const [layer, title, paint] of switches) {
      if (!paint) continue;
      const box = el("input", { type: "checkbox", checked: state.layers[layer] });
      box.addEventListener("change", () => set({ layers: { ...state.layers, [layer]: box.checked } }));
      rows.push(el("label", { class: "key" }, swatch(paint), el("span", {}, title), box));
    }
  }

  function badge(ctx, x, y) {
    ctx.beginPath();
    ctx.arc(x, y, 7.5, 0, 7);
    ctx.fillStyle = Draw.INK;
    ctx.fill();
    ctx.fillStyle = "#fff";
    text(ctx, x, y, "1", `600 9.5px ${Draw.FONT}`);
  }

  function text(ctx, x, y, what = state.lang === "zh" ? "校" : "Aa", font = `11px ${Draw.FONT}`) {
    ctx.font = font;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.fillText(what, x, y + 0.5);
  }

  function source() {
    const mode = words.modes[data.modes[state.stage]] || data.modes[state.stage];
    const parts = [
      `${words.source}：${Logic.short(data.title, 40)} ${data.year}`, `${words.base}：${words[data.demand] || data.demand}`,
      `${words.wayLength}：${mode}`, words.background,
    ];
    if (data.simulated) parts.push(words.simulated);
    parts.push(...data.statements.map((text) => label(text)));
    $("source").textContent = parts.join("　·　");
  }

  // ---- map ----------------------------------------------------------------------------------------------------

  // A canvas that Leaflet moves and zooms like its own; it is painted anew when the map has come to rest.
  const Sheet = L.Renderer.extend({
    options: { padding: 0.12 },
    initialize(options) {
      L.Renderer.prototype.initialize.call(this, options);
      this.sharp = null; // pixels a point; more when printing
      this.found = { schools: [], places: [] };
    },
    _initContainer() {
      this._container = document.createElement("canvas");
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
      const size = this._bounds.getSize(), k = this.sharp || window.devicePixelRatio || 1;
      const canvas = this._container;
      canvas.width = Math.round(size.x * k);
      canvas.height = Math.round(size.y * k);
      canvas.style.width = `${size.x}px`;
      canvas.style.height = `${size.y}px`;
      canvas.setAttribute("aria-label", data.title);
      const ctx = canvas.getContext("2d");
      ctx.scale(k, k);
      const corner = this._map.getPixelOrigin().add(this._bounds.min);
      const frame = { scale: 256 * 2 ** this._map.getZoom(), dx: corner.x, dy: corner.y, width: size.x, height: size.y, ...measures() };
      this.found = Draw.paint(ctx, scene, state, frame);
    },
    at(point) {
      const { x, y } = point.subtract(this._bounds.min);
      const school = Logic.hit(this.found.schools, x, y);
      return school ? { kind: "school", ...school } : withKind(Logic.hit(this.found.places, x, y));
    },
  });

  const withKind = (place) => (place ? { kind: "place", ...place } : null);

  // The zoom that shows the whole region, and how large signs are: by the room there is, a little more when near.
  let whole = 0;
  function measures() {
    const near = map.getZoom() - whole, grow = Math.min(2, Math.max(0.8, 1 + near * 0.22)), size = map.getSize();
    const room = Math.sqrt((size.x * size.y * 0.5) / Math.max(1, data.places.id.length));
    const clamp = (value, least, most) => Math.min(most, Math.max(least, value));
    return { near, grow, dot: clamp(room / 7, 1.6, 4.5) * grow, top: clamp(Math.min(size.x, size.y) / 55, 7, 16) * grow };
  }

  const corners = () => [[data.bounds[1], data.bounds[0]], [data.bounds[3], data.bounds[2]]];

  function fit() {
    const wide = map.getSize().x > 700;
    const left = wide && $("legend").open ? 244 : 14;
    map.fitBounds(corners(), { paddingTopLeft: [left, 14], paddingBottomRight: [22, 18], animate: false });
    whole = map.getZoom();
  }

  function hang() {
    map = L.map("map", {
      attributionControl: false, zoomControl: false, zoomSnap: 0.1, zoomDelta: 0.75, wheelPxPerZoomLevel: 90, maxZoom: 17,
      maxBounds: L.latLngBounds(corners()).pad(0.6), minZoom: 2, renderer: L.svg(),
    });
    L.control.zoom({ position: "topleft" }).addTo(map);
    L.control.scale({ imperial: false, position: "bottomright", maxWidth: 130 }).addTo(map);
    if (map.getSize().x <= 700) $("legend").open = false;
    fit();
    sheet = new Sheet();
    map.addLayer(sheet);
    map.on("click", (event) => {
      const found = sheet.at(event.layerPoint);
      pick(found && found.kind, found && found.at);
    });
    map.on("mousemove", (event) => hover(event));
    map.on("mouseout movestart zoomstart", () => hover(null));
  }

  function hover(event) {
    const found = event && sheet.at(event.layerPoint);
    $("map").classList.toggle("pointing", Boolean(found));
    $("hint").hidden = !found;
    if (!found) return;
    const layer = found.kind === "place" ? data.places : data.schools;
    const more = found.kind === "place" ? (found.k < 0 ? words.unplaced : minutes(view().places.minutes[found.k])) : found.roll === null ? "" : people(found.roll);
    $("hint").textContent = `${Logic.short(layer.name[found.at], 24)} ${more}`;
    $("hint").style.left = `${event.containerPoint.x}px`;
    $("hint").style.top = `${event.containerPoint.y - 12}px`;
  }

  // ---- printing -----------------------------------------------------------------------------------------------

  // A canvas cannot follow the paper's size by itself: before printing the page takes the sheet's measures, the long
  // lists go to a second sheet, and the map is painted three times as sharp; afterwards all is as it was.
  let screen = null;
  function toPaper() {
    if (screen) return;
    screen = { centre: map.getCenter(), zoom: map.getZoom(), width: map.getSize().x, legend: $("legend").open, whole };
    document.body.classList.add("printing");
    $("annex").append($("closures"), $("table"));
    $("legend").open = true;
    sheet.sharp = 3;
    map.invalidateSize({ animate: false });
    const shown = screen.zoom - whole;
    fit();
    // What the reader had zoomed to stays in the middle of the sheet.
    if (Math.abs(shown) > 0.01) map.setView(screen.centre, screen.zoom + Math.log2(map.getSize().x / screen.width), { animate: false });
    render();
  }

  function toScreen() {
    if (!screen) return;
    document.body.classList.remove("printing");
    $("far").before($("closures"));
    $("far").after($("table"));
    $("legend").open = screen.legend;
    sheet.sharp = null;
    map.invalidateSize({ animate: false });
    whole = screen.whole;
    map.setView(screen.centre, screen.zoom, { animate: false });
    screen = null;
    render();
  }

  function start() {
    hang();
    render();
    // Only now has the page its final measures: texts wrap as they like.
    map.invalidateSize({ animate: false });
    fit();
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe($("map"));
    $("print").addEventListener("click", () => window.print());
    $("language").addEventListener("click", () => set({ lang: state.lang === "zh" ? "en" : "zh" }));
    window.addEventListener("beforeprint", toPaper);
    window.addEventListener("afterprint", toScreen);
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") pick(null);
    });
  }

  start();
  return { state, data, set, pick, map, toPaper, toScreen, painted: () => sheet.found };
})();
