// Checks a proof against a published head, in this page alone: no other file, no network, nothing kept.
// The rules are those of ledger/evidence.py and ledger/merkle.py (RFC 6962, section 2.1), written a second time.
"use strict";

const K = [], H0 = [];
(function constantsOfSha256() {
  // The first 32 bits of the fractional parts of the cube and square roots of the first primes (FIPS 180-4, 4.2.2).
  const fraction = (root) => Math.floor((root - Math.floor(root)) * 4294967296) | 0;
  for (let candidate = 2; K.length < 64; candidate += 1) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor += 1) if (candidate % divisor === 0) prime = false;
    if (!prime) continue;
    if (H0.length < 8) H0.push(fraction(Math.sqrt(candidate)));
    K.push(fraction(Math.cbrt(candidate)));
  }
})();

function sha256(bytes) {
  const padded = new Uint8Array(((bytes.length + 8) >> 6) * 64 + 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 0x20000000));
  view.setUint32(padded.length - 4, (bytes.length << 3) >>> 0);
  const turn = (word, by) => (word >>> by) | (word << (32 - by));
  const state = H0.slice(), w = new Int32Array(64);
  for (let block = 0; block < padded.length; block += 64) {
    for (let i = 0; i < 16; i += 1) w[i] = view.getInt32(block + i * 4);
    for (let i = 16; i < 64; i += 1) {
      const s0 = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ (w[i - 15] >>> 3);
      const s1 = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ (w[i - 2] >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i += 1) {
      const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const one = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => { state[i] = (state[i] + word) | 0; });
  }
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((word, i) => digest.setInt32(i * 4, word));
  return new Uint8Array(digest.buffer);
}

const utf8 = (text) => new TextEncoder().encode(text);
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const bytesOf = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
const isHash = (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { whole.set(part, at); at += part.length; }
  return whole;
}

// The proof in a text; undefined where it is none.
function readProof(text) {
  let proof;
  try { proof = JSON.parse(text); } catch { return undefined; }
  const day = proof && proof.day;
  const fits = day && proof.form === "heyi proof 1" && typeof proof.entry === "string" && isCount(proof.index)
    && Array.isArray(proof.path) && proof.path.every(isHash) && isHash(day.previous) && isHash(day.root)
    && /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(day.day) && isCount(day.entries) && Array.isArray(day.lanes)
    && day.lanes.every((end) => end && isCount(end.lane) && isCount(end.seq) && isHash(end.hash));
  return fits ? proof : undefined;
}

// The Merkle root to which the path leads from the entry; undefined where the path does not fit the tree.
function rootByPath(entry, index, size, path) {
  if (index >= size) return undefined;
  const rest = path.map(bytesOf), one = Uint8Array.of(1);
  let node = sha256(joined(Uint8Array.of(0), utf8(entry)));
  for (let last = size - 1; last > 0; last = Math.floor(last / 2), index = Math.floor(index / 2)) {
    const neighbour = index % 2 ? index - 1 : index + 1;
    if (neighbour > last) continue;
    if (!rest.length) return undefined;
    const other = rest.shift();
    node = sha256(index % 2 ? joined(one, other, node) : joined(one, node, other));
  }
  return rest.length ? undefined : hex(node);
}

function headOf(day) {
  const lanes = day.lanes.map((end) => `${end.lane} ${end.seq} ${end.hash}`);
  const lines = [day.previous, day.day, ...lanes, String(day.entries), day.root];
  return hex(sha256(utf8(lines.map((line) => `${line}\n`).join(""))));
}

const holds = (proof, head) =>
  rootByPath(proof.entry, proof.index, proof.day.entries, proof.path) === proof.day.root && headOf(proof.day) === head;

// What the page does with it.
const words = JSON.parse(document.getElementById("words").textContent);
const field = (id) => document.getElementById(id);

function yuan(fen) {
  const digits = fen.padStart(3, "0");
  return `¥${digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",")}.${digits.slice(-2)}`;
}

function row(table, label, value) {
  const line = table.insertRow();
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = label;
  line.append(head);
  line.insertCell().textContent = value;
}

function show(entry) {
  const [, key, kind, day, reference, reverses, until, ends, ...transfers] = entry.split("\n");
  const table = field("entry");
  table.replaceChildren();
  row(table, words.kind, words.kinds[kind] || kind);
  row(table, words.day, day);
  row(table, words.reference, reference);
  row(table, words.key, key);
  for (const [label, value] of [[words.reverses, reverses], [words.until, until], [words.ends, ends]]) {
    if (value !== "-") row(table, label, value);
  }
  for (const transfer of transfers.filter(Boolean)) {
    const [debit, credit, fen] = transfer.split(" ");
    row(table, yuan(fen), `${words.debit} ${debit}  ${words.credit} ${credit}`);
  }
}

function check(event) {
  event.preventDefault();
  const proof = readProof(field("proof").value), head = field("head").value.trim().toLowerCase();
  const verdict = field("verdict"), found = Boolean(proof) && isHash(head) && holds(proof, head);
  let said = words.holds;
  if (!proof) said = words.no_proof;
  else if (!isHash(head)) said = words.no_head;
  else if (!found) said = words.holds_not;
  verdict.textContent = found ? said.replace("{day}", proof.day.day) : said;
  verdict.className = found ? "good" : "bad";
  field("shown").hidden = !found;
  if (found) show(proof.entry);
}

field("form").addEventListener("submit", check);
field("file").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  if (file) field("proof").value = await file.text();
});
