// The band under the bar, over every tab and the map: the plan in one sentence, red where children are left without a
// school; and over the map what narrows the view.

import { set, state, words } from "./reader.js";
import { ALL } from "../../live/web/views.js";
import { $, el, fill } from "./nodes.js";
import { alarm, laterAlarm, narrowed, sentence, titled } from "./told.js";

function render() {
  const red = alarm(),
    later = laterAlarm();
  $("band").className = red || (later && state.year !== undefined) ? "alarm" : "";
  $("band").setAttribute("role", red ? "alert" : "status");
  fill(
    $("band"),
    red ? el("strong", { id: "alarm" }, red) : null,
    later ? el("strong", { id: "later" }, later) : null,
    el("span", { id: "sentence" }, el("b", {}, el("bdi", {}, titled())), words.colon, sentence()),
  );
  const chips = narrowed().map(({ key, text }) =>
    el(
      "button",
      {
        type: "button",
        id: `narrowed-${key}`,
        "aria-label": `${words.takeAway} ${text}`,
        onclick: () => set({ grades: { grades: ALL }, year: { year: undefined }, only: { only: null } }[key]),
      },
      text,
      el("span", { "aria-hidden": "true" }, " ✕"),
    ),
  );
  $("narrowed").hidden = !chips.length;
  fill($("narrowed"), chips);
}

export { render };
