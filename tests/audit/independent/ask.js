// Asks Sigstore's verifier (npm @sigstore/verify) about each case on standard input; answers a list of true and false.
const { verifyCheckpoint } = require("@sigstore/verify/dist/tlog/checkpoint.js");
const { verifyMerkleInclusion } = require("@sigstore/verify/dist/tlog/merkle.js");
const { createPublicKey } = require("node:crypto");
const { readFileSync } = require("node:fs");

function holds({ leaf, index, hashes, checkpoint, name, key_id, spki }) {
  const entry = {
    canonicalizedBody: Buffer.from(leaf, "base64"),
    inclusionProof: {
      logIndex: String(index),
      hashes: hashes.map((node) => Buffer.from(node, "base64")),
      checkpoint: { envelope: checkpoint },
    },
  };
  const publicKey = createPublicKey({ key: Buffer.from(spki, "base64"), format: "der", type: "spki" });
  const log = { logID: Buffer.from(key_id, "hex"), publicKey, baseURL: `https://${name}` };
  try {
    verifyMerkleInclusion(entry, verifyCheckpoint(entry, [log]));
    return true;
  } catch (error) {
    if (error.code !== "TLOG_INCLUSION_PROOF_ERROR") throw error;
    return false;
  }
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(holds)));
