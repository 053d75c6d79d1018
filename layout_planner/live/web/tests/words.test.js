import assert from "node:assert/strict";
import fs from "node:fs";
import test from "node:test";

import * as Words from "../words.js";

test("every word the modules ask for is there", () => {
  const asked = new Set();
  for (const folder of ["../", "../../../page/web/"].map((path) => new URL(path, import.meta.url)))
    for (const file of fs.readdirSync(folder).filter((name) => name.endsWith(".js")))
      for (const [, key] of fs.readFileSync(new URL(file, folder), "utf8").matchAll(/\bwords\.(\w+)/g)) asked.add(key);
  assert.ok(asked.size > 100);
  assert.deepStrictEqual(
    [...asked].filter((key) => key !== "js" && !(key in Words.zh)),
    [],
  );
});

test("both languages have the same words", () => {
  const shape = (words) =>
    Object.entries(words)
      .map(([key, value]) => [
        key,
        typeof value === "string"
          ? (value.match(/\{\w+\}/g) || []).sort().join()
          : JSON.stringify(Object.keys(value).sort()),
      ])
      .sort();
  assert.deepStrictEqual(shape(Words.zh), shape(Words.en));
});
