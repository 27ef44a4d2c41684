import { concatBytes, hmacSm3, randomBytes, sm2, sm3, utf8 } from '@cssi/sm-core';
import { attestNow } from '../../src/channel/attesting.ts';
import { showIdentity } from '../../src/channel/identity.ts';
import type { ChannelCredential, ChannelInitiator, ChannelResponder } from '../../src/channel/index.ts';
import { KeySchedule } from '../../src/channel/key-schedule.ts';
import {
  FINISH_HEADER,
  readAnswer,
  readFinish,
  readHello,
  writeAnswer,
  writeHello,
} from '../../src/channel/messages.ts';
import type { LinkRole } from '../../src/channel/secure-link.ts';

/** An attacker who holds the wire and speaks the protocol himself, with ephemeral keys of his own. */

const NO_PROLOGUE = new Uint8Array(4);

export interface Place {
  readonly side: LinkRole;
  readonly keys: KeySchedule;
  readonly transcript: Uint8Array;
}

/** Mallory as the responder: answers M1 with an identity of his making, and reads what M3 shows him. */
export function malloryAnswers(
  initiator: ChannelInitiator,
  identity: (place: Place) => Uint8Array,
  asks = 2,
): { readonly m2: Uint8Array; shown(m3: Uint8Array): Uint8Array } {
  const m1 = initiator.hello();
  const ephemeral = sm2.generateKeyPair();
  const clear = writeAnswer({ suite: 1, asks, nonce: randomBytes(32), ephemeral: ephemeral.publicKey });
  const transcript = sm3(concatBytes(NO_PROLOGUE, m1, clear));
  const keys = new KeySchedule(sm2.ecdh(ephemeral.privateKey, readHello(m1).ephemeral), transcript);
  const m2 = concatBytes(
    clear,
    keys.seal('responder', clear, identity({ side: 'responder', keys, transcript })),
  );
  return { m2, shown: (m3) => keys.open('initiator', FINISH_HEADER, readFinish(m3)) };
}

/** Mallory as the initiator: sees what the responder shows and answers with an identity of his making. */
export function malloryAsks(
  responder: ChannelResponder,
  asks = 1,
): { readonly identity: Uint8Array; finish(show: (place: Place) => Uint8Array): Uint8Array } {
  const ephemeral = sm2.generateKeyPair();
  const m1 = writeHello({ suites: [1], asks, nonce: randomBytes(32), ephemeral: ephemeral.publicKey });
  const m2 = responder.answer(m1);
  const answer = readAnswer(m2);
  const transcript = sm3(concatBytes(NO_PROLOGUE, m1, answer.clear));
  const keys = new KeySchedule(sm2.ecdh(ephemeral.privateKey, answer.ephemeral), transcript);
  const place: Place = { side: 'initiator', keys, transcript: sm3(concatBytes(NO_PROLOGUE, m1, m2)) };
  return {
    identity: keys.open('responder', answer.clear, answer.box),
    finish: (show) => concatBytes(FINISH_HEADER, keys.seal('initiator', FINISH_HEADER, show(place))),
  };
}

/** A block of an identity with the MAC that whoever has the keys of this handshake can make. */
export function withMac(
  { side, keys, transcript }: Place,
  block: Uint8Array,
  kinds: number = block[0] ?? 0,
): Uint8Array {
  const publicKey = (kinds & 2) === 0 ? new Uint8Array(0) : block.slice(1, 66);
  const digest = sm3(
    concatBytes(utf8(`cssi-channel/1 ${side}\0`), Uint8Array.of(kinds), transcript, publicKey),
  );
  return concatBytes(block, hmacSm3(keys.macKey(side), digest, block));
}

/** What a side shows in this place. */
export const show = (place: Place, credential: ChannelCredential, asked: number): Uint8Array =>
  attestNow(showIdentity(place, credential, asked));
