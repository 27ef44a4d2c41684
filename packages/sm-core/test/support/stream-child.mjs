/**
 * Streams so many MiB through the façade (hash, encrypt, hash again) in pieces of
 * 64 KiB and prints what it did to the peak of memory, in KiB: { idle, peak, digest }.
 */
import { Secret, sm3Hash, sm4 } from '../../dist/index.js';

const mebibytes = Number(process.argv[2]);
const PIECE = 65_536;
const piece = Uint8Array.from({ length: PIECE }, (_, i) => i % 251);
const gcm = sm4.gcm(Secret.take(new Uint8Array(16).fill(7)));

/** One pass: every byte is hashed, sealed and hashed again; nothing is kept. */
function pass(pieces, nonce) {
  const [before, after] = [sm3Hash(), sm3Hash()];
  const seal = gcm.encryptor(new Uint8Array(12).fill(nonce));
  for (let i = 0; i < pieces; i++) {
    before.update(piece);
    after.update(seal.update(piece));
  }
  after.update(seal.final());
  before.digest();
  return Buffer.from(after.digest()).toString('hex');
}

pass(16, 1); // what the engine, its tables and the compiler take is not the message's
const idle = process.resourceUsage().maxRSS;
const digest = pass((mebibytes * 2 ** 20) / PIECE, 2);
process.stdout.write(JSON.stringify({ idle, peak: process.resourceUsage().maxRSS, digest }));
