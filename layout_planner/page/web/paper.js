// One A3 sheet across. A canvas cannot follow the paper's size by itself: before printing the page takes the sheet's
// measures; afterwards all is as it was.

import { words } from "./reader.js";
import { $, el, fill } from "./nodes.js";
import { colophon } from "./exports.js";
import { planTitle } from "./told.js";
import * as Atlas from "./atlas.js";
import * as Legend from "./legend.js";

let back = null;
const onPaper = () => back !== null;

// What every print says: which plan, which edits, the date, the data, who is left without a school.
function imprint() {
  return el(
    "div",
    { class: "imprint" },
    el("p", {}, el("b", {}, `${words.plan}${words.colon}`, el("bdi", {}, planTitle()))),
    colophon().map((line) => el("p", {}, el("bdi", {}, line))),
  );
}

// The last lines of a list go while there is no room; one stays.
function shorten(id, crowded) {
  const items = [...$(id).querySelectorAll("li")];
  while (crowded() && items.length > 1) {
    items.pop().remove();
    $(id).classList.add("cut");
  }
}

// `render` draws the page anew. What finds no room beside the map is left out, the longest lists first.
function making(render) {
  function toPaper() {
    if (back) return;
    const open = $("legend").open;
    document.body.classList.add("printing");
    $("legend").open = true;
    render();
    fill($("imprint"), imprint());
    const panel = document.querySelector(".panel");
    const crowded = () => panel.scrollHeight > panel.clientHeight;
    for (const id of ["table", "bench"]) $(id).hidden = true;
    shorten("far", crowded);
    // Which schools close is what the sheet is for: other parts give way before it.
    for (const id of ["far", "certainty", "histogram", "money"]) if (crowded()) $(id).hidden = true;
    for (const id of ["closures", "card"]) shorten(id, crowded);
    if (crowded()) $("closures").hidden = true;
    const mapBack = Atlas.toPaper();
    Legend.render();
    back = () => {
      document.body.classList.remove("printing");
      fill($("imprint"));
      for (const id of ["table", "bench", "far", "histogram", "certainty", "money", "closures", "card"]) {
        $(id).hidden = false;
        $(id).classList.remove("cut");
      }
      $("legend").open = open;
      mapBack();
      render();
    };
  }

  function toScreen() {
    const undo = back;
    back = null;
    if (undo) undo();
  }

  return { toPaper, toScreen };
}

export { making, onPaper, imprint };
