// The page for families: what is found, and that both languages say everything.

import { test } from "node:test";
import assert from "node:assert/strict";
import { answer, find, reply, waiting } from "../lookup-find.js";
import { words } from "../lookup-words.js";

const data = {
  digest: "0".repeat(16),
  places: [
    ["A", "新民村", 0],
    ["B", "大新村", 0],
    ["C", "Oak (Estate)", -1],
  ],
  sounds: ["xinmincun xmc", "daxincun dxc", "oakestate oakestate"],
  schools: [
    ["S1", "一小"],
    ["S2", "二小"],
  ],
  stages: [
    {
      key: "primary",
      name: { zh: "小学", en: "primary" },
      grades: [1, 2, 3],
      options: [
        [0, 0, 12, 900, "walk", 0],
        [1, 2, -1, -1, "bus", 0],
        [0, 3, 90, 9000, "drive", 1],
      ],
      rows: [
        [
          [3, [0], [1], 0],
          [4, [0], [0, 2], 0],
        ],
        [[7, [0], [], 1]],
        [],
      ],
      changes: { 0: [[2026, "校舍危险"], null], 1: [null, [null, ""]] },
      without: 3,
    },
  ],
  form: { format: "layout-planner reply", version: 1, most: 5 },
};

test("the name goes before the sound, and what is typed may be broken, wide or in capitals", () => {
  assert.deepEqual(find(data, "新"), [0, 1]);
  assert.deepEqual(find(data, "xm"), [0]);
  assert.deepEqual(find(data, " ＤＸ "), [1]);
  assert.deepEqual(find(data, "oak(e"), [2]);
  assert.deepEqual(find(data, "c"), [2]);
  assert.deepEqual(find(data, ""), []);
  assert.deepEqual(find(data, ".*"), []);
});

test("bands of grades that fare alike, with when and why", () => {
  const [stage] = answer(data, 0);
  const [young, old] = stage.bands;
  assert.deepEqual(young.grades, [1, 2]);
  assert.equal(young.same, false);
  assert.deepEqual(
    young.reasons.map((one) => [one.kind, one.year, one.why]),
    [
      ["ends", 2026, "校舍危险"],
      ["opens", null, ""],
    ],
  );
  assert.deepEqual([young.today[0].minutes, young.today[0].mode, young.planned[0].minutes], [12, "walk", null]);
  assert.deepEqual(
    [young.planned[0].how, old.same, old.planned[1].mode, old.reasons.length],
    ["bus", false, "drive", 0],
  );
  assert.deepEqual([old.planned[1].how, old.planned[1].migrant], ["lodge", true]);
  assert.equal(answer(data, 1)[0].bands[0].lost, true);
  assert.deepEqual(answer(data, 2), []);
  assert.deepEqual(waiting(data), [1]);
});

test("a reply holds what the form asks and no more", () => {
  const told = reply(data, { id: "f", place: 1, stage: "primary", answer: "no", ranking: [], text: "1234567" });
  assert.deepEqual(told, {
    format: "layout-planner reply",
    version: 1,
    plan: "0".repeat(16),
    id: "f",
    place: "B",
    stage: "primary",
    answer: "no",
    ranking: [],
    words: "12345",
  });
});

test("both languages say the same things", () => {
  assert.deepEqual(Object.keys(words.zh).sort(), Object.keys(words.en).sort());
  assert.deepEqual(Object.keys(words.zh.modes).sort(), Object.keys(words.en.modes).sort());
});
