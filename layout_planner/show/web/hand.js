// What a click on the map does: it picks, or it carries on what the reader has begun: merging a school into another,
// keeping its young grades as a teaching point, painting villages.

import { data, said, set, state, words } from "./reader.js";
import { $, el, fill } from "./nodes.js";
import * as Changes from "./changes.js";

function clicked(found) {
  const { hand } = state;
  if (!hand) return set({ pick: found && { kind: found.kind, at: found.at } });
  if (!found) return undefined;
  if (hand.do === "paint" && found.kind === "place") {
    const painted = Changes.pinOf(found.at) === hand.school;
    if (painted) Changes.unpin(found.at);
    else Changes.pin([found.at], hand.school);
    return set({ hand }); // the brush stays in the hand
  }
  if (hand.do !== "paint" && found.kind === "school") return into(found.at);
  return undefined;
}

// The school the hand is about goes into this one.
function into(school) {
  const { hand } = state;
  if (!Changes.canTake(school, hand.school)) return undefined;
  const site = hand.do === "point" ? { site: "teaching_point" } : {};
  Changes.decide(hand.school, "merge", { into: school, ...site });
  return set({ pick: { kind: "school", at: hand.school } });
}

// What is in the hand, and the schools it may go to without the mouse.
function render() {
  const { hand } = state;
  $("hand").hidden = !hand;
  if (!hand) return fill($("hand"));
  const text = said(words.handSays[hand.do], { school: data.schools.name[hand.school] });
  const done = el(
    "button",
    { type: "button", id: "handDone", onclick: () => set({ hand: null }) },
    hand.do === "paint" ? words.done : words.cancel,
  );
  if (hand.do === "paint") return fill($("hand"), el("span", {}, text), done);
  const near = Changes.takers(hand.school);
  const choose = el(
    "select",
    { id: "into", "aria-label": words.mergeInto },
    el("option", { value: "" }, words.mergeInto),
    near.map(({ school, km }) =>
      el("option", { value: String(school) }, `${data.schools.name[school]} · ${km} ${words.km}`),
    ),
  );
  choose.addEventListener("change", () => choose.value && into(Number(choose.value)));
  return fill($("hand"), el("span", {}, text), choose, done);
}

export { clicked, render };
