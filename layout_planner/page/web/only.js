// What a tile or a row of the legend narrows the map to: the schools or villages that make up its figure.

import * as Logic from "../../live/web/logic.js";
import { comparing, data, label, num, reference, set, state, view, words } from "./reader.js";
import { affected, byVillage } from "../../live/web/affected.js";

const where = (list, what) => new Set(list.at.filter((_, k) => what(k)));
const opens = ({ schools }, what) => where(schools, (k) => schools.state[k] === Logic.STATE.open && what(k));
const found = (now, rule) =>
  new Set(now.findings.filter((each) => each.rule === rule && each.at >= 0).map(({ at }) => at));
const rows = (now, what) => new Set(now.start ? now.table.filter(what).map(({ site }) => now.start.site[site]) : []);
const leastRoll = (now) => now.start.block.limits.leastRoll.value;

// Measure → the schools or the villages it counts.
const MEASURES = {
  schools: (now) => ({ schools: opens(now, () => true) }),
  over_full_schools: (now) => ({ schools: rows(now, ({ over }) => over > 1e-6) }),
  large_classes: (now) => ({ schools: rows(now, ({ large }) => large > 0) }),
  super_large_classes: (now) => ({ schools: rows(now, ({ huge }) => huge > 0) }),
  small_schools: (now) => ({ schools: rows(now, ({ roll }) => roll > 0 && roll < leastRoll(now)) }),
  beyond_reach_minutes: (now) => ({ places: found(now, "reach_minutes") }),
  beyond_reach_metres: (now) => ({ places: found(now, "reach_metres") }),
  pupils_moved: (now) => (comparing() ? { places: new Set(byVillage(affected(now, reference())).keys()) } : null),
  missing: (now) => ({ places: new Set(Logic.missingPlaces(now).keys()) }),
};

// A way or a load of some class (−1: not known), villages whose children all board, schools of some state.
const CLASSES = {
  way: ({ places }, of) => ({ places: where(places, (k) => (places.minutes[k] === null ? places.board[k] !== 1 && of < 0 : Logic.classOf(places.minutes[k], limits()) === of)) }), // prettier-ignore
  board: ({ places }) => ({ places: where(places, (k) => places.minutes[k] === null && places.board[k] === 1) }),
  load: (now, of) => ({ schools: opens(now, (k) => Logic.classOf(Logic.load(now.schools.roll[k], now.schools.seats[k]), data.style.load.limits) === of) }), // prettier-ignore
  state: ({ schools }, of) => ({ schools: where(schools, (k) => schools.state[k] === of) }),
};
const limits = () => data.style.minutes.limits[state.stage];

const can = (key) => key in MEASURES;

// {places, schools}: what stays bright, null for all; null where nothing is narrowed.
function wanted() {
  const { only } = state,
    now = view();
  if (!only || !now.places) return null;
  const told = only.key in CLASSES ? CLASSES[only.key](now, only.of) : MEASURES[only.key](now);
  return told && { places: null, schools: null, ...told };
}

function textOf({ key, of }) {
  if (key === "way") return of < 0 ? words.unknown : `${Logic.classLabels(limits())[of]} ${words.minutes}`;
  if (key === "board") return words.allBoard;
  if (key === "missing") return words.missing;
  if (key === "load") return of < 0 ? words.unknown : `${words.use} ${Logic.classLabels(data.style.load.limits, (limit) => `${num(limit * 100)}%`)[of]}`; // prettier-ignore
  if (key === "state") return words.states[of];
  if (key === "small_schools") return words.smallSchools.replace("{n}", num(leastRoll(view())));
  const row = (view().scores || []).find(({ measure }) => measure === key);
  return row ? label(row) : key;
}

const same = (key, of) => Boolean(state.only) && state.only.key === key && state.only.of === of;
// Pressed once it narrows, pressed again it lets go.
const press = (key, of) => set({ only: same(key, of) ? null : { key, of } });

export { can, wanted, textOf, same, press };
