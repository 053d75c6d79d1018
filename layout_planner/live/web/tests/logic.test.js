// The page's pure module under node: answers by hand.
import test from "node:test";
import assert from "node:assert";
import * as Logic from "../logic.js";
import * as Words from "../words.js";

test("an encoded line lands where Mercator puts it", () => {
  const line = Logic.decodeLine("_p~iF~ps|U_ulLnnqC_mqNvxq`@");
  const expected = [
    [-120.2, 38.5],
    [-120.95, 40.7],
    [-126.453, 43.252],
  ].flatMap(([lon, lat]) => Logic.mercator(lon, lat));
  assert.deepStrictEqual(Array.from(line), expected);
  assert.deepStrictEqual(Logic.mercator(0, 0), [0.5, 0.5]);
});

test("a class holds its upper limit", () => {
  const limits = [10, 20, 30];
  assert.deepStrictEqual(
    [0, 10, 10.1, 30, 30.1, null].map((v) => Logic.classOf(v, limits)),
    [0, 0, 1, 2, 3, -1],
  );
  assert.deepStrictEqual(Logic.classCounts([5, 10, 25, 99, null], limits), { counts: [2, 0, 1, 1], unknown: 1 });
  assert.deepStrictEqual(Logic.classLabels(limits), ["≤ 10", "10–20", "20–30", "> 30"]);
});

const view = {
  schools: {
    at: [4, 7, 9],
    state: [0, 3, 1],
    roll: [120, null, null],
    seats: [100, 80, null],
    closed: [null, 2023, 2001],
  },
  places: {
    at: [0, 1, 2, 5],
    school: [4, 4, 4, 4],
    pupils: [10, 20, 20, 1],
    minutes: [30, 50, 50, null],
    metres: [1, 2, 3, null],
    board: [0, 0, 0, 1],
  },
  ways: {
    place: [0, 1, 1, 5],
    school: [4, 4, 7, 4],
    how: [0, 0, 2, 1],
    pupils: [10, 15, 5, 1],
    minutes: [30, 50, null, 9],
    metres: [1, 2, 3, 4],
  },
  unplaced: { place: [5, 8, 8, 9], pupils: [2, 3, 4, 6], reason: ["a", "b", "c", 0], elsewhere: [1] },
  moves: { from: [7, 7, 4], to: [4, 9, 7], pupils: [30, 5, 2] },
  scores: [
    { measure: "m", value: 12, better: "lower", ok: null },
    { measure: "h", value: 5, better: "higher", ok: true },
    { measure: "n", value: 5, better: "", ok: true },
  ],
};

test("the farthest come first, more pupils break ties, unknown ways are left out", () => {
  assert.deepStrictEqual(Logic.farthest(view, 20), [1, 2, 0]);
  assert.deepStrictEqual(Logic.farthest(view, 1), [1]);
  assert.deepStrictEqual(Logic.farthest({}, 20), []);
});

test("ways count by class, boarders, unknown and unplaced apart", () => {
  assert.deepStrictEqual(Logic.wayCounts(view, [30, 40]), { counts: [1, 0, 2], board: 1, unknown: 0, unplaced: 2 });
});

test("closures name where their pupils go, and only closures do", () => {
  assert.deepStrictEqual(Logic.closures(view), [
    {
      school: 7,
      state: 3,
      to: [
        { to: 4, pupils: 30 },
        { to: 9, pupils: 5 },
      ],
      pupils: 35,
    },
  ]);
});

test("a change is better or worse by the measure's sense", () => {
  const first = {
    scores: [
      { measure: "m", value: 10 },
      { measure: "h", value: 4 },
      { measure: "n", value: 4 },
    ],
  };
  assert.deepStrictEqual(
    Logic.scoreRows(view, first).map((r) => [r.before, r.change, r.better]),
    [
      [10, 2, false],
      [4, 1, true],
      [4, 1, null],
    ],
  );
  assert.deepStrictEqual(
    Logic.scoreRows(view, view).map((r) => r.change),
    [null, null, null],
  );
});

test("nothing is better when it counts fewer children, or rounds to nought", () => {
  const scores = (m, n, k) => [
    { measure: "minutes_mean", value: m, better: "lower", kind: "minutes" },
    { measure: "over_full_schools", value: n, better: "lower", kind: "count" },
    { measure: "large_classes", value: k, better: "lower", kind: "count" },
  ];
  const before = { scores: scores(56.7, 14, 80), people: { day: 900, placed: 1000 } };
  const rows = (m, n, k, people) =>
    Logic.scoreRows({ scores: scores(m, n, k), people }, before).map((r) => [r.better, r.shrunk]);
  // As many children as before: 1.2 minutes less are better, 0.04 are nothing.
  assert.deepStrictEqual(rows(55.5, 13, 81, before.people), [
    [true, false],
    [true, false],
    [false, false],
  ]);
  assert.deepStrictEqual(rows(56.66, 14, 80, before.people), [
    [null, false],
    [null, false],
    [null, false],
  ]);
  // 100 children without a seat: the mean way of the rest and the fuller schools are no gain; what is worse stays so.
  assert.deepStrictEqual(rows(55.5, 13, 81, { day: 800, placed: 900 }), [
    [null, true],
    [null, true],
    [false, false],
  ]);
  // More boarders: only the ways are of fewer children.
  assert.deepStrictEqual(rows(55.5, 13, 81, { day: 800, placed: 1000 }), [
    [null, true],
    [true, false],
    [false, false],
  ]);
});

test("children without a school are counted by place, those at school elsewhere are not", () => {
  assert.deepStrictEqual(
    [...Logic.missingPlaces(view)],
    [
      [5, 2],
      [8, 7],
    ],
  );
});

test("cards", () => {
  const school = Logic.schoolFacts(view, 4);
  assert.strictEqual(school.load, 1.2);
  assert.deepStrictEqual(
    school.from.map((w) => w.place),
    [1, 0, 5],
  );
  assert.strictEqual(Logic.schoolFacts(view, 7).moved.length, 2);
  assert.strictEqual(Logic.schoolFacts(view, 1), null);
  const place = Logic.placeFacts(view, 1);
  assert.deepStrictEqual(
    place.to.map((w) => [w.school, w.how]),
    [
      [4, "day"],
      [7, "bus"],
    ],
  );
  assert.deepStrictEqual(
    Logic.placeFacts(view, 8).unplaced.map((u) => u.pupils),
    [3, 4],
  );
});

test("load is unknown rather than infinite", () => {
  assert.strictEqual(Logic.load(10, 0), null);
  assert.strictEqual(Logic.load(10, null), null);
  assert.strictEqual(Logic.load(50, 100), 0.5);
});

test("circles grow by area and sizes are round", () => {
  assert.strictEqual(Logic.radius(400, 1600, 16), 8);
  assert.strictEqual(Logic.radius(null, 1600), 3.5);
  assert.deepStrictEqual(Logic.roundSizes(1731), [100, 400, 1000]);
  assert.deepStrictEqual(Logic.roundSizes(0), []);
});

test("a hit is the nearest sign that is touched", () => {
  const points = [
    { x: 0, y: 0, r: 10, n: 1 },
    { x: 14, y: 0, r: 3, n: 2 },
  ];
  assert.strictEqual(Logic.hit(points, 12, 0).n, 2);
  assert.strictEqual(Logic.hit(points, 5, 0).n, 1);
  assert.strictEqual(Logic.hit(points, 60, 0), null);
});

test("labels never overlap, take the next spot, and stay on the sheet", () => {
  const solid = { spots: [[40, 40]], w: 20, h: 20, solid: true };
  const wanted = [
    solid,
    {
      n: 1,
      spots: [
        [45, 45],
        [45, 70],
      ],
      w: 30,
      h: 10,
    },
    { n: 2, spots: [[50, 72]], w: 10, h: 5 },
    { n: 3, spots: [[190, 0]], w: 30, h: 10 },
  ];
  assert.deepStrictEqual(
    Logic.declutter(wanted, 200, 200, 1).map((l) => [l.n, l.x, l.y]),
    [[1, 45, 70]],
  );
});

test("values are written with their unit, changes of a percentage in points", () => {
  const words = Words.en;
  assert.strictEqual(Logic.written(0.8245, "share", "en", words), "82.5%");
  assert.strictEqual(Logic.written(0.5, "percent", "en", words), "0.5%");
  assert.strictEqual(Logic.written(3009, "metres", "en", words), "3 km");
  assert.strictEqual(Logic.written(999, "metres", "en", words), "999 m");
  assert.strictEqual(Logic.written(12.34, "minutes", "zh", Words.zh), "12.3 分钟");
  assert.strictEqual(Logic.written(0.5153, "ratio", "en", words), "0.515");
  assert.strictEqual(Logic.written(56000, "count", "en", words), "56,000");
  assert.strictEqual(Logic.written(null, "count", "en", words), "—");
  assert.strictEqual(Logic.writtenChange(-0.031, "share", "en", words), "3.1 pp");
  assert.strictEqual(Logic.writtenChange(-12, "count", "en", words), "12");
  assert.strictEqual(Logic.short("😀😀😀", 2), "😀…");
});
