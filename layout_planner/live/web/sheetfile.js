// Tables as files: CSV that a spreadsheet takes for text, and xlsx (a zip without compression). No page, no state.

// A text that a spreadsheet would run is led by an apostrophe; numbers stay numbers.
const harmless = (text) => (/^[=+\-@\t\r＝＋－＠]/.test(text) ? `'${text}` : text);

function csv(rows) {
  const cell = (value) => {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(value);
    const text = harmless(String(value));
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `\ufeff${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

const xml = (text) =>
  String(text)
    // Signs XML has no place for.
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
    .replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";

// sheets: [{name, rows}]; the first row of each is its head. Gives the bytes of an xlsx file.
function xlsx(sheets) {
  const part = (k) => `xl/worksheets/sheet${k + 1}.xml`;
  const files = {
    "[Content_Types].xml": `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>${sheets.map((_, k) => `<Override PartName="/${part(k)}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`).join("")}</Types>`,
    "_rels/.rels": `${HEAD}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="r1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml": `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${sheets.map(({ name }, k) => `<sheet name="${xml(name.slice(0, 31))}" sheetId="${k + 1}" r:id="r${k + 1}"/>`).join("")}</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${sheets.map((_, k) => `<Relationship Id="r${k + 1}" Type="${OFFICE}/worksheet" Target="worksheets/sheet${k + 1}.xml"/>`).join("")}</Relationships>`,
  };
  sheets.forEach(({ rows }, k) => {
    files[part(k)] = worksheet(rows);
  });
  return zip(files);
}

function worksheet(rows) {
  const widths = [];
  for (const row of rows)
    row.forEach((value, k) => {
      widths[k] = Math.min(60, Math.max(widths[k] || 8, width(value) + 2));
    });
  const cols = widths.map((wide, k) => `<col min="${k + 1}" max="${k + 1}" width="${wide}" customWidth="1"/>`).join("");
  const cell = (value) =>
    value === null || value === undefined
      ? "<c/>"
      : typeof value === "number"
        ? `<c><v>${value}</v></c>`
        : `<c t="inlineStr"><is><t xml:space="preserve">${xml(value)}</t></is></c>`;
  const body = rows.map((row) => `<row>${row.map(cell).join("")}</row>`).join("");
  return `${HEAD}<worksheet xmlns="${MAIN}"><cols>${cols}</cols><sheetData>${body}</sheetData></worksheet>`;
}

// A Chinese sign is two wide.
const width = (value) => [...String(value ?? "")].reduce((sum, sign) => sum + (sign.charCodeAt(0) > 0x2e7f ? 2 : 1), 0);

// ---- zip, stored ------------------------------------------------------------------------------------------------------

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = CRC[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

function zip(files) {
  const parts = [],
    entries = [];
  let at = 0;
  const put = (bytes) => {
    parts.push(bytes);
    at += bytes.length;
  };
  for (const [name, text] of Object.entries(files)) {
    const body = new TextEncoder().encode(text),
      title = new TextEncoder().encode(name);
    // version, flags, method (stored), time, date (1980-01-01), crc, sizes, length of the name, none beside
    const head = [20, 0, 0, 0, 33, crc(body), body.length, body.length, title.length, 0];
    entries.push({ head, title, at });
    put(record(0x04034b50, head, "2222244422"));
    put(title);
    put(body);
  }
  const start = at;
  for (const { head, title, at: where } of entries) {
    put(record(0x02014b50, [20, ...head, 0, 0, 0, 0, where], "22222244422" + "22244"));
    put(title);
  }
  put(record(0x06054b50, [0, 0, entries.length, entries.length, at - start, start, 0], "2222442"));
  const whole = new Uint8Array(at);
  let to = 0;
  for (const bytes of parts) {
    whole.set(bytes, to);
    to += bytes.length;
  }
  return whole;
}

// Little-endian numbers behind a signature; `sizes` says how many bytes each takes.
function record(signature, values, sizes) {
  const bytes = new Uint8Array(4 + [...sizes].reduce((sum, size) => sum + Number(size), 0)),
    out = new DataView(bytes.buffer);
  out.setUint32(0, signature, true);
  let at = 4;
  values.forEach((value, k) => {
    if (sizes[k] === "2") out.setUint16(at, value, true);
    else out.setUint32(at, value, true);
    at += Number(sizes[k]);
  });
  return bytes;
}

export { csv, xlsx, harmless };
