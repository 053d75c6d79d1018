// The page for families: type or tap the village, see the school today and in the plan, say what you think.

import { $, el, fill, name } from "../../page/web/nodes.js";
import { words } from "./lookup-words.js";
import { answer, find, reply, waiting } from "./lookup-find.js";

const MOST_HITS = 12,
  FEW = 6;
const data = JSON.parse($("data").textContent);
const state = { lang: data.lang, place: null, stage: null, said: null, ranking: null, text: "", saved: null };
const say = () => words[state.lang];

// ---- grades ---------------------------------------------------------------------------------------------------

// Grades in words: kindergarten classes by name, runs of grades as "1 to 3".
function gradesText(band) {
  const t = say();
  if (band.every) return t.every;
  const young = band.grades.filter((grade) => grade < 1).map((grade) => t.kinder[grade + 2]);
  const runs = [];
  for (const grade of band.grades.filter((one) => one >= 1)) {
    const last = runs[runs.length - 1];
    if (last && last[1] === grade - 1) last[1] = grade;
    else runs.push([grade, grade]);
  }
  return [...young, ...runs.map(([from, to]) => t.grade(from, to))].join(state.lang === "zh" ? "、" : ", ");
}

// ---- one village ----------------------------------------------------------------------------------------------

function wayText(one) {
  const t = say();
  const by = t.hows[one.how] || t.modes[one.mode] || t.mode;
  const length = one.minutes === null ? t.unknown : t.minutes(one.minutes);
  return [by, length, one.metres === null ? "" : t.metres(one.metres)].filter(Boolean).join(" · ");
}

function wayBox(label, options, fresh) {
  const t = say();
  const several = options.filter((one) => !one.migrant).length > 1;
  return el(
    "div",
    { class: fresh ? "way new" : "way" },
    el("small", {}, label),
    options.length ? null : el("b", {}, t.nobody),
    options.map((one) => [
      el("b", {}, name(one.name), one.migrant ? ` (${t.migrant})` : several ? ` (${t.some})` : ""),
      el("small", {}, wayText(one)),
    ]),
  );
}

function facts(band) {
  const t = say();
  const dates = [...new Set(band.reasons.map((one) => one.year))];
  const when = dates.length ? dates.map((year) => (year === null ? t.undated : t.autumn(year))) : [t.undated];
  const why = band.reasons.map((one) => one.why || (one.kind === "ends" ? t.endsWhy(one.name) : t.opensWhy(one.name)));
  const row = (label, text) => [el("dt", {}, label), el("dd", {}, el("bdi", {}, text))];
  return el(
    "dl",
    {},
    row(t.when, [...new Set(when)].join(" / ")),
    row(t.why, (why.length ? why : [t.zones]).join(" / ")),
    row(t.exempt, data.exempt || t.exemptUnknown),
    row(t.ask, data.ask || t.askUnknown),
  );
}

function bandBox(band) {
  const t = say();
  const head = el("h3", {}, gradesText(band));
  if (!data.compared) return el("div", { class: "band" }, head, wayBox(t.today, band.today, false));
  if (band.same && !band.lost)
    return el(
      "div",
      { class: "band" },
      head,
      el("p", { class: "same" }, t.same),
      wayBox(t.planned, band.planned, false),
      band.away ? el("p", { class: "note" }, t.away) : null,
    );
  return el(
    "div",
    { class: "band" },
    head,
    el("p", { class: "changes" }, band.lost ? t.lost(gradesText(band)) : t.changes),
    el("div", { class: "ways" }, wayBox(t.today, band.today, false), wayBox(t.planned, band.planned, true)),
    band.same ? null : facts(band),
    band.away ? el("p", { class: "note" }, t.away) : null,
  );
}

function showAnswer() {
  const box = $("answer"),
    t = say();
  box.hidden = state.place === null;
  $("search").hidden = $("without").hidden = state.place !== null;
  if (state.place === null) return showWithout();
  const found = answer(data, state.place),
    lost = found.flatMap((stage) => stage.bands.filter((band) => band.lost).map((band) => [stage, band]));
  const town = data.townships[data.places[state.place][2]];
  fill(
    box,
    lost.length
      ? el(
          "div",
          { class: "band" },
          lost.map(([stage, band]) =>
            el(
              "section",
              { class: "alarm", role: "alert" },
              el("h3", {}, `${stage.name[state.lang]} · ${t.lost(gradesText(band))}`),
              el("p", {}, t.lostText),
              el("p", {}, `${t.ask}: `, el("bdi", {}, data.ask || t.askUnknown)),
            ),
          ),
        )
      : null,
    el("h2", { tabindex: "-1", id: "village" }, name(data.places[state.place][1])),
    el("p", { class: "note" }, town ? name(town) : null),
    el("p", { class: "note" }, data.compared ? t.draft : t.onlyToday),
    found.map((stage) => el("div", { class: "stage" }, el("h2", {}, stage.name[state.lang]), stage.bands.map(bandBox))),
    el("button", { type: "button", id: "back", class: "main", onclick: () => choose(null) }, t.back),
  );
}

function choose(place) {
  Object.assign(state, { place, stage: null, said: null, ranking: null, text: "", saved: null });
  if (place === null) $("typed").value = "";
  const wanted = place === null ? "" : `#${encodeURIComponent(data.places[place][0])}`;
  if (decodeURIComponent(location.hash) !== decodeURIComponent(wanted))
    history.replaceState(null, "", wanted || location.pathname + location.search);
  draw();
  window.scrollTo(0, 0);
  if (place !== null) $("village").focus();
}

// ---- finding it -----------------------------------------------------------------------------------------------

const villageButton = (k, town = true) =>
  el(
    "button",
    { type: "button", role: "listitem", "data-place": data.places[k][0], onclick: () => choose(k) },
    name(data.places[k][1]),
    town && data.places[k][2] >= 0 ? el("small", {}, name(data.townships[data.places[k][2]])) : null,
  );

// A list that is made when it is opened.
function folded(label, make) {
  const box = el("details", {}, el("summary", {}, label));
  box.addEventListener("toggle", () => {
    if (box.open && box.childElementCount === 1) box.append(...make());
  });
  return box;
}

function showHits() {
  const t = say(),
    typed = $("typed").value;
  if (typed.trim()) {
    const hits = find(data, typed);
    fill(
      $("hits"),
      hits.slice(0, MOST_HITS).map((k) => villageButton(k)),
      hits.length ? null : el("p", { class: "note" }, t.none),
      hits.length > MOST_HITS ? el("p", { class: "note" }, t.more(hits.length - MOST_HITS)) : null,
    );
    return;
  }
  const towns = data.townships.map((label, town) => [label, data.places.flatMap((p, k) => (p[2] === town ? [k] : []))]);
  towns.push([t.elsewhere, data.places.flatMap((p, k) => (p[2] < 0 ? [k] : []))]);
  fill(
    $("hits"),
    towns
      .filter(([, inside]) => inside.length)
      .map(([label, inside]) => folded(name(label), () => inside.map((k) => villageButton(k, false)))),
  );
}

function showWithout() {
  const t = say(),
    box = $("without"),
    places = waiting(data),
    number = data.stages.reduce((sum, stage) => sum + stage.without, 0);
  box.hidden = !places.length;
  box.className = "alarm";
  if (!places.length) return;
  fill(
    box,
    el("h2", {}, (data.compared ? t.withoutTitle : t.withoutNow)(number.toLocaleString(state.lang))),
    el("p", {}, t.withoutText),
    places.slice(0, FEW).map((k) => villageButton(k, false)),
    places.length > FEW
      ? folded(t.rest(places.length - FEW), () => places.slice(FEW).map((k) => villageButton(k, false)))
      : null,
  );
}

// ---- the form -------------------------------------------------------------------------------------------------

const choice = (label, chosen, act) =>
  el("button", { type: "button", "aria-pressed": String(chosen), onclick: act }, label);

function number() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function rankingList() {
  const t = say(),
    order = state.ranking || Object.keys(data.form.wishes);
  const move = (k, by) => {
    const next = [...order];
    [next[k], next[k + by]] = [next[k + by], next[k]];
    state.ranking = next;
    showReply();
  };
  const arrow = (label, text, k, by) =>
    el(
      "button",
      {
        type: "button",
        "aria-label": `${label}: ${text}`,
        disabled: k + by < 0 || k + by >= order.length,
        onclick: () => move(k, by),
      },
      by < 0 ? "↑" : "↓",
    );
  return [
    el(
      "ol",
      { class: "ranking" },
      order.map((wish, k) => {
        const text = data.form.wishes[wish][state.lang];
        const place = state.ranking ? `${k + 1}. ` : "";
        return el("li", {}, el("span", {}, place + text), arrow(t.up, text, k, -1), arrow(t.down, text, k, 1));
      }),
    ),
    el(
      "div",
      { class: "choices" },
      choice(t.noRanking, state.ranking === null, () => {
        state.ranking = null;
        showReply();
      }),
    ),
  ];
}

function save() {
  const t = say();
  if (!state.stage || !state.said) {
    fill($("told"), t.first);
    return;
  }
  const id = number();
  const told = reply(data, { ...state, id, answer: state.said, ranking: state.ranking || [] });
  const text = JSON.stringify(told, null, 1);
  const file = `reply-${id.slice(0, 12)}.json`;
  const link = el("a", { href: URL.createObjectURL(new Blob([text], { type: "application/json" })), download: file });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  fill($("told"), t.saved(file), el("textarea", { readonly: true, rows: 6, id: "copy", "aria-label": file }));
  $("copy").value = text;
}

function showReply() {
  const t = say(),
    box = $("reply");
  box.hidden = state.place === null || !data.compared;
  if (box.hidden) return;
  const set = (changes) => {
    Object.assign(state, changes);
    showReply();
  };
  const free = el("textarea", { id: "free", rows: 3, maxlength: data.form.most });
  free.value = state.text;
  free.addEventListener("input", () => (state.text = free.value));
  fill(
    box,
    el("h2", {}, t.reply),
    el("p", { class: "note" }, t.replyText),
    el("label", {}, t.stage),
    el(
      "div",
      { class: "choices" },
      data.stages.map((one) => choice(one.name[state.lang], state.stage === one.key, () => set({ stage: one.key }))),
    ),
    el("label", {}, t.answer),
    el(
      "div",
      { class: "choices" },
      Object.entries(data.form.answers).map(([key, text]) =>
        choice(text[state.lang], state.said === key, () => set({ said: key })),
      ),
    ),
    el("label", {}, t.ranking),
    rankingList(),
    el("label", { for: "free" }, t.words(data.form.most)),
    free,
    el("button", { type: "button", id: "save", class: "main", onclick: save }, t.save),
    el("output", { id: "told" }),
  );
}

// ---- all together ---------------------------------------------------------------------------------------------

function draw() {
  const t = say();
  document.documentElement.lang = state.lang === "zh" ? "zh-CN" : "en";
  document.title = t.title(data.county);
  fill($("title"), name(t.title(data.county)));
  fill($("language"), t.other);
  $("made").hidden = !data.simulated;
  fill($("made"), t.made);
  fill($("ask"), t.type);
  fill($("foot"), el("p", {}, t.foot(data.county, data.year)), el("p", {}, t.version(data.digest)));
  showAnswer();
  showHits();
  showReply();
}

function fromAddress() {
  const wanted = decodeURIComponent(location.hash.slice(1));
  const k = data.places.findIndex((place) => place[0] === wanted);
  choose(k < 0 ? null : k);
}

$("language").addEventListener("click", () => {
  state.lang = state.lang === "zh" ? "en" : "zh";
  draw();
});
$("typed").addEventListener("input", showHits);
window.addEventListener("hashchange", fromAddress);
fromAddress();
