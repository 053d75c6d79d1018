// Scenarios as YAML: written so that the command line reads them, read as the command line and people write them:
// mappings and lists in blocks or in braces, plain and quoted text; no tags, no anchors. No page, no state.

// ---- writing --------------------------------------------------------------------------------------------------

const PLAIN = /^[\p{L}][\p{L}\p{N}_\-.]*$/u;
const WORDS = /^(true|false|yes|no|on|off|null|y|n)$/i;

function text(value) {
  const said = String(value);
  if (PLAIN.test(said) && !WORDS.test(said)) return said;
  return JSON.stringify(said).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const scalar = (value) => (typeof value === "number" ? String(value) : text(value));
const flow = (value) =>
  Array.isArray(value)
    ? `[${value.map(scalar).join(", ")}]`
    : `{${Object.entries(value)
        .map(([key, each]) => `${key}: ${scalar(each)}`)
        .join(", ")}}`;

// {name, note?, run?: {…}, edits: [{…}]} → YAML.
function write(scenario) {
  const lines = [`name: ${text(scenario.name)}`];
  if (scenario.note) lines.push(`note: ${text(scenario.note)}`);
  if (scenario.run) {
    lines.push("run:");
    for (const [key, value] of Object.entries(scenario.run))
      lines.push(`  ${key}: ${Array.isArray(value) ? flow(value) : scalar(value)}`);
  }
  lines.push(scenario.edits.length ? "edits:" : "edits: []", ...scenario.edits.map((edit) => `- ${flow(edit)}`));
  return `${lines.join("\n")}\n`;
}

// ---- reading --------------------------------------------------------------------------------------------------

class Fault extends Error {}

const MOST = 1_000_000,
  LINES = 500, // a value may go on over
  DEEPEST = 20;

// YAML → texts, lists and plain objects (without a prototype). Throws Fault with the line.
function read(source) {
  if (source.length > MOST) throw new Fault("too large");
  const lines = source
    .replace(/^\ufeff/, "")
    .split(/\r\n?|\n/)
    .map((line, k) => ({ line, k: k + 1, indent: line.length - line.trimStart().length, body: line.trim() }))
    .filter(({ body }) => body && !body.startsWith("#") && body !== "---");
  const state = { lines, at: 0 };
  if (!lines.length) return null;
  const value = block(state, lines[0].indent, 0);
  if (state.at < lines.length) throw new Fault(`line ${lines[state.at].k}`);
  return value;
}

function block(state, indent, depth) {
  const { body, k } = state.lines[state.at];
  if (depth > DEEPEST) throw new Fault(`line ${k}: nested too deep`);
  if (body === "-" || body.startsWith("- ")) return list(state, indent, depth);
  if (keyOf(body) !== null) return mapping(state, indent, depth);
  return inline(state, body, indent - 1);
}

function list(state, indent, depth) {
  const items = [];
  while (state.at < state.lines.length) {
    const now = state.lines[state.at];
    if (now.indent !== indent || !(now.body === "-" || now.body.startsWith("- "))) break;
    const rest = now.body.slice(1).trimStart();
    if (!rest) {
      state.at++;
      items.push(below(state, indent, depth));
    } else if (!"{['\"".includes(rest[0]) && keyOf(rest) !== null) {
      // "- key: value": the mapping starts in this very line.
      const inner = now.indent + (now.body.length - rest.length);
      state.lines[state.at] = { ...now, indent: inner, body: rest };
      items.push(mapping(state, inner, depth + 1));
    } else items.push(inline(state, rest, indent));
  }
  return items;
}

function mapping(state, indent, depth) {
  const found = Object.create(null);
  while (state.at < state.lines.length) {
    const now = state.lines[state.at];
    if (now.indent !== indent || now.body.startsWith("- ")) break;
    const end = keyOf(now.body);
    if (end === null) throw new Fault(`line ${now.k}`);
    const key = plain(now.body.slice(0, end));
    if (key in found) throw new Fault(`line ${now.k}: ${key} stands twice`);
    const rest = now.body.slice(end + 1).trim();
    if (rest && !rest.startsWith("#")) found[key] = inline(state, rest, indent);
    else {
      state.at++;
      found[key] = below(state, indent, depth);
    }
  }
  return found;
}

// What stands under "key:" or "-": deeper, or a list at the same depth; nothing is null.
function below(state, indent, depth) {
  const next = state.lines[state.at];
  const deeper = next && (next.indent > indent || (next.indent === indent && next.body.startsWith("- ")));
  return deeper ? block(state, next.indent, depth + 1) : null;
}

// Where the ":" of "key: …" is; null where the text is no entry of a mapping.
function keyOf(body) {
  if (body[0] === '"' || body[0] === "'") {
    const close = quoteEnd(body, 0);
    return close > 0 && /^\s*:(\s|$)/.test(body.slice(close)) ? body.indexOf(":", close) : null;
  }
  const found = /^[^{}[\],&*!|>'"%@`#][^:]*?:(\s|$)/.exec(body);
  return found ? found[0].replace(/\s$/, "").length - 1 : null;
}

// A value in its line, and the lines it goes on over: deeper ones of plain text, or up to the closing sign.
function inline(state, first, indent) {
  const { k } = state.lines[state.at++];
  if ("&*!|>%@`".includes(first[0])) throw new Fault(`line ${k}`);
  let whole = first,
    more = 0;
  const open = () => "{['\"".includes(whole[0]) && !closed(whole);
  while (state.at < state.lines.length && (open() || (plainText(whole) && state.lines[state.at].indent > indent))) {
    if (++more > LINES) throw new Fault(`line ${k}`);
    whole += ` ${state.lines[state.at++].body}`;
  }
  const cursor = { text: whole, at: 0, k };
  const value = parse(cursor, false);
  skip(cursor);
  if (cursor.at < whole.length && whole[cursor.at] !== "#") throw new Fault(`line ${k}`);
  return value;
}

const plainText = (whole) => !"{['\"".includes(whole[0]);

function closed(whole) {
  try {
    parse({ text: whole, at: 0, k: 0 }, false);
    return true;
  } catch {
    return false;
  }
}

const skip = (cursor) => {
  while (/\s/.test(cursor.text[cursor.at] || "")) cursor.at++;
};

// inFlow: inside braces or brackets, where a comma ends plain text.
function parse(cursor, inFlow) {
  skip(cursor);
  const sign = cursor.text[cursor.at];
  if (sign === "{" || sign === "[") return collection(cursor, sign === "{" ? "}" : "]");
  if (sign === '"' || sign === "'") {
    const end = quoteEnd(cursor.text, cursor.at);
    if (end < 0) throw new Fault(`line ${cursor.k}`);
    const said = cursor.text.slice(cursor.at, end);
    cursor.at = end;
    return unquote(said, cursor.k);
  }
  const rest = cursor.text.slice(cursor.at),
    found = (inFlow ? /^(?:[^,{}[\]:]|:(?!\s|$|[,}\]]))*/ : /^.*/).exec(rest)[0];
  cursor.at += found.length;
  return plain(found.replace(/\s#.*$/, ""));
}

function collection(cursor, end) {
  cursor.deep = (cursor.deep || 0) + 1;
  if (cursor.deep > DEEPEST) throw new Fault(`line ${cursor.k}: nested too deep`);
  const map = end === "}",
    found = map ? Object.create(null) : [];
  cursor.at++;
  for (;;) {
    skip(cursor);
    if (cursor.text[cursor.at] === end) break;
    if (cursor.at >= cursor.text.length) throw new Fault(`line ${cursor.k}`);
    const item = parse(cursor, true);
    skip(cursor);
    if (map) {
      if (cursor.text[cursor.at] !== ":" || item in found) throw new Fault(`line ${cursor.k}`);
      cursor.at++;
      found[item] = parse(cursor, true);
      skip(cursor);
    } else found.push(item);
    if (cursor.text[cursor.at] === ",") cursor.at++;
    else if (cursor.text[cursor.at] !== end) throw new Fault(`line ${cursor.k}`);
  }
  cursor.at++;
  cursor.deep--;
  return found;
}

// Every plain scalar is text, as the command line takes it; only emptiness is null.
const plain = (said) => {
  const value = said.trim();
  if (value[0] === '"' || value[0] === "'") return unquote(value, 0);
  return ["", "~", "null", "Null", "NULL"].includes(value) ? null : value;
};

function quoteEnd(body, from) {
  const quote = body[from];
  for (let k = from + 1; k < body.length; k++) {
    if (quote === '"' && body[k] === "\\") k++;
    else if (body[k] === quote) {
      if (quote === "'" && body[k + 1] === "'") k++;
      else return k + 1;
    }
  }
  return -1;
}

function unquote(said, k) {
  if (said[0] === "'") return said.slice(1, -1).replaceAll("''", "'");
  const wide = said
    .replace(/\\x([0-9a-fA-F]{2})/g, "\\u00$1")
    .replace(/\\U000([0-9a-fA-F]{5})/g, (_, hex) => String.fromCodePoint(parseInt(hex, 16)));
  try {
    return JSON.parse(wide.replace(/\\([Ne_LPe ])/g, (_, sign) => ({ N: "\u0085", _: "\u00a0", L: "\u2028", P: "\u2029", " ": " " })[sign] || "")); // prettier-ignore
  } catch {
    throw new Fault(`line ${k}`);
  }
}

export { write, read, Fault };
