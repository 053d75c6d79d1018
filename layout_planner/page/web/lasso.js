// A ring drawn by hand around villages: all of them go to the school being painted.

import { data, state, view } from "./reader.js";
import { $, svg } from "./nodes.js";
import * as Atlas from "./atlas.js";
import * as Hand from "./hand.js";

// Whether a point lies within a ring: how often a ray from it crosses the ring.
function within(ring, x, y) {
  let inside = false;
  for (let k = 0, last = ring.length - 1; k < ring.length; last = k++) {
    const [x1, y1] = ring[k],
      [x2, y2] = ring[last];
    if (y1 > y !== y2 > y && x < x1 + ((x2 - x1) * (y - y1)) / (y2 - y1)) inside = !inside;
  }
  return inside;
}

// Villages of the stage within a ring of points on the map's window.
function caught(ring) {
  const map = Atlas.leaflet();
  return view().places.at.filter((at) => {
    const { x, y } = map.latLngToContainerPoint([data.places.lat[at], data.places.lon[at]]);
    return within(ring, x, y);
  });
}

let ring = null,
  line = null;

// The sheet the ring is drawn on lies over the map while the lasso is in the hand.
function render() {
  const on = Boolean(state.hand && state.hand.lasso);
  if (!on && $("lasso")) $("lasso").remove();
  if (!on || $("lasso")) return;
  line = svg("path", { d: "", fill: "rgba(0,122,83,.15)", stroke: "#007a53", "stroke-width": 2 });
  const sheet = svg("svg", { id: "lasso", "aria-hidden": "true" }, line);
  sheet.addEventListener("pointerdown", (event) => {
    sheet.setPointerCapture(event.pointerId);
    ring = [];
    draw(event);
  });
  sheet.addEventListener("pointermove", (event) => ring && draw(event));
  for (const end of ["pointerup", "pointercancel"])
    sheet.addEventListener(end, () => ring && close(end === "pointerup"));
  $("map").after(sheet);
}

function draw(event) {
  const box = $("map").getBoundingClientRect();
  ring.push([event.clientX - box.left, event.clientY - box.top]);
  line.setAttribute("d", `M${ring.map(([x, y]) => `${x} ${y}`).join("L")}Z`);
}

function close(whole) {
  const drawn = ring;
  ring = null;
  line.setAttribute("d", "");
  if (whole && drawn.length > 2) Hand.paint(caught(drawn));
}

export { render, within, caught };
