// New schools at points the reader clicked. Nobody measured their ways: they are estimated from the ways each village has
// to the schools nearest to the point, and told as estimated wherever they stand. No page, no state.

const EARTH = 111_195; // metres a degree
const ASKED = 3; // how many known ways a village is asked for
const ALIKE = 255; // no mode of its own
const WALK = 0; // the position of walking among the modes
const LIKE = 15; // how many ways alike are asked
const VILLAGES = 40; // whose ways tell of the roads around a point
const TRIED = 3; // schools estimates are tried on
const LEAST = 200; // metres as the crow flies below which a way says nothing of the roads

// Metres as the crow flies.
function crow(lon1, lat1, lon2, lat2) {
  const across = Math.cos(((lat1 + lat2) * Math.PI) / 360);
  return Math.hypot((lon1 - lon2) * across, lat1 - lat2) * EARTH;
}

// The way of one village to a point: {minutes, metres, mode}; null where the village knows no way that could tell. `ways`
// are the ways it knows: {crow, minutes, metres, mode, off}, `off` being how far their end lies from the point; `local`
// tells of the ways of the villages around the point (see `around`). How much a road winds is asked of ways about as long,
// since short ones wind more; and who walks and who rides of ways about as long too, since children walk while it is near.
function estimate(distance, ways, local = null) {
  const told = ways
    .filter((way) => way.crow >= LEAST && !Number.isNaN(way.minutes))
    .sort((a, b) => a.off - b.off)
    .slice(0, ASKED);
  const sum = (key, of = told) => of.reduce((all, way) => all + way[key], 0);
  if (!told.length || !(sum("metres") > 0)) return null;
  const own = sum("metres") / sum("crow"),
    near = local ? local.winding(Math.max(distance, 1)) : NaN;
  const metres = Math.max(1, Number.isNaN(near) ? own : (own + near) / 2) * distance;
  const mode = local ? local.modeOf(Math.max(metres, 1), ways) : ALIKE;
  if (mode === ALIKE) return { metres, minutes: (metres * sum("minutes")) / sum("metres"), mode };
  const alike = ways.filter((way) => way.mode === mode && way.metres > 0).sort((a, b) => a.off - b.off).slice(0, ASKED); // prettier-ignore
  const pace = alike.length ? sum("minutes", alike) / sum("metres", alike) : local.pace(mode, Math.max(metres, 1));
  return Number.isNaN(pace) ? null : { metres, minutes: metres * pace, mode };
}

// What the ways of the villages nearest to a point say: how much roads wind, who walks, how fast one goes. `known` are
// those ways: {crow, minutes, metres, mode}.
function around(known) {
  const byCrow = sorted(known, "crow"),
    byMetres = sorted(known, "metres");
  const modes = known.some(({ mode }) => mode !== ALIKE),
    rides = ({ mode }) => mode !== WALK && mode !== ALIKE,
    ridden = known.filter(rides),
    byMode = new Map();
  return {
    winding: (distance) => median(alike(byCrow, "crow", distance).map((way) => way.metres / way.crow)),
    modeOf(metres, ways) {
      if (!modes) return ALIKE;
      const like = alike(byMetres, "metres", metres);
      if (like.filter(({ mode }) => mode === WALK).length * 2 > like.length) return WALK;
      return commonest([ways.filter(rides), ridden, known].find((of) => of.length));
    },
    pace(mode, metres) {
      if (!byMode.has(mode)) byMode.set(mode, byMetres.filter((way) => way.mode === mode)); // prettier-ignore
      return median(alike(byMode.get(mode), "metres", metres).map((way) => way.minutes / way.metres));
    },
  };
}

const sorted = (ways, key) => [...ways].sort((a, b) => a[key] - b[key]);

// The ways about as long as asked, by proportion; `ways` are sorted by `key`.
function alike(ways, key, value) {
  let low = 0,
    high = ways.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ways[middle][key] < value) low = middle + 1;
    else high = middle;
  }
  let [from, to] = [low, low];
  const off = (k) => (k < 0 || k >= ways.length ? Infinity : Math.max(ways[k][key] / value, value / ways[k][key]));
  while (to - from < LIKE && (from > 0 || to < ways.length)) {
    if (off(from - 1) <= off(to)) from--;
    else to++;
  }
  return ways.slice(from, to);
}

function median(values) {
  if (!values.length) return NaN;
  const sorted = [...values].sort((a, b) => a - b),
    half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

function commonest(ways) {
  const counts = new Map();
  for (const { mode } of ways) counts.set(mode, (counts.get(mode) || 0) + 1);
  return [...counts].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
}

// A table of nearest sites with one site more, where it stands in order; a village that would meet it only behind the
// last school it knows (and there are more) does not know it.
function withSite(table, site, wayOf) {
  const n = table.count.length,
    start = new Uint32Array(n + 1),
    columns = { site: [], minutes: [], metres: [], mode: [] };
  const put = (its, minutes, metres, mode = ALIKE) => {
    columns.mode.push(mode);
    columns.site.push(its);
    columns.minutes.push(minutes);
    columns.metres.push(metres);
  };
  for (let place = 0; place < n; place++) {
    const [from, to] = [table.start[place], table.start[place + 1]];
    let way = from < to ? wayOf(place, from, to) : null;
    if (way && table.more[place] && way.minutes > table.minutes[to - 1]) way = null;
    for (let k = from; k < to; k++) {
      if (way && way.minutes < table.minutes[k]) {
        put(site, way.minutes, way.metres, way.mode);
        way = null;
      }
      put(table.site[k], table.minutes[k], table.metres[k], table.mode ? table.mode[k] : ALIKE);
    }
    if (way) put(site, way.minutes, way.metres, way.mode);
    start[place + 1] = columns.site.length;
  }
  return {
    count: Uint32Array.from({ length: n }, (_, k) => start[k + 1] - start[k]),
    more: table.more,
    site: Uint32Array.from(columns.site),
    minutes: Float64Array.from(columns.minutes),
    metres: Float64Array.from(columns.metres),
    ...(table.mode ? { mode: Uint8Array.from(columns.mode) } : {}),
    start,
  };
}

// What a school is before it opens: no seats told, all grades, nothing that holds it back.
const BLANK = {
  open: 0,
  seats: NaN,
  rooms: NaN,
  beds: 0,
  known: 0,
  canteen: NaN,
  building: 0,
  other: 0,
  size: Infinity,
};

// The start of a what-if with new sites: spots are {school, lon, lat} (`school`: its position on the page), `at` gives
// the longitude and latitude of a place or a school of the page.
function withSpots(start, spots, at) {
  if (!spots.length) return start;
  const first = start.site.length,
    all = 2 ** start.grades - 1;
  const longer = (column, values) => Float64Array.from([...column, ...values]);
  const schools = Object.fromEntries(
    Object.entries(start.schools).map(([key, column]) => [
      key,
      longer(column, spots.map((_, k) => (key === "offers" ? all : key === "order" ? 1e6 + k : BLANK[key]))), // prettier-ignore
    ]),
  );
  const site = Uint32Array.from([...start.site, ...spots.map((spot) => spot.school)]);
  const near = start.near.map((table) =>
    spots.reduce((grown, spot, k) => withSite(grown, first + k, wayOf(table, start, spot, at)), table),
  );
  return { ...start, site, schools, near, roll: longer(start.roll, spots.map(() => 0)) }; // prettier-ignore
}

// The ways each village knows, in a table, to everything but `without`.
function knownTo(table, start, place, spot, at, without = -1) {
  const [lon, lat] = at.place(place),
    ways = [];
  for (let k = table.start[place]; k < table.start[place + 1]; k++) {
    if (table.site[k] === without) continue;
    const [east, north] = at.school(start.site[table.site[k]]);
    ways.push({
      crow: crow(lon, lat, east, north),
      off: crow(spot.lon, spot.lat, east, north),
      minutes: table.minutes[k],
      metres: table.metres[k],
      mode: table.mode ? table.mode[k] : ALIKE,
    });
  }
  return ways;
}

// What the villages around a spot know of ways.
function roundAbout(table, start, spot, at, without = -1) {
  const far = (place) => crow(spot.lon, spot.lat, ...at.place(place));
  const places = [...table.count.keys()].filter((place) => table.count[place]).map((place) => [far(place), place]);
  const near = places.sort((a, b) => a[0] - b[0]).slice(0, VILLAGES);
  const known = near.flatMap(([, place]) => knownTo(table, start, place, spot, at, without));
  return around(known.filter((way) => way.crow > 0 && way.metres > 0 && !Number.isNaN(way.minutes)));
}

function wayOf(table, start, spot, at, without = -1) {
  const local = roundAbout(table, start, spot, at, without);
  return (place) =>
    estimate(crow(...at.place(place), spot.lon, spot.lat), knownTo(table, start, place, spot, at, without), local);
}

const apart = (ratio) => Math.abs(ratio - 1);

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

// How far estimates around a spot are off: the schools nearest to it estimated as if they were new, against the ways that
// are known. Gives {median, ninth, bias, n} of |estimate ÷ known − 1| by minutes; null where there is nothing to try it
// on. Ways to one school err together, so `ninth` is what nine in ten of the ways stay within at nine in ten schools.
function trial(start, spot, at, known = () => true) {
  const table = start.near[0],
    off = (site) => crow(spot.lon, spot.lat, ...at.school(start.site[site]));
  const sites = [...new Set(table.site)].filter((site) => known(start.site[site])).sort((a, b) => off(a) - off(b)).slice(0, TRIED); // prettier-ignore
  const found = [],
    bySchool = [];
  for (const site of sites) {
    const [lon, lat] = at.school(start.site[site]),
      before = found.length;
    const way = wayOf(table, start, { lon, lat }, at, site);
    for (let place = 0; place < table.count.length; place++)
      for (let k = table.start[place]; k < table.start[place + 1]; k++) {
        if (table.site[k] !== site || !(table.minutes[k] > 0)) continue;
        const told = way(place);
        if (told) found.push(told.minutes / table.minutes[k]);
      }
    if (found.length > before) bySchool.push(quantile(found.slice(before).map(apart), 0.9));
  }
  if (!found.length) return null;
  return {
    median: quantile(found.map(apart), 0.5),
    ninth: quantile(bySchool, 0.9),
    bias: median(found),
    n: found.length,
  };
}

export { crow, estimate, around, trial, withSite, withSpots };
