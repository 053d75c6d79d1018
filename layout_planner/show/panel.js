// The panel beside the map: figures, lists, the table, and the card of the school or place that is picked.
"use strict";

const Panel = (() => {
  const { data, state, words, set, $, views, view, label, num, minutes, metres, people, township, el, name } = Reader;

  // `show: true` brings what is picked into sight on the map.
  const pick = (kind, at, show = false) => set({ pick: kind ? { kind, at } : null, show });

  // What is known, with dots between.
  const dotted = (...parts) => parts.filter((part) => part && part !== "—").join(" · ");

  function section(id, title, note, ...children) {
    $(id).replaceChildren(el("h2", {}, el("span", {}, title), note ? el("small", {}, note) : null), ...children);
  }

  function figures() {
    const rows = Logic.scoreRows(view(), views()[0])
      .filter((row) => row.key !== null && row.value !== null)
      .sort((a, b) => a.key - b.key)
      .slice(0, 6);
    if (!rows.length) return $("figures").replaceChildren();
    const tiles = rows.map((row) => {
      const lines = [el("span", {}, label(row)), el("b", {}, value(row, row.value))];
      if (row.change) {
        const text = `${label(data.plans[0])} ${value(row, row.before)}`;
        lines.push(
          el(
            "span",
            { class: tone(row), title: text },
            `${row.change > 0 ? "▲" : "▼"} ${Logic.writtenChange(row.change, row.kind, state.lang, words)}`,
          ),
        );
      }
      if (row.ok === false) lines.push(el("span", { class: "bad" }, `✗ ${words.limit} ${value(row, row.limit)}`));
      return el("div", { class: "tile" }, ...lines);
    });
    const compared = state.plan ? words.against + label(data.plans[0]) : "";
    return section("figures", words.figures, Logic.short(compared, 18), el("div", { class: "tiles" }, ...tiles));
  }

  const value = (row, number) => Logic.written(number, row.kind, state.lang, words);
  const tone = (row) => (row.better === null ? "" : row.better ? "good" : "bad");

  function certainty() {
    const { status } = view();
    if (!status) return $("certainty").replaceChildren();
    const lines = [
      el("strong", {}, label(status.known)),
      el("p", {}, `${words.method}${words.colon}${label(status.method)}`),
    ];
    if (status.unplaced > 0)
      lines.push(el("p", { class: "bad" }, `${words.unplaced}${words.colon}${people(status.unplaced)}`));
    const notes = status.notes.map((note) => el("p", {}, label(note)));
    const onPaper = document.body.classList.contains("printing");
    // Many notes fold away; they matter, but not to everyone.
    lines.push(
      ...(notes.length < 3
        ? notes
        : [el("details", { open: onPaper }, el("summary", {}, `${words.notes} · ${num(notes.length)}`), ...notes)]),
    );
    return $("certainty").replaceChildren(...lines);
  }

  function farthest() {
    const { places } = view();
    const ranked = Logic.farthest(view(), Draw.FAR_COUNT);
    const unknown = places ? Logic.wayCounts(view(), []).unknown : 0;
    const items = ranked.map((k, n) =>
      el(
        "li",
        {},
        el(
          "button",
          { type: "button", onclick: () => pick("place", places.at[k], true) },
          el("span", { class: "n" }, String(n + 1)),
          el("span", {}, name(data.places.name[places.at[k]])),
          el("span", { class: "v" }, minutes(places.minutes[k])),
          el(
            "span",
            { class: "sub" },
            dotted(
              Logic.short(township(data.places, places.at[k]), 16),
              metres(places.metres[k]),
              people(places.pupils[k]),
            ),
          ),
        ),
      ),
    );
    section(
      "far",
      words.far,
      ranked.length ? String(ranked.length) : words.farNone,
      el("ol", { class: "rows" }, ...items),
    );
    if (unknown) $("far").append(el("p", {}, `${words.farUnknown}${words.colon}${num(unknown)}`));
  }

  function closures() {
    if (!state.plan) return $("closures").replaceChildren();
    const closed = Logic.closures(view());
    const items = closed.map(({ school, pupils, to }) => {
      const where = to.map((t) => `${Logic.short(data.schools.name[t.to], 20)} ${num(t.pupils)}`).join(words.comma);
      return el(
        "li",
        {},
        el(
          "button",
          { type: "button", onclick: () => pick("school", school, true) },
          el("span", { class: "x" }, "✕"),
          el("span", {}, name(data.schools.name[school])),
          el("span", { class: "v" }, people(pupils)),
          el("span", { class: "sub" }, where ? el("bdi", {}, `→ ${where}`) : words.stayed),
        ),
      );
    });
    return section(
      "closures",
      words.closures,
      closed.length ? String(closed.length) : "",
      closed.length ? el("ol", { class: "rows" }, ...items) : el("p", {}, words.closuresNone),
    );
  }

  function table() {
    const rows = Logic.scoreRows(view(), views()[0]);
    if (!rows.length) return $("table").replaceChildren();
    const compared = state.plan > 0;
    const headings = [
      words.measure,
      ...(compared ? [Logic.short(label(data.plans[0]), 8)] : []),
      compared ? words.now : words.value,
      words.limit,
    ];
    const body = rows.map((row) => {
      const verdict =
        row.ok === null
          ? null
          : el("small", { class: row.ok ? "good" : "bad" }, row.ok ? ` ✓ ${words.meets}` : ` ✗ ${words.breaks}`);
      return el(
        "tr",
        {},
        el("td", {}, label(row)),
        compared ? el("td", {}, value(row, row.before)) : null,
        el("td", { class: tone(row) }, value(row, row.value)),
        el("td", { title: row.source }, row.limit === null ? "" : value(row, row.limit), verdict),
      );
    });
    return section(
      "table",
      words.allFigures,
      "",
      el(
        "table",
        {},
        el("thead", {}, el("tr", {}, ...headings.map((text) => el("th", { scope: "col" }, text)))),
        el("tbody", {}, ...body),
      ),
    );
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
      el(
        "p",
        {},
        dotted(
          kind === "place" ? words.village : words.school,
          Logic.short(township(layer, at), 24),
          label(data.stages.find((s) => s.id === state.stage)),
        ),
      ),
      ...(kind === "place" ? placeCard(at) : schoolCard(at)),
    );
  }

  function placeCard(at) {
    const parts = [];
    data.plans.forEach((plan, k) => {
      const facts = Logic.placeFacts(views()[k], at);
      if (k !== state.plan && k !== 0) return;
      const rows = facts.to.map((way) =>
        wayRow(data.schools.name[way.school], way, () => pick("school", way.school, true)),
      );
      for (const lost of facts.unplaced)
        rows.push(
          el(
            "li",
            {},
            el(
              "span",
              { class: "row" },
              el("span", {}, "✕"),
              el("span", {}, words.unplaced + words.colon, el("bdi", {}, lost.reason)),
              el("span", { class: "v" }, people(lost.pupils)),
            ),
          ),
        );
      parts.unshift(
        el("h3", {}, name(label(plan))),
        rows.length ? el("ul", { class: "rows" }, ...rows) : el("p", {}, words.noRoll),
      );
    });
    return parts;
  }

  function wayRow(text, way, onclick) {
    const sub = dotted(metres(way.metres), people(way.pupils), way.how === "day" ? "" : words[way.how]);
    return el(
      "li",
      {},
      el(
        "button",
        { type: "button", onclick },
        el("span", {}, "→"),
        el("span", {}, name(text)),
        el("span", { class: "v" }, minutes(way.minutes)),
        el("span", { class: "sub" }, sub),
      ),
    );
  }

  function schoolCard(at) {
    const facts = Logic.schoolFacts(view(), at);
    if (!facts) return [el("p", {}, words.none)];
    const names = { 0: words.open, 1: words.closed, 2: words.planned, 3: words.ended };
    const list = el("dl");
    const row = (key, text, cls = "") => text && list.append(el("dt", {}, key), el("dd", { class: cls }, text));
    const then = state.plan ? Logic.schoolFacts(views()[0], at) : null;
    const was = (number) =>
      then && then[number] !== null && then[number] !== facts[number] ? `${num(then[number])} → ` : "";
    row(words.state, names[facts.state] + (facts.closed ? ` · ${words.closedIn} ${facts.closed}` : ""));
    if (facts.roll !== null || was("roll"))
      row(words.roll, was("roll") + (facts.roll === null ? "0" : num(facts.roll)));
    row(words.seats, facts.seats === null ? words.unknown : was("seats") + num(facts.seats));
    if (facts.load !== null) row(words.use, `${num(facts.load * 100)}%`, facts.load > 1 ? "bad" : "");
    for (const score of facts.scores) if (score.value) row(label(score), value(score, score.value));
    const parts = [list];
    if (facts.moved.length) {
      parts.push(
        el("h3", {}, words.goes),
        el(
          "ul",
          { class: "rows" },
          ...facts.moved.map((move) =>
            el(
              "li",
              {},
              el(
                "button",
                { type: "button", onclick: () => pick("school", move.to, true) },
                el("span", {}, "→"),
                el("span", {}, name(data.schools.name[move.to])),
                el("span", { class: "v" }, people(move.pupils)),
              ),
            ),
          ),
        ),
      );
    }
    if (facts.from.length) {
      const shown = facts.from.slice(0, 8);
      parts.push(
        el("h3", {}, `${words.from} · ${num(facts.from.length)}`),
        el(
          "ul",
          { class: "rows" },
          ...shown.map((way) => wayRow(data.places.name[way.place], way, () => pick("place", way.place, true))),
        ),
      );
      if (facts.from.length > shown.length)
        parts.push(el("p", {}, `${words.more} ${num(facts.from.length - shown.length)} ${words.items}`));
    }
    return parts;
  }

  function render() {
    card();
    figures();
    certainty();
    closures();
    farthest();
    table();
  }

  return { render, pick };
})();
