import { concatBytes } from '../../../encoding/bytes.ts';
import { Secret } from '../../../secret.ts';
import type { EngineCapability } from '../../../spec/v1/engine.ts';
import { caseId, casesOf, expectation, hex, number, optional, type Row, text } from '../fields.ts';
import {
  check,
  type Expectation,
  expectEqual,
  fail,
  judge,
  oneNonce,
  type VectorCase,
  type VectorReader,
  type VectorSubject,
} from '../vector-case.ts';

const NEEDS: readonly EngineCapability[] = ['sm3', 'sm2.keygen', 'sm2.exchange'];

/** One side of a run, with everything that it takes from the other side. */
interface Side {
  readonly role: 'initiator' | 'responder';
  readonly d: Uint8Array;
  readonly r: Uint8Array;
  readonly id: Uint8Array;
  readonly peer: Uint8Array;
  readonly peerEphemeral: Uint8Array;
  readonly peerId: Uint8Array;
  readonly keyLength: number;
  readonly received: Uint8Array;
}

/** What a run gave: R, the key and the confirmation sent. */
interface Outcome {
  readonly ephemeral: Uint8Array;
  readonly key: Uint8Array;
  readonly sent: Uint8Array;
}

const bytesOf = (key: Secret): Uint8Array => key.use((bytes) => Uint8Array.from(bytes));

const options = ({ sm2 }: VectorSubject, side: Side) => ({
  pair: sm2.keyPair(Secret.copy(side.d)),
  id: side.id,
  peerPublicKey: side.peer,
  peerId: side.peerId,
  keyLength: side.keyLength,
  random: oneNonce(side.r),
});

function run(subject: VectorSubject, side: Side): Outcome {
  const { sm2 } = subject;
  if (side.role === 'initiator') {
    const exchange = sm2.keyExchange({ role: 'initiator', ...options(subject, side) });
    const ephemeral = exchange.offer();
    const { key, confirmation } = exchange.agree(side.peerEphemeral).confirm(side.received);
    return { ephemeral, key: bytesOf(key), sent: confirmation };
  }
  const exchange = sm2.keyExchange({ role: 'responder', ...options(subject, side) });
  const ephemeral = exchange.offer();
  const agreed = exchange.agree(side.peerEphemeral);
  return { ephemeral, sent: agreed.confirmation, key: bytesOf(agreed.confirm(side.received)) };
}

/** The key of a run without confirmation. */
function runUnconfirmed(subject: VectorSubject, side: Side): Uint8Array {
  const exchange = subject.sm2.keyExchange({
    role: side.role,
    confirm: 'none',
    ...options(subject, side),
  });
  exchange.offer();
  return bytesOf(exchange.agree(side.peerEphemeral));
}

/** Bytes of the key; this package agrees on whole bytes. */
function keyBytes(item: Row): number {
  const bits = number(item, 'klen_bits');
  return bits % 8 === 0 ? bits / 8 : fail('the key does not have whole bytes');
}

/** A case with both sides: run as A and as B, with confirmation and without, and U and V themselves. */
export function* exchangeCases(item: Row, id: string): Iterable<VectorCase> {
  const keyLength = keyBytes(item);
  const of = (name: string): Uint8Array => hex(item, name);
  const sides = (): readonly [Side, Side] => [
    {
      role: 'initiator',
      d: of('dA'),
      r: of('rA'),
      id: of('idA'),
      peer: of('PB'),
      peerEphemeral: of('RB'),
      peerId: of('idB'),
      keyLength,
      received: of('S1_SB'),
    },
    {
      role: 'responder',
      d: of('dB'),
      r: of('rB'),
      id: of('idB'),
      peer: of('PA'),
      peerEphemeral: of('RA'),
      peerId: of('idA'),
      keyLength,
      received: of('S2_SA'),
    },
  ];
  const expected = {
    initiator: { ephemeral: 'RA', sent: 'S2_SA' },
    responder: { ephemeral: 'RB', sent: 'S1_SB' },
  } as const;
  yield check(id, NEEDS, (subject) => {
    expectEqual(subject.sm2.z(of('PA'), of('idA')), of('ZA'), 'Z_A');
    expectEqual(subject.sm2.z(of('PB'), of('idB')), of('ZB'), 'Z_B');
    for (const side of sides()) {
      const outcome = run(subject, side);
      const { ephemeral, sent } = expected[side.role];
      expectEqual(outcome.ephemeral, of(ephemeral), `R of the ${side.role}`);
      expectEqual(outcome.key, of('K'), `key of the ${side.role}`);
      expectEqual(outcome.sent, of(sent), `confirmation of the ${side.role}`);
    }
  });
  yield check(`${id} without confirmation`, NEEDS, (subject) => {
    for (const side of sides())
      expectEqual(runUnconfirmed(subject, side), of('K'), `key of the ${side.role}`);
  });
  yield check(`${id} shared point`, ['sm2.exchange'], ({ engine }) => {
    for (const [self, other] of ['AB', 'BA'] as const) {
      const point = engine.sm2ExchangePoint({
        privateKey: hex(item, `d${self}`, 32),
        ephemeralPrivateKey: hex(item, `r${self}`, 32),
        ephemeralPublicKey: hex(item, `R${self}`, 65),
        peerPublicKey: hex(item, `P${other}`, 65),
        peerEphemeralPublicKey: hex(item, `R${other}`, 65),
      });
      expectEqual(point ?? fail('no point'), of('V'), `point of ${self}`);
    }
  });
}

/** These files write `ok` and `reject`. */
function expectationOf(item: Row): Expectation {
  const value = text(item, 'expected');
  if (value === 'ok') return 'valid';
  return value === 'reject' ? 'invalid' : expectation(item);
}

/** A case with one side, told what the other one sent. */
function* oneSideCases(item: Row, id: string): Iterable<VectorCase> {
  const keyLength = keyBytes(item);
  const role = text(item, 'role');
  if (role !== 'initiator' && role !== 'responder') fail('field role has an unknown value');
  yield check(id, NEEDS, (subject) => {
    const expected = expectationOf(item);
    const side: Side = {
      role: role as Side['role'],
      d: hex(item, 'd_self'),
      r: hex(item, 'r_self'),
      id: hex(item, 'id_self'),
      peer: hex(item, 'P_peer'),
      peerEphemeral: hex(item, 'R_peer'),
      peerId: hex(item, 'id_peer'),
      keyLength,
      received: hex(item, 'confirm_from_peer'),
    };
    const output =
      expected === 'invalid' ? undefined : concatBytes(hex(item, 'K'), hex(item, 'confirm_to_send'));
    judge(
      expected,
      () => {
        const { key, sent } = run(subject, side);
        return concatBytes(key, sent);
      },
      output,
    );
  });
}

/** `sm2_kex`: generated ones have both sides, negative ones have one. */
export const sm2ExchangeCases: VectorReader = function* (content) {
  for (const [i, item] of casesOf(content).entries()) {
    const id = caseId(item, i);
    if (optional(item, 'role') === undefined) yield* exchangeCases(item, id);
    else yield* oneSideCases(item, id);
  }
};
