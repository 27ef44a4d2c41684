import { sm2, utf8 } from '@cssi/sm-core';
import { ChannelInitiator, ChannelResponder, type SecureChannel } from '@cssi/tee-client/channel';
import type { BenchRow } from '../../area.ts';
import { agree } from '../agree.ts';
import { rate } from '../sm-core-sm2.ts';

const KIB = new Uint8Array(1024).fill(0x5a);
const MIB = new Uint8Array(1 << 20).fill(0x5a);
const RECORD = new Uint8Array(16_384).fill(0x5a);
const MEGABITS = (8 * MIB.length) / 1e6;
const CHANNELS = 64;

/**
 * The bounds we state for the channel, on one thread: handshakes a second with both sides counted, rate of
 * records sealed and opened, and what 64 keys at a time may cost. Three messages make a channel.
 */
const HANDSHAKES = 400;
const RECORD_MEGABITS = 200;
const MANY_KEYS_SHARE = 0.7;

/** Handshake with keys on both sides against the six operations in it; records of a megabyte. */
export function channelRows(): BenchRow[] {
  const [client, enclave] = [sm2.generateKeyPair(), sm2.generateKeyPair()];
  const sideOf = (pair: typeof client, peer: typeof client) => ({
    credential: { kind: 'key', pair } as const,
    accept: { key: (publicKey: Uint8Array) => Buffer.from(publicKey).equals(peer.publicKey) },
  });
  const handshake = () => {
    const initiator = new ChannelInitiator(sideOf(client, enclave));
    const responder = new ChannelResponder(sideOf(enclave, client));
    const finished = initiator.finish(responder.answer(initiator.hello()));
    return { first: finished.channel, second: responder.accept(finished.message).channel };
  };
  const { first, second } = handshake();
  agree(Buffer.from(second.open(first.seal(KIB))).equals(KIB), 'a record of the channel');
  const bare = () => {
    const [a, b] = [sm2.generateKeyPair(), sm2.generateKeyPair()];
    for (const [own, other] of [
      [a, b],
      [b, a],
    ] as const) {
      sm2.ecdh(own.privateKey, other.publicKey).destroy();
      own.privateKey.destroy();
    }
    for (const pair of [client, enclave]) {
      const message = utf8('transcript');
      const signature = sm2.signWith(pair, message, { format: 'raw' });
      sm2.verify(pair.publicKey, message, signature, { format: 'raw' });
    }
  };
  return [
    {
      ...rate,
      id: 'channel.handshake',
      goal: HANDSHAKES,
      requirements: ['CC-035'],
      aims: [{ peer: 'its SM2 operations alone', value: 2 / 3 }],
      ours: () => {
        const both = handshake();
        both.first.destroy();
        both.second.destroy();
      },
      peers: { 'its SM2 operations alone': bare },
    },
    {
      unit: 'Mbit/s',
      better: 'higher',
      perOperation: MEGABITS,
      id: 'channel.record.1MiB',
      goal: RECORD_MEGABITS,
      requirements: ['CC-035'],
      ours: () => second.open(first.seal(MIB)),
      peers: {},
    },
    manyKeysRow(handshake),
  ];
}

/** Records of 16 KiB that go round 64 channels, each with keys of its own, against one channel. */
function manyKeysRow(
  handshake: () => { readonly first: SecureChannel; readonly second: SecureChannel },
): BenchRow {
  const channels = Array.from({ length: CHANNELS }, handshake);
  const alone = handshake();
  let at = 0;
  return {
    unit: 'Mbit/s',
    better: 'higher',
    perOperation: (8 * RECORD.length) / 1e6,
    id: 'channel.record.16KiB.64-keys',
    goal: RECORD_MEGABITS,
    requirements: ['CC-035'],
    aims: [{ peer: 'one channel', value: MANY_KEYS_SHARE }],
    ours: () => {
      const { first, second } = channels[at++ % CHANNELS]!;
      return second.open(first.seal(RECORD));
    },
    peers: { 'one channel': () => alone.second.open(alone.first.seal(RECORD)) },
  };
}
