import { isAccepted, sm3Hash, toHex } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  decryptMessageStream,
  encryptMessageStream,
  signMessageStream,
  verifyMessageStream,
} from '../src/messages/index.ts';
import { NOW } from './support/authority.ts';
import { type Parties, parties } from './support/messages.ts';

const PIECE = 262_144;
const TOTAL = 67_108_864;
/** What pieces, hashes and the collector's slack may take; a quarter of the content. */
const BOUND = TOTAL / 4;

let people: Parties;
beforeAll(async () => {
  people = await parties();
});

async function* content(): AsyncGenerator<Uint8Array, void, undefined> {
  const piece = new Uint8Array(PIECE);
  for (let at = 0; at < TOTAL; at += PIECE) {
    piece.fill((at / PIECE) & 0xff);
    yield piece;
  }
}

const held = (): number => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

/** Least memory that was held at any look: garbage that waits for its collector does not count. */
class Watch {
  readonly #collect: (() => void) | undefined = (globalThis as { gc?: () => void }).gc;
  readonly #start: number;
  #looks: number[] = [];
  #bytes = 0;

  constructor() {
    this.#collect?.();
    this.#start = held();
  }

  see(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < TOTAL / 64) return;
    this.#bytes = 0;
    this.#collect?.();
    this.#looks.push(held() - this.#start);
  }

  /** What cannot have been garbage: the least of the later half. */
  get growth(): number {
    return Math.min(...this.#looks.slice(this.#looks.length >> 1));
  }
}

describe('long streams', () => {
  it('[part of SEAL-017] of 64 MiB are signed, enveloped, decrypted and verified in bounded memory', async () => {
    const signed = signMessageStream(content(), {
      syntax: 'gbt35275',
      signers: [{ ...people.alice, attributes: 'standard' }, people.alice],
    });
    const recipients = [{ certificate: people.carol.certificate }];
    const sealed = encryptMessageStream(signed, { syntax: 'rfc5652', recipients });
    const opened = decryptMessageStream(sealed, people.carol);
    const stream = verifyMessageStream(opened, {
      signerCertificates: [people.alice.certificate],
      path: { anchors: [people.ca.certificate], time: NOW },
    });
    const hash = sm3Hash();
    const watch = new Watch();
    let length = 0;
    for await (const piece of stream.content) {
      hash.update(piece);
      length += piece.length;
      watch.see(piece.length);
    }
    const expected = sm3Hash();
    for await (const piece of content()) expected.update(piece);
    expect(length).toBe(TOTAL);
    expect(toHex(hash.digest())).toBe(toHex(expected.digest()));
    expect(isAccepted((await stream.report()).verdict)).toBe(true);
    expect(watch.growth).toBeLessThan(BOUND);
  });
});
