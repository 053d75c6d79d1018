// What a click on the map does: it picks, or it carries on what the reader has begun: merging a school (or some of its
// grades) into another, keeping its young grades as a teaching point, painting villages, putting up a new school.

import { data, num, reference, said, set, state, view, words } from "./reader.js";
import { $, el, fill } from "./nodes.js";
import * as Changes from "./changes.js";
import * as Zones from "../../live/web/zones.js";

// `spot`: longitude and latitude of the click.
function clicked(found, spot) {
  const { hand } = state;
  if (!hand) return set({ pick: found && { kind: found.kind, at: found.at } });
  if (hand.do === "site") return build(spot);
  if (!found) return undefined;
  if (hand.do === "paint" && found.kind === "place") {
    if (Changes.pinOf(found.at) === hand.school) Changes.unpin(found.at);
    else Changes.pin([found.at], hand.school);
    return set({ hand }); // the brush stays in the hand
  }
  if (hand.do !== "paint" && found.kind === "school") return into(found.at);
  return undefined;
}

// Many villages at once, as by a lasso; those painted already stay.
function paint(places) {
  const { hand } = state;
  const fresh = places.filter((at) => Changes.pinOf(at) !== hand.school);
  if (fresh.length) Changes.pin(fresh, hand.school);
  set({ hand: { ...hand, lasso: false } });
}

function build([lon, lat]) {
  const school = Changes.build(lon, lat);
  if (school !== null) set({ pick: { kind: "school", at: school } });
}

// The school the hand is about goes into this one, or the grades chosen do.
function into(school) {
  const { hand } = state;
  if (!Changes.canTake(school, hand.school, hand.grades || null)) return undefined;
  const more = hand.do === "point" ? { site: "teaching_point" } : hand.grades ? { grades: hand.grades } : {};
  Changes.decide(hand.school, "merge", { into: school, ...more });
  return set({ pick: { kind: "school", at: hand.school } });
}

// What is in the hand, and the schools it may go to without the mouse.
function render() {
  const { hand } = state;
  $("hand").hidden = !hand;
  if (!hand) return fill($("hand"));
  const text = said(words.handSays[hand.do], { school: hand.do === "site" ? "" : data.schools.name[hand.school] });
  const done = el(
    "button",
    { type: "button", id: "handDone", onclick: () => set({ hand: null }) },
    hand.do === "paint" ? words.done : words.cancel,
  );
  if (hand.do === "site") return fill($("hand"), el("span", {}, text), done);
  if (hand.do === "paint") return fill($("hand"), el("span", {}, text), lasso(), zone(), done);
  return fill($("hand"), el("span", {}, text), hand.do === "grades" ? bands() : null, receivers(), done);
}

function receivers() {
  const { hand } = state;
  const choose = el(
    "select",
    { id: "into", "aria-label": words.mergeInto },
    el("option", { value: "" }, words.mergeInto),
    Changes.takers(hand.school, hand.grades || null).map(({ school, km }) =>
      el("option", { value: String(school) }, `${data.schools.name[school]} · ${km} ${words.km}`),
    ),
  );
  choose.addEventListener("change", () => choose.value && into(Number(choose.value)));
  return choose;
}

// Which grades go.
function bands() {
  const { hand } = state;
  const choose = el(
    "select",
    { id: "bands", "aria-label": words.whichGrades },
    Changes.splits(hand.school).map((band) =>
      el("option", { value: band, selected: band === hand.grades }, said(words.gradesGo, { grades: band })),
    ),
  );
  choose.addEventListener("change", () => set({ hand: { ...hand, grades: choose.value } }));
  return choose;
}

function lasso() {
  const { hand } = state;
  const on = Boolean(hand.lasso);
  const press = () => set({ hand: { ...hand, lasso: !on } });
  return el("button", { type: "button", id: "lassoOn", "aria-pressed": String(on), onclick: press }, words.lasso);
}

let beside;
const besides = () => (beside === undefined ? (beside = Zones.neighbours(data)) : beside);

// The school being painted, as it stands: seats, and whether its villages hang together.
function zone() {
  const { school } = state.hand,
    { schools, places } = view();
  const k = schools.at.indexOf(school);
  if (k < 0 || !places) return null;
  const [roll, seats] = [schools.roll[k] || 0, schools.seats[k]];
  const over = seats !== null && roll > seats + 0.5;
  const parts = [
    seats === null
      ? said(words.zoneRoll, { n: num(roll) })
      : said(words.zoneSeats, { n: num(roll), seats: num(seats) }),
    over ? said(words.zoneOver, { n: num(roll - seats) }) : "",
    hangs(school, places),
  ];
  return el("output", { id: "zone", class: over ? "bad" : "" }, parts.filter(Boolean).join(words.comma));
}

function hangs(school, places) {
  if (!besides()) return words.zoneUnknown;
  const now = Zones.pieces(places, school, besides()).length,
    then = Zones.pieces(reference().places, school, besides()).length;
  if (now <= 1) return words.zoneWhole;
  return said(now === then ? words.zonePieces : words.zonePiecesWere, { n: num(now), m: num(then) });
}

export { clicked, paint, render };
