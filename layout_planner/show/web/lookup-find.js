// What the page for families knows: villages found by what is typed, and the answer for one. No page, no state.

const HOWS = ["day", "board", "bus", "lodge"];

// Letters as they are compared: no case, no width, no spaces.
const plain = (text) => String(text).normalize("NFKC").toLowerCase().replace(/\s+/g, "");

// Positions of the villages a text may mean: the name first, then how it sounds.
function find(data, typed) {
  const wanted = plain(typed);
  if (!wanted) return [];
  const rank = (place, k) => {
    const name = plain(place[1]);
    if (name.startsWith(wanted)) return 0;
    if (name.includes(wanted)) return 1;
    const sounds = data.sounds[k].split(" ");
    if (sounds.some((sound) => sound && sound.startsWith(wanted))) return 2;
    return place[0].toLowerCase() === wanted ? 3 : -1;
  };
  const found = [];
  data.places.forEach((place, k) => {
    const at = rank(place, k);
    if (at >= 0) found.push([at, k]);
  });
  return found.sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, k]) => k);
}

// Grades of a band, as positions among the stage's grades.
const gradesOf = (stage, mask) => stage.grades.map((_, k) => k).filter((k) => (mask >> k) & 1);

// One way to one school, by what the child goes.
function option(data, stage, at) {
  const [school, how, minutes, metres, mode, migrant] = stage.options[at];
  return {
    school,
    id: data.schools[school][0],
    name: data.schools[school][1],
    how: HOWS[how],
    mode,
    minutes: minutes < 0 ? null : minutes,
    metres: metres < 0 ? null : metres,
    migrant: migrant === 1,
  };
}

// The answer for a village: stage by stage the bands of grades that fare alike.
function answer(data, place) {
  return data.stages
    .map((stage, at) => ({
      at,
      key: stage.key,
      name: stage.name,
      bands: stage.rows[place].map(([mask, then, now, state]) => {
        const grades = gradesOf(stage, mask);
        const today = then.map((k) => option(data, stage, k));
        const planned = now.map((k) => option(data, stage, k));
        return {
          grades: grades.map((k) => stage.grades[k]),
          every: grades.length === stage.grades.length,
          today,
          planned,
          lost: (state & 1) === 1,
          away: (state & 2) === 2,
          same: alike(today, planned),
          reasons: reasons(data, stage, today, planned),
        };
      }),
    }))
    .filter((stage) => stage.bands.length);
}

const alike = (one, two) => {
  const ids = (options) => [...new Set(options.map((o) => `${o.id}|${o.migrant}`))].sort().join("\n");
  return ids(one) === ids(two);
};

// When and why the school of a band changes: of today's schools that end, and of new ones that open or grow.
function reasons(data, stage, today, planned) {
  const there = (options, id) => options.some((one) => one.id === id);
  const left = today.filter((one) => !there(planned, one.id)),
    came = planned.filter((one) => !there(today, one.id));
  const told = new Map();
  for (const [options, column, kind] of [
    [left, 0, "ends"],
    [came, 1, "opens"],
  ])
    for (const { school } of options) {
      const change = (stage.changes[school] || [])[column];
      if (change)
        told.set(`${kind}${school}`, { kind, name: data.schools[school][1], year: change[0], why: change[1] });
    }
  return [...told.values()];
}

// Villages with children without a school, as positions.
function waiting(data) {
  return data.places
    .map((_, k) => k)
    .filter((k) => data.stages.some((stage) => stage.rows[k].some((row) => row[3] & 1)));
}

// A reply as the form writes it; gathered by `consultation` in Python.
function reply(data, { id, place, stage, answer: said, ranking, text }) {
  return {
    format: data.form.format,
    version: data.form.version,
    plan: data.digest,
    id,
    place: data.places[place][0],
    stage,
    answer: said,
    ranking,
    words: text.slice(0, data.form.most),
  };
}

export { find, answer, waiting, reply };
