// node parity.mjs IN OUT: carries out scenarios with the page's own modules.
import fs from "node:fs";
import { closureFindings } from "../../layout_planner/live/web/closures.js";
import * as Gauge from "../../layout_planner/live/web/gauge.js";
import * as Whatif from "../../layout_planner/live/web/whatif.js";

const [input, output] = process.argv.slice(2);

// What is no longer as at the start: [place, site, grade, how, pupils (negative: gone), minutes, metres].
function changes(base, result) {
  const { pairs, rows, block } = base,
    found = [];
  for (let row = 0; row < rows.pupils.length; row++) {
    const change = result.left[row] - rows.pupils[row];
    if (!change) continue;
    const pair = rows.pair[row];
    const minutes = pairs.minutes[pair] * block.pace[rows.grade[row]];
    found.push([
      pairs.place[pair],
      pairs.site[pair],
      rows.grade[row],
      rows.how[row],
      change,
      minutes,
      pairs.metres[pair],
    ]);
  }
  for (const one of result.moved)
    found.push([one.place, one.site, one.grade, one.how, one.pupils, one.minutes * block.pace[one.grade], one.metres]);
  return found;
}

const answer = JSON.parse(fs.readFileSync(input, "utf8")).map(({ data, runs }) => {
  const base = Whatif.begin(data, 0);
  return runs.map(({ edits, seats }) => {
    const result = Whatif.run(base, edits, { seats });
    return {
      changes: changes(base, result),
      lost: result.lost.map((one) => [one.place, one.grade, one.pupils, one.why]),
      vague: result.vague,
      homeless: result.homeless,
      figures: Gauge.figures(base, result),
      people: Gauge.people(base, result, Gauge.figures(base, result)),
      closures: closureFindings(base, result, Gauge.schools(base, result), edits).map((f) => [
        f.rule,
        f.at,
        f.value,
        f.pupils,
      ]),
      findings: Gauge.findings(base, result).map((f) => [f.rule, f.kind, f.at, f.value, f.limit, f.pupils]),
    };
  });
});
fs.writeFileSync(output, JSON.stringify(answer));
