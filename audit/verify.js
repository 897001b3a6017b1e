// Checks a receipt or a history of the record, as `python -m audit receipt` does, with WebCrypto alone. No server, no
// network. README.md says the format; the codes of the verdicts are those of messages.py.
"use strict";

const RECEIPT = "emergency-access-audit-receipt/v1";
const DAY_MS = 24 * 3600 * 1000;
const HISTORY = "emergency-access-audit-history/v1";
const ROTATION = "emergency-access-audit-rotation/v1";
const PROMISE = "emergency-access-audit-promise/v1";
const PROOF = "c2sp.org/tlog-proof@v1";
const MEMBERS = ["_sd", "_sd_alg", "counter", "facts", "gateway", "id", "lane", "outcome", "policy", "purpose", "time",
  "type", "v"];
const UTF8 = new TextEncoder();

class Fault extends Error {
  constructor(code, reason, values = {}) {
    super(reason);
    this.code = code;
    this.values = { reason, ...values };
  }
}

const noteFault = (reason) => new Fault("receipt_signature", reason);
const proofFault = (reason) => new Fault("receipt_proof", reason);

// ---- bytes

function concat(...parts) {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { joined.set(part, at); at += part.length; }
  return joined;
}

const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const toBase64 = (bytes) => btoa([...bytes].map((byte) => String.fromCharCode(byte)).join(""));
const toBase64Url = (bytes) => toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function base64(text, fault) {
  let bytes;
  try {
    bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    throw fault("not base64");
  }
  // One spelling only.
  if (toBase64(bytes) !== text) throw fault("not canonical base64");
  return bytes;
}

const isDecimal = (text, most = 19) =>
  typeof text === "string" && /^(0|[1-9][0-9]*)$/.test(text) && text.length <= most;
const isIndex = (value) => Number.isInteger(value) && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
const isTexts = (value) => Array.isArray(value) && value.every((item) => typeof item === "string");
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

// ---- notes and keys (c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature)

async function keyId(name, key) {
  return (await sha256(concat(UTF8.encode(name), Uint8Array.of(10), key))).slice(0, 4);
}

function checkName(name) {
  if (!name || /[+\s\u0000-\u001f]/u.test(name)) throw noteFault("a key name may not be empty nor hold spaces or +");
}

async function readKey(vkey, type = 1) {
  const first = vkey.trim().split("+");
  if (first.length < 3) throw noteFault("a verifier key has the form name+hash+base64");
  const [name, hash, encoded] = [first[0], first[1], first.slice(2).join("+")];
  checkName(name);
  const key = base64(encoded, noteFault);
  if (key.length !== 33 || key[0] !== type) throw noteFault(`not an Ed25519 key of type ${type}`);
  const id = await keyId(name, key);
  if (hex(id) !== hash) throw noteFault("the hash in the key is not that of its name and key");
  const usable = await crypto.subtle.importKey("raw", key.slice(1), { name: "Ed25519" }, false, ["verify"]);
  return { name, id, bytes: key, usable, vkey: `${name}+${hash}+${encoded}` };
}

async function ofShard(key, year) {
  if (!year) return key;
  const name = `${key.name}/${year}`;
  return { ...key, name, id: await keyId(name, key.bytes) };
}

const verifies = (key, signature, message) =>
  crypto.subtle.verify({ name: "Ed25519" }, key.usable, signature, message).catch(() => false);

function splitNote(note) {
  const at = note.lastIndexOf("\n\n");
  if (at < 0 || !note.endsWith("\n") || note.length > 1000000) throw noteFault("the note has no signature lines");
  const [text, block] = [note.slice(0, at + 1), note.slice(at + 2)];
  if (/[\u0000-\u0009\u000b-\u001f]/.test(text)) throw noteFault("the note holds a control character");
  const lines = block.slice(0, -1).split("\n");
  if (!block || lines.length > 100) throw noteFault("the note has no or too many signatures");
  return { text, lines: lines.map(readSignature) };
}

function readSignature(line) {
  const fields = line.slice(2).split(" ");
  if (!line.startsWith("— ") || fields.length !== 2) throw noteFault("not a signature line");
  checkName(fields[0]);
  const payload = base64(fields[1], noteFault);
  if (payload.length < 5) throw noteFault("a signature is too short");
  return { name: fields[0], id: payload.slice(0, 4), signature: payload.slice(4) };
}

async function openNote(note, key) {
  const { text, lines } = splitNote(note);
  const ours = lines.filter((line) => line.name === key.name && same(line.id, key.id));
  if (!ours.length) throw noteFault(`the note is not signed by ${key.name} with this key`);
  for (const line of ours) {
    if (!(await verifies(key, line.signature, UTF8.encode(text)))) throw noteFault("the signature is of another text");
  }
  return text;
}

function readHead(text) {
  const lines = text.slice(0, -1).split("\n");
  if (lines.length < 3 || lines.some((line) => !line)) throw noteFault("a checkpoint has origin, size and root");
  const root = base64(lines[2], noteFault);
  if (!/^[0-9]{1,19}$/.test(lines[1]) || !isDecimal(lines[1]) || root.length !== 32) {
    throw noteFault("the size or the root of a checkpoint is malformed");
  }
  return { origin: lines[0], size: BigInt(lines[1]), root };
}

async function openHead(note, key) {
  const claimed = readHead(splitNote(note).text);
  let year = 0;
  if (claimed.origin !== key.name) {
    const rest = claimed.origin.startsWith(`${key.name}/`) ? claimed.origin.slice(key.name.length + 1) : "";
    if (!/^[0-9]{4}$/.test(rest) || rest < "1970") throw noteFault("the checkpoint is of another log");
    year = Number(rest);
  }
  return { ...readHead(await openNote(note, await ofShard(key, year))), note };
}

// ---- the trust file (c2sp.org/tlog-policy), or one key

async function readTrust(text) {
  if (!/^\s*(#|log\s|witness\s|group\s|quorum\s)/.test(text)) {
    return { logs: [await readKey(text)], witnesses: new Map(), groups: new Map(), quorum: "none" };
  }
  const trust = { logs: [], witnesses: new Map(), groups: new Map(), quorum: null };
  const members = new Set();
  const taken = (name) => name === "none" || trust.witnesses.has(name) || trust.groups.has(name);
  const known = (name) => trust.witnesses.has(name) || trust.groups.has(name);
  const need = (holds, reason) => { if (!holds) throw noteFault(`trust file: ${reason}`); };
  for (const line of text.split("\n")) {
    need(!/[\u0000-\u0008\u000b-\u001f\u007f]/.test(line), "a control character");
    const items = line.replace(/^[ \t]+|[ \t]+$/g, "").split(/[ \t]+/);
    if (items[0] === "" || items[0].startsWith("#")) continue;
    const [kind, ...rest] = items;
    if (kind === "log") {
      need(rest.length === 1 || rest.length === 2, "log VKEY [URL]");
      const key = await readKey(rest[0]);
      need(!trust.logs.some((log) => same(log.bytes, key.bytes)), "a key is listed twice");
      trust.logs.push(key);
    } else if (kind === "witness") {
      need(rest.length === 2 || rest.length === 3, "witness NAME VKEY [URL]");
      const key = await readKey(rest[1], 4);
      need(!taken(rest[0]), "a name is taken");
      need(![...trust.witnesses.values()].some((witness) => same(witness.bytes, key.bytes)), "a key is listed twice");
      trust.witnesses.set(rest[0], key);
    } else if (kind === "group") {
      const [name, least, ...inside] = rest;
      need(inside.length > 0 && !taken(name), "group NAME any|all|NUMBER MEMBER...");
      for (const member of inside) {
        need(known(member) && !members.has(member), "a member is unknown, or a member twice");
        members.add(member);
      }
      const count = least === "any" ? 1 : least === "all" ? inside.length : /^[1-9][0-9]{0,3}$/.test(least) ? +least : 0;
      need(count >= 1 && count <= inside.length, "a group asks for what it cannot have");
      trust.groups.set(name, { least: count, members: inside });
    } else {
      need(kind === "quorum" && rest.length === 1 && trust.quorum === null, "exactly one line: quorum NAME");
      need(rest[0] === "none" || known(rest[0]), "the quorum is not defined above");
      trust.quorum = rest[0];
    }
  }
  need(trust.quorum !== null, "no quorum line");
  return trust;
}

async function isCosigned(note, witness) {
  const { text, lines } = splitNote(note);
  const ours = lines.filter((line) => line.name === witness.name && same(line.id, witness.id));
  for (const { signature } of ours) {
    if (signature.length !== 72 || signature[0] > 127) return false;
    const time = new DataView(signature.buffer, signature.byteOffset, 8).getBigUint64(0);
    const message = UTF8.encode(`cosignature/v1\ntime ${time}\n${text}`);
    if (!(await verifies(witness, signature.slice(8), message))) return false;
  }
  return ours.length > 0;
}

async function openSigned(note, trust) {
  let refusal = noteFault("the trust file names no log");
  for (const log of trust.logs) {
    try { return await openHead(note, log); } catch (fault) { if (!(fault instanceof Fault)) throw fault; refusal = fault; }
  }
  throw refusal;
}

async function openTrusted(note, trust) {
  const head = await openSigned(note, trust);
  await checkQuorum(note, trust);
  return head;
}

async function checkQuorum(note, trust) {
  const witnessed = new Map();
  for (const [name, witness] of trust.witnesses) witnessed.set(name, await isCosigned(note, witness));
  const holds = (name) => {
    const group = trust.groups.get(name);
    return group ? group.members.filter(holds).length >= group.least : witnessed.get(name) === true;
  };
  if (trust.quorum !== "none" && !holds(trust.quorum)) throw new Fault("receipt_quorum", "too few witnesses cosigned");
}

// The head, and how many of its leaves witnesses saw: all, or those of an older head that it extends.
async function openExtending(note, older, trust) {
  const head = await openSigned(note, trust);
  try {
    await checkQuorum(note, trust);
  } catch (fault) {
    if (!older || !(fault instanceof Fault)) throw fault;
    const seen = await openTrusted(older.note, trust);
    if (seen.origin !== head.origin) throw proofFault("the cosigned head is of another tree");
    await checkConsistency(seen, head, older.hashes);
    return { head, seen: seen.size };
  }
  return { head, seen: head.size };
}

async function following(trust, rotations) {
  let changes = [];
  for (const rotation of rotations) changes.push(await openRotation(rotation));
  const logs = [...trust.logs];
  while (changes.length) {
    const trusted = new Set(logs.map((log) => log.vkey));
    const usable = changes.filter((change) => change.some((key) => trusted.has(key.vkey)));
    if (!usable.length) throw noteFault("a change of key does not start from the trusted key");
    for (const change of usable) logs.push(...change.filter((key) => !trusted.has(key.vkey)));
    changes = changes.filter((change) => !usable.includes(change));
  }
  return { ...trust, logs };
}

async function openRotation({ leaf, proof }) {
  const entry = await readLeaf(leaf);
  const statement = entry.facts.statement;
  if (entry.type !== "log.key_rotated" || typeof statement !== "string") throw proofFault("not a change of key");
  let keys;
  try {
    const lines = splitNote(statement).text.split("\n");
    if (lines.length !== 6 || lines[0] !== ROTATION || !/^[0-9]+$/.test(lines[4])) throw noteFault("not a rotation");
    keys = [await readKey(lines[2]), await readKey(lines[3])];
    const named = keys.every((key) => key.name === lines[1]);
    if (!named || same(keys[0].bytes, keys[1].bytes)) throw noteFault("a rotation is between two keys of one log");
    for (const key of keys) await openNote(statement, key);
  } catch (fault) {
    throw fault instanceof Fault ? proofFault(fault.message) : fault;
  }
  const read = readProof(proof);
  await openHead(read.note, keys[0]);
  await checkInclusion(await leafHash(leaf), read, await openHead(read.note, keys[1]));
  return keys;
}

// ---- leaves, disclosures, proofs

const leafHash = (leaf) => sha256(concat(Uint8Array.of(0), UTF8.encode(leaf)));

// RFC 8785 for what a leaf may hold: members sorted by UTF-16 code units, integers, no white space.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

const isInteger = (value) => Number.isSafeInteger(value) && !Object.is(value, -0);
const isFact = (value) => typeof value === "string" || typeof value === "boolean" || isInteger(value)
  || (Array.isArray(value) && (isTexts(value) || value.every(isInteger)));
const isShort = (value) => typeof value === "string" && [...value].length <= 256;

async function readLeaf(leaf) {
  const entry = parse(leaf, "the leaf is not JSON");
  const need = (holds) => { if (!holds) throw proofFault("the leaf is not one of this log's"); };
  need(isObject(entry) && Object.keys(entry).sort().join() === [...MEMBERS].sort().join() && entry.v === 1);
  need(isTexts(entry._sd) && typeof entry.id === "string" && typeof entry.type === "string");
  need(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(entry.id) && /^[a-z][a-z0-9_.]{0,63}$/.test(entry.type));
  need(typeof entry.gateway === "string" && /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/.test(entry.gateway));
  need([entry.time, entry.lane, entry.counter].every((value) => isInteger(value) && value >= 0));
  need(["success", "refused", "failed"].includes(entry.outcome) && entry._sd_alg === "sha-256");
  need(isShort(entry.purpose) && isShort(entry.policy) && isObject(entry.facts));
  need(Object.entries(entry.facts).every(([name, fact]) => /^[a-z][a-z0-9_.]{0,63}$/.test(name) && isFact(fact)));
  need(leaf.isWellFormed() && UTF8.encode(leaf).length <= 65535);
  need(canonical({ ...entry, _sd: [...entry._sd].sort() }) === leaf);
  return entry;
}

async function disclosed(disclosures, digests) {
  const values = new Map();
  const need = (holds, reason) => { if (!holds) throw new Fault("receipt_disclosure", reason); };
  for (const disclosure of disclosures) {
    need(/^[A-Za-z0-9_-]*$/.test(disclosure) && disclosure.length <= 100000, "a disclosure is not base64url");
    let content;
    try {
      const standard = disclosure.replaceAll("-", "+").replaceAll("_", "/");
      const bytes = Uint8Array.from(atob(standard), (character) => character.charCodeAt(0));
      content = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    } catch {
      need(false, "a disclosure is not base64url of JSON");
    }
    need(Array.isArray(content) && content.length === 3, "a disclosure is not salt, name and value");
    const [salt, name, value] = content;
    need(typeof salt === "string" && typeof name === "string", "a disclosure is not salt, name and value");
    need(digests.includes(toBase64Url(await sha256(UTF8.encode(disclosure)))), `${name} is not that of its leaf`);
    need(!values.has(name), `${name} is disclosed twice`);
    values.set(name, value);
  }
  return values;
}

function readProof(text) {
  const at = text.indexOf("\n\n");
  const lines = text.slice(0, at < 0 ? 0 : at).split("\n");
  if (at < 0 || lines[0] !== PROOF) throw proofFault(`a proof starts with ${PROOF}`);
  const rest = lines.slice(lines.length > 1 && lines[1].startsWith("extra ") ? 2 : 1);
  const index = (rest[0] ?? "").startsWith("index ") ? rest[0].slice(6) : "";
  if (!isDecimal(index) || rest.length > 64) throw proofFault("the proof does not name the index of its leaf");
  return { index: BigInt(index), hashes: readHashes(rest.slice(1)), note: text.slice(at + 2) };
}

function readHashes(texts) {
  if (texts.length > 63) throw proofFault("too many hashes");
  const hashes = texts.map((text) => base64(text, proofFault));
  if (hashes.some((node) => node.length !== 32)) throw proofFault("a hash does not have 32 bytes");
  return hashes;
}

// RFC 9162 section 2.1.3.2, step by step.
async function checkInclusion(leaf, { index, hashes }, head) {
  if (index >= head.size) throw proofFault("the index is beyond the tree");
  let [fn, sn, root] = [index, head.size - 1n, leaf];
  for (const node of hashes) {
    if (sn === 0n) throw proofFault("the proof is too long");
    const left = (fn & 1n) === 1n || fn === sn;
    root = await sha256(left ? concat(Uint8Array.of(1), node, root) : concat(Uint8Array.of(1), root, node));
    if (left && (fn & 1n) === 0n) while ((fn & 1n) === 0n && fn !== 0n) { fn >>= 1n; sn >>= 1n; }
    fn >>= 1n;
    sn >>= 1n;
  }
  if (sn !== 0n || !same(root, head.root)) throw proofFault("the path does not lead to the root of the head");
}

// RFC 9162 section 2.1.4.2.
async function checkConsistency(first, second, proof) {
  if (first.size > second.size) throw proofFault("a tree does not extend a larger one");
  if (first.size === 0n || first.size === second.size) {
    const expected = first.size === 0n ? await sha256(new Uint8Array()) : second.root;
    if (proof.length || !same(first.root, expected)) throw proofFault("the two heads of one size differ");
    return;
  }
  const path = (first.size & (first.size - 1n)) === 0n ? [first.root, ...proof] : proof;
  if (!path.length) throw proofFault("the consistency proof is too short");
  let [fn, sn] = [first.size - 1n, second.size - 1n];
  while (fn & 1n) { fn >>= 1n; sn >>= 1n; }
  let [fr, sr] = [path[0], path[0]];
  for (const node of path.slice(1)) {
    if (sn === 0n) throw proofFault("the consistency proof is too long");
    if ((fn & 1n) === 1n || fn === sn) {
      fr = await sha256(concat(Uint8Array.of(1), node, fr));
      sr = await sha256(concat(Uint8Array.of(1), node, sr));
      while ((fn & 1n) === 0n && fn !== 0n) { fn >>= 1n; sn >>= 1n; }
    } else {
      sr = await sha256(concat(Uint8Array.of(1), sr, node));
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  if (sn !== 0n || !same(fr, first.root) || !same(sr, second.root)) throw proofFault("the head does not extend the other");
}

function parse(text, reason) {
  try { return JSON.parse(text); } catch { throw proofFault(reason); }
}

// ---- receipts and histories

function readRotations(value) {
  if (!Array.isArray(value) || value.length > 100) throw proofFault("the rotations are malformed");
  for (const item of value) if (!isLeafAndProof(item)) throw proofFault("a rotation lacks its leaf or its proof");
  return value;
}

const isLeafAndProof = (item) => isObject(item) && typeof item.leaf === "string" && typeof item.proof === "string";

async function judgeReceipt(file, trust) {
  const { leaf, disclosures, proof, promise = null, promise_key: listed = null } = file;
  const texts = [leaf, file.entry_id].every((value) => typeof value === "string");
  const optional = [proof ?? null, promise].every((value) => value === null || typeof value === "string");
  if (!texts || !optional || !isTexts(disclosures)) throw proofFault("the receipt lacks its leaf, id or proof");
  const rotations = readRotations(file.rotations ?? []);
  if (listed !== null && !isLeafAndProof(listed)) throw proofFault("the receipt key is malformed");
  if (file.leaf_hash !== hex(await leafHash(leaf))) throw proofFault("the leaf has another hash than the receipt says");
  const readEntry = async () => {
    const entry = await readLeaf(leaf);
    if (entry.id !== file.entry_id) throw proofFault("the receipt names another entry than its leaf");
    return entry;
  };
  if (typeof proof !== "string") {
    const entry = await readEntry();
    await disclosed(disclosures, entry._sd);
    return judgePromise(promise, listed, entry, leaf, trust, rotations);
  }
  const entry = await readEntry();
  const read = readProof(proof);
  const head = await openTrusted(read.note, await following(trust, rotations));
  await checkInclusion(await leafHash(leaf), read, head);
  const personal = await disclosed(disclosures, entry._sd);
  const about = { entry: entry.id, type: entry.type, outcome: entry.outcome };
  const values = { index: read.index, origin: head.origin, size: head.size, ...about };
  return { verified: true, code: "receipt_verified", values, more: [], entries: [{ entry, personal }] };
}

async function judgePromise(promise, listed, entry, leaf, trust, rotations) {
  if (promise === null || listed === null) throw new Fault("receipt_pending", "no signature that can be checked yet");
  const listing = await readLeaf(listed.leaf);
  if (listing.type !== "log.receipt_key" || typeof listing.facts.key !== "string") throw proofFault("lists no key");
  let key;
  try { key = await readKey(listing.facts.key); } catch { throw proofFault("the listed receipt key is not one"); }
  if (!key.name.endsWith(`/receipts/${listing.gateway}`)) throw proofFault("the key is of another gateway");
  const read = readProof(listed.proof);
  const head = await openSigned(read.note, await following(trust, rotations));
  await checkInclusion(await leafHash(listed.leaf), read, head);
  const lines = splitNote(promise).text.split("\n");
  const number = (lines[4] ?? "").split(" ");
  const digits = [...number.slice(1), lines[5] ?? ""].every((text) => /^[0-9]{1,16}$/.test(text));
  if (lines.length !== 7 || lines[0] !== PROMISE || number.length !== 3 || !digits) throw noteFault("not a promise");
  if (base64(lines[3], noteFault).length !== 32) throw noteFault("the leaf hash of the promise is malformed");
  await openNote(promise, key);
  if (key.name !== `${lines[1]}/receipts/${number[0]}`) throw noteFault("signed by the key of another gateway");
  const numbered = number[0] === entry.gateway && Number(number[1]) === entry.lane && Number(number[2]) === entry.counter;
  const hashed = same(base64(lines[3], noteFault), await leafHash(leaf));
  if (!numbered || !hashed || lines[2] !== entry.id) throw proofFault("the promise is of another entry");
  const values = { entry: entry.id, gateway: entry.gateway, lane: entry.lane, counter: entry.counter };
  return { verified: false, code: "receipt_promised", values, more: [], entries: [{ entry, personal: new Map() }] };
}

async function judgeHistory(file, trust) {
  if (typeof file.subject !== "string" || !isTexts(file.heads) || !Array.isArray(file.entries)) {
    throw proofFault("the history lacks its subject, its heads or its entries");
  }
  const rotations = readRotations(file.rotations);
  const items = file.entries.map((item) => {
    const texts = isObject(item) && typeof item.leaf === "string" && isTexts(item.disclosures) && isTexts(item.path);
    if (!texts || !isIndex(item.head) || !isIndex(item.index)) throw proofFault("an entry of the history is malformed");
    return { ...item, hashes: readHashes(item.path) };
  });
  const older = readOlder(file.cosigned ?? []);
  const followed = await following(trust, rotations);
  const opened = [];
  for (const [place, note] of file.heads.entries()) opened.push(await openExtending(note, older.get(place), followed));
  const heads = opened.map((one) => one.head);
  if (new Set(heads.map((head) => head.origin)).size !== heads.length) throw proofFault("two heads of one tree");
  const shown = [];
  for (const item of items) {
    const entry = await readLeaf(item.leaf);
    if (item.head >= heads.length) throw proofFault("an entry names no head of the history");
    const place = { index: BigInt(item.index), hashes: item.hashes };
    await checkInclusion(await leafHash(item.leaf), place, heads[item.head]);
    shown.push({ entry, personal: await disclosed(item.disclosures, entry._sd) });
  }
  if (new Set(shown.map((item) => item.entry.id)).size !== shown.length) throw proofFault("an entry is shown twice");
  const head = heads.at(-1) ?? { origin: "", size: 0n };
  const values = { entries: shown.length, subject: file.subject, origin: head.origin, size: head.size };
  const { more, until } = completeness(shown, file.subject);
  const times = items.flatMap((item, n) => (BigInt(item.index) >= opened[item.head].seen ? [shown[n].entry.time] : []));
  const made = until ?? shown.reduce((latest, item) => Math.max(latest, item.entry.time), 0);
  if (times.some((time) => time < made - DAY_MS)) throw new Fault("receipt_quorum", "entries older than a day are unseen");
  if (times.length) more.push(["history_unwitnessed", { count: times.length }]);
  return { verified: true, code: "history_verified", values, more, entries: shown };
}

// By the place of the file's own head that each was proven to be extended by.
function readOlder(value) {
  if (!Array.isArray(value) || value.length > 100) throw proofFault("the cosigned heads are malformed");
  return new Map(value.map((item) => {
    const whole = isObject(item) && isInteger(item.head) && typeof item.note === "string" && isTexts(item.path);
    if (!whole) throw proofFault("a cosigned head is malformed");
    return [item.head, { note: item.note, hashes: readHashes(item.path) }];
  }));
}

function named(personal, kind) {
  return [...personal].filter(([name]) => name === kind || name.startsWith(`${kind}.`)).map(([, value]) => value);
}

// What the value of that kind (`kind`, `kind.2`...) says of `subject`.
function saidOf(personal, kind, subject) {
  return named(personal, kind).find((value) => Array.isArray(value) && value.length === 2 && value[0] === subject)?.[1];
}

function moment(time) {
  const date = new Date(Number(time));
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999) return `${time} ms`;
  return `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function completeness(shown, subject) {
  const spans = [];
  const numbers = new Set();
  for (const item of shown) {
    const number = saidOf(item.personal, "history_number", subject);
    item.number = isInteger(number) && number > 0 ? number : null;
  }
  const foreign = shown.findIndex((item) => item.number === null && named(item.personal, "history_number").length) + 1;
  if (foreign) throw gap("history_foreign", foreign, foreign);
  for (const item of shown) {
    if (item.number !== null && numbers.has(item.number)) throw gap("history_repeated", item.number, item.number);
    if (item.number !== null) numbers.add(item.number);
    const erased = saidOf(item.personal, "erased_numbers", subject) ?? [];
    const whole = Array.isArray(erased) && erased.every((span) => Array.isArray(span) && span.length === 2
      && span.every(isInteger) && span[0] >= 1 && span[0] <= span[1]);
    if (whole) spans.push(...erased);
  }
  if (!numbers.size && shown.length) return { more: [["history_uncounted", {}]], until: null };
  const last = Math.max(0, ...numbers);
  let expected = 1;
  const known = [...spans, ...[...numbers].map((number) => [number, number])].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  for (const [first, end] of known) {
    if (first > last) break;
    if (first > expected) throw gap("history_gap", expected, first - 1);
    expected = Math.max(expected, end + 1);
  }
  const told = spans.sort((a, b) => a[0] - b[0]).map(([first, end]) => (end > first ? `${first}-${end}` : `${first}`));
  const made = shown.find((item) => item.number === last)?.entry;
  if (made?.type !== "history.given") throw gap("history_unclosed", last, last);
  const more = [["history_complete", { last, until: moment(made.time) }]];
  const since = shown.filter((item) => item.number !== null).map((item) => item.entry.time);
  const count = shown.length - since.length;
  if (count && since.length) more.push(["history_since", { count, since: moment(since.reduce((a, b) => (b < a ? b : a))) }]);
  if (told.length) more.push(["history_erased", { erased: told.join(", ") }]);
  return { more, until: made.time };
}

const gap = (code, first, last) => new Fault(code, code, { first, last });

// The verdict on the text of a file: {verified, code, values, more, entries}. Throws only what is no fault of the file.
async function judge(text, trustText) {
  try {
    const file = parse(text, "the file is not JSON");
    const trust = await readTrust(trustText);
    if (isObject(file) && file.format === HISTORY) return await judgeHistory(file, trust);
    if (!isObject(file) || file.format !== RECEIPT) throw proofFault("the file is neither a receipt nor a history");
    return await judgeReceipt(file, trust);
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    return { verified: false, code: fault.code, values: fault.values, more: [], entries: [] };
  }
}

// Whether this browser knows Ed25519 in WebCrypto (and shows it to this page).
async function isAble() {
  try {
    await crypto.subtle.importKey("raw", new Uint8Array(32), { name: "Ed25519" }, false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}

globalThis.recordJudge = { judge, isAble, readTrust };
