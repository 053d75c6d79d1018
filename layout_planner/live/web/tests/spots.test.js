// New schools at clicked points, villages that hang together, grades as the command line writes them.

import assert from "node:assert/strict";
import test from "node:test";
import { formatGrades } from "../grades.js";
import { around, crow, estimate, trial, withSite, withSpots } from "../spots.js";
import { neighbours, pieces } from "../zones.js";

test("a degree north is 111 km, a degree east shrinks with the latitude", () => {
  assert.equal(crow(105, 31, 105, 32), 111_195);
  assert.ok(Math.abs(crow(105, 60, 106, 60) - 111_195 / 2) < 1);
});

test("a way is estimated by the village's own ways to the schools nearest to the point", () => {
  const way = (off, far, metres, minutes) => ({ off, crow: far, metres, minutes });
  // Roads wind by a half, 20 minutes a kilometre: 2 km as the crow flies are 3 km and an hour.
  const known = [
    way(100, 1000, 1500, 30),
    way(200, 2000, 3000, 60),
    way(300, 1000, 1500, 30),
    way(9000, 1000, 9000, 900),
  ];
  assert.deepEqual(estimate(2000, known), { metres: 3000, minutes: 60, mode: 255 });
  assert.deepEqual(estimate(2000, [way(1, 1000, 900, 18)]), { metres: 2000, minutes: 40, mode: 255 }); // no road is shorter than the crow's
  assert.equal(estimate(2000, []), null);
  assert.equal(estimate(2000, [way(1, 50, 60, 1)]), null); // a school next door tells nothing of the roads
  assert.equal(estimate(2000, [way(1, 1000, NaN, NaN)]), null);
});

test("children walk to a new school while it is near, and ride beyond, as the villages around do", () => {
  // On foot 15 minutes a kilometre up to 2 km, by electric bicycle 4; short roads wind by the double, long ones hardly.
  const way = (km) => ({
    crow: (km / (km <= 2 ? 2 : 1.25)) * 1000,
    off: km * 100,
    metres: km * 1000,
    minutes: km * (km <= 2 ? 15 : 4),
    mode: km <= 2 ? 0 : 2,
  });
  const known = [];
  for (let km = 0.5; km <= 8; km += 0.05) known.push(way(km));
  const local = around(known),
    mine = [way(6), way(7), way(8)]; // this village rides to every school it has
  const near = estimate(500, mine, local),
    far = estimate(4000, mine, local);
  assert.equal(near.mode, 0);
  assert.ok(Math.abs(near.metres - 500 * ((1.25 + 2) / 2)) < 1);
  assert.ok(Math.abs(near.minutes / near.metres - 0.015) < 1e-9); // not a quarter of it, as if it rode
  assert.equal(far.mode, 2);
  assert.ok(Math.abs(far.minutes / far.metres - 0.004) < 1e-9);
});

test("estimates are tried on the schools that are known", () => {
  // Villages and schools in a row, roads as straight as the crow flies: nothing is off.
  const at = { place: (k) => [105 + k / 100, 31], school: (k) => [105.005 + k / 50, 31] };
  const minutes = (place, site) => (crow(...at.place(place), ...at.school(site)) / 1000) * 15;
  const rows = Array.from({ length: 8 }, (_, place) => [0, 1, 2, 3].map((site) => [site, minutes(place, site)]));
  const near = table(rows, rows.map(() => 0)); // prettier-ignore
  near.metres = near.minutes.map((value) => (value / 15) * 1000);
  const found = trial({ near: [near], site: Uint32Array.from([0, 1, 2, 3]) }, { lon: 105.03, lat: 31 }, at);
  assert.equal(found.n, 24);
  assert.ok(found.ninth < 1e-9);
});

const table = (rows, more) => {
  const flat = rows.flat();
  const start = [0];
  for (const row of rows) start.push(start[start.length - 1] + row.length);
  return {
    count: Uint32Array.from(rows, (row) => row.length),
    more: Uint8Array.from(more),
    start: Uint32Array.from(start),
    site: Uint32Array.from(flat, ([site]) => site),
    minutes: Float64Array.from(flat, ([, minutes]) => minutes),
    metres: Float64Array.from(flat, ([, minutes]) => minutes * 50),
  };
};

test("a new site stands in order; behind what a village knows it is not known", () => {
  const near = table([[[0, 10], [1, 20]], [[1, 5]], [[0, 30]], []], [1, 1, 0, 0]); // prettier-ignore
  const ways = [15, 50, 40, 1];
  const grown = withSite(near, 7, (place) => ({ minutes: ways[place], metres: ways[place] * 50 }));
  assert.deepEqual([...grown.count], [3, 1, 2, 0]);
  assert.deepEqual([...grown.site], [0, 7, 1, 1, 0, 7]);
  assert.deepEqual([...grown.minutes], [10, 15, 20, 5, 30, 40]);
  assert.deepEqual([...near.site], [0, 1, 1, 0]); // what was handed in stays as it was
});

test("a start with a new school: closed, for all grades, at the end", () => {
  const start = {
    site: Uint32Array.from([4]),
    grades: 3,
    roll: Float64Array.from([12]),
    schools: { open: Uint8Array.from([1]), seats: Float64Array.from([50]), offers: Uint8Array.from([7]), order: Uint8Array.from([0]) },
    near: [table([[[0, 60]]], [0])],
  }; // prettier-ignore
  const at = { place: () => [105, 31], school: () => [105.01, 31] };
  const grown = withSpots(start, [{ school: 9, lon: 105.02, lat: 31 }], at);
  assert.deepEqual([...grown.site], [4, 9]);
  assert.deepEqual([...grown.schools.open], [1, 0]);
  assert.deepEqual([...grown.schools.offers], [7, 7]);
  assert.ok(Number.isNaN(grown.schools.seats[1]));
  assert.deepEqual([...grown.near[0].site], [0, 1]);
  assert.ok(Math.abs(grown.near[0].minutes[1] - 120) < 0.5); // twice as far
  assert.equal(withSpots(start, [], at), start);
});

test("villages that lie beside each other make one piece", () => {
  const packed = (values) => `u1${Buffer.from(Uint8Array.from(values)).toString("base64")}`;
  // 0–1–2 in a row, 3 beside nobody but 4.
  const beside = neighbours({ beside: { a: packed([0, 1, 2]), b: packed([1, 2, 4]) }, places: { id: [..."abcde"] } });
  assert.deepEqual(beside, [[1], [0, 2], [1], [4], [3]]);
  const places = { at: [0, 1, 2, 3, 4], school: [7, 8, 7, 7, 7], pupils: [5, 9, 50, 1, 1] };
  assert.deepEqual(pieces(places, 7, beside), [[2], [0], [3, 4]]);
  assert.deepEqual(pieces({ ...places, school: [7, 7, 7, 8, 8] }, 7, beside), [[0, 1, 2]]);
  assert.equal(neighbours({ beside: null, places: { id: ["a"] } }), null);
});

test("grades in bands, kindergarten by its own letter", () => {
  assert.equal(formatGrades([4, 5, 6]), "4-6");
  assert.equal(formatGrades([6, 1, 3, 2]), "1-3,6");
  assert.equal(formatGrades([-2, -1, 0]), "k1-k3");
});
