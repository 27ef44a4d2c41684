/**
 * One process of the edge profile: does each operation once cold and then many times
 * warm, and prints the milliseconds of each as one line of JSON. Nothing is imported
 * before the clock runs.
 */
interface Times {
  readonly cold: number;
  readonly warm: readonly number[];
}

const WARM = 400;
const CHUNK_BYTES = 1 << 18;

const start = performance.now();
const core = await import('@cssi/sm-core');
const imported = performance.now() - start;

const { randomBytes, Secret, sm2, sm4, utf8 } = core;
const times: Record<string, Times> = {};

function measure(name: string, run: () => unknown): void {
  const one = (): number => {
    const from = performance.now();
    run();
    return performance.now() - from;
  };
  const cold = one();
  times[name] = { cold, warm: Array.from({ length: WARM }, one) };
}

const pair = sm2.keyPair(Secret.take(Uint8Array.from({ length: 32 }, (_, i) => i + 1)));
const message = utf8('one message of an edge device');
// What the first operation of a cold process costs stands here, tables included.
const firstFrom = performance.now();
const signature = sm2.signWith(pair, message);
const first = performance.now() - firstFrom;

measure('sign', () => sm2.signWith(pair, message));
measure('verify', () => sm2.verify(pair.publicKey, message, signature));
const gcm = sm4.gcm(Secret.take(randomBytes(16)));
const chunk = randomBytes(CHUNK_BYTES);
const aad = randomBytes(32);
const box = gcm.sealBox(chunk, aad);
measure('chunk-seal', () => gcm.sealBox(chunk, aad));
measure('chunk-open', () => gcm.openBox(box, aad));
measure('handshake', () => {
  // Both sides of an authenticated agreement: two ephemeral keys, two signatures and checks, two shared points.
  const [a, b] = [sm2.generateKeyPair(), sm2.generateKeyPair()];
  const signed = [sm2.signWith(pair, a.publicKey), sm2.signWith(pair, b.publicKey)] as const;
  if (!sm2.verify(pair.publicKey, a.publicKey, signed[0])) throw new Error('handshake failed');
  if (!sm2.verify(pair.publicKey, b.publicKey, signed[1])) throw new Error('handshake failed');
  sm2.ecdh(a.privateKey, b.publicKey).destroy();
  sm2.ecdh(b.privateKey, a.publicKey).destroy();
});
process.stdout.write(`${JSON.stringify({ imported, first, times })}\n`);
