import { concatBytes } from '@cssi/sm-core';
import { MAX_HEADER_BYTES } from '../spec/v1/constants.ts';
import { flipped, withChunk } from './forge.ts';
import { scene } from './transfer-kit.ts';

const CHUNK = ['ERR_MODEL_CHUNK_WRONG'];
const TREE = ['ERR_MODEL_TREE_WRONG'];
const CBOR = ['ERR_MODEL_CBOR_MALFORMED'];

/** Attacks on data in transit: the attacker has no key. */
export const transitCases = [
  scene('refuses-altered-chunk', 'EDGE-018, EDGE-034', async (at) => {
    const parts = await at.pack();
    for (const [i, chunk] of parts.chunks.entries()) {
      for (const place of [0, -1]) {
        await at.refuses(withChunk(parts, i, flipped(chunk, place)), CHUNK, `chunk ${i} byte ${place}`);
      }
    }
  }),
  scene('refuses-swapped-chunks', 'EDGE-034', async (at) => {
    const parts = await at.pack();
    const [a, b, ...rest] = parts.chunks;
    await at.refuses({ ...parts, chunks: [b!, a!, ...rest] }, CHUNK, 'swapped chunks');
  }),
  scene('refuses-swapped-chunks-and-leaves', 'EDGE-034', async (at) => {
    const parts = await at.pack();
    const [a, b, ...rest] = parts.chunks;
    const { leaves } = parts;
    const swapped = concatBytes(leaves.subarray(32, 64), leaves.subarray(0, 32), leaves.subarray(64));
    await at.refuses({ ...parts, chunks: [b!, a!, ...rest], leaves: swapped }, TREE, 'swapped with leaves');
  }),
  scene('refuses-repeated-chunk', 'EDGE-034', async (at) => {
    const parts = await at.pack();
    await at.refuses(withChunk(parts, 1, parts.chunks[0]!), CHUNK, 'repeated chunk');
  }),
  scene('refuses-shortened-chunk', 'EDGE-034', async (at) => {
    const parts = await at.pack();
    await at.refuses(withChunk(parts, 2, parts.chunks[2]!.subarray(1)), CHUNK, 'shortened chunk');
    await at.refuses(withChunk(parts, 2, new Uint8Array(0)), CHUNK, 'empty chunk');
  }),
  scene('refuses-missing-chunk', 'EDGE-034', async (at) => {
    const parts = await at.pack();
    await at.refuses({ ...parts, chunks: parts.chunks.slice(0, 2) }, [], 'missing chunk');
  }),
  scene('refuses-altered-leaves', 'EDGE-018', async (at) => {
    const parts = await at.pack();
    await at.refuses({ ...parts, leaves: flipped(parts.leaves, 40) }, TREE, 'altered leaves');
    await at.refuses({ ...parts, leaves: parts.leaves.subarray(32) }, TREE, 'short leaves');
    await at.refuses({ ...parts, leaves: concatBytes(parts.leaves, parts.leaves) }, TREE, 'long leaves');
  }),
  scene('refuses-mix-of-packages', 'EDGE-041', async (at) => {
    const [one, two] = [await at.pack(), await at.pack()];
    await at.refuses({ ...one, leaves: two.leaves, chunks: two.chunks }, TREE, 'other leaves and chunks');
    await at.refuses({ ...one, chunks: two.chunks }, CHUNK, 'other chunks');
  }),
  scene('refuses-altered-header', 'EDGE-034, EDGE-035', async (at) => {
    const parts = await at.pack();
    const { length } = parts.header;
    for (let i = 0; i < 24; i++) {
      const place = Math.floor((i * length) / 24);
      await at.refuses({ ...parts, header: flipped(parts.header, place) }, [], `header byte ${place}`);
    }
  }),
  scene('refuses-truncated-header', 'EDGE-034', async (at) => {
    const parts = await at.pack();
    for (const header of [parts.header.subarray(0, 200), parts.header.subarray(0, -1), new Uint8Array(0)]) {
      await at.refuses({ ...parts, header }, CBOR, 'truncated header');
    }
    await at.refuses(
      { ...parts, header: concatBytes(parts.header, Uint8Array.of(0)) },
      CBOR,
      'byte behind header',
    );
  }),
  scene('refuses-oversized-header', 'EDGE-034', async (at) => {
    const parts = await at.pack();
    const header = new Uint8Array(MAX_HEADER_BYTES + 1);
    await at.refuses(
      { ...parts, header },
      ['ERR_MODEL_LIMIT', 'ERR_MODEL_CBOR_MALFORMED'],
      'oversized header',
    );
  }),
];
