import { type SmError, sm2, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  CHANNEL_LIMITS,
  type ChannelAcceptance,
  type ChannelCredential,
  ChannelInitiator,
  ChannelResponder,
  isChannelReportData,
} from '../../src/channel/index.ts';
import { clientKey, clientOptions, device, ENCLAVE, enclaveOptions, failure, run } from './support.ts';

const other = sm2.generateKeyPair();
const both: ChannelCredential = {
  kind: 'evidence-and-key',
  attest: (reportData) => device.evidence(3, reportData),
  pair: other,
};
const isOther = (publicKey: Uint8Array): boolean => Buffer.compare(publicKey, other.publicKey) === 0;

const KINDS: readonly (readonly [string, ChannelCredential, ChannelAcceptance])[] = [
  ['evidence', device.attester(3), { evidence: device.appraiser(3) }],
  ['a key', { kind: 'key', pair: other }, { key: isOther }],
  ['evidence and a key', both, { evidence: device.appraiser(3), key: isOther }],
  ['the evidence of both', both, { evidence: device.appraiser(3) }],
  ['the key of both', both, { key: isOther }],
  ['nothing, by name', { kind: 'anonymous' }, { anonymous: true }],
  ['nothing, of what it has', both, { anonymous: true }],
];

describe('[part of CC-006] attested channel: a handshake', () => {
  it.each(KINDS.flatMap(([i, ci, ai]) => KINDS.map(([r, cr, ar]) => [i, r, ci, ai, cr, ar] as const)))(
    'connects an initiator that shows %s and a responder that shows %s',
    (_i, _r, ci, ai, cr, ar) => {
      const { client, enclave } = run({ credential: ci, accept: ar }, { credential: cr, accept: ai });
      expect(enclave.channel.open(client.channel.seal(utf8('question')))).toEqual(utf8('question'));
      expect(client.channel.open(enclave.channel.seal(utf8('answer')))).toEqual(utf8('answer'));
      // Each learns what it asked for and no more.
      expect([enclave.peer.evidence !== undefined, enclave.peer.publicKey !== undefined]).toEqual([
        ai.evidence !== undefined,
        ai.key !== undefined,
      ]);
      expect([client.peer.evidence !== undefined, client.peer.publicKey !== undefined]).toEqual([
        ar.evidence !== undefined,
        ar.key !== undefined,
      ]);
      if (ai.key !== undefined) expect(enclave.peer.publicKey).toEqual(other.publicKey);
    },
  );

  it('never has the same messages or keys twice', () => {
    const runs = Array.from({ length: 8 }, () => run());
    const label = utf8('label');
    for (const pick of [
      ({ m1 }: (typeof runs)[0]) => m1,
      ({ m2 }: (typeof runs)[0]) => m2,
      ({ m3 }: (typeof runs)[0]) => m3,
      ({ client }: (typeof runs)[0]) => client.channel.exportKey(label, 32).use((key) => key.slice()),
    ]) {
      expect(new Set(runs.map((one) => toHex(pick(one)))).size).toBe(runs.length);
    }
  });

  it('hides who the sides are from the host', () => {
    const { m1, m2, m3, client } = run();
    const sent = Buffer.concat([m1, m2, m3]);
    expect(sent.includes(Buffer.from(clientKey.publicKey.subarray(1, 33)))).toBe(false);
    // The signature of the evidence, which is of this handshake alone.
    expect(sent.includes(Buffer.from((client.peer.evidence as Uint8Array).subarray(65, 97)))).toBe(false);
  });

  it('gives evidence 64 bytes that no client can have evidence made over', () => {
    const seen: Uint8Array[] = [];
    const attest = (reportData: Uint8Array): Uint8Array => {
      seen.push(reportData.slice());
      return device.evidence(ENCLAVE, reportData);
    };
    run(clientOptions(), enclaveOptions({ credential: { kind: 'evidence', attest } }));
    run(clientOptions(), enclaveOptions({ credential: { kind: 'evidence', attest } }));
    expect(seen.map(isChannelReportData)).toEqual([true, true]);
    expect(toHex(seen[0] as Uint8Array)).not.toBe(toHex(seen[1] as Uint8Array));
    expect((seen[0] as Uint8Array).at(-1)).not.toBe(0);
    expect(isChannelReportData((seen[0] as Uint8Array).subarray(1))).toBe(false);
    expect(isChannelReportData(new Uint8Array(64))).toBe(false);
  });

  it('needs the same prologue at both ends', () => {
    const connect = (ours?: Uint8Array, theirs?: Uint8Array): string | undefined =>
      failure(() =>
        run(
          clientOptions(ours === undefined ? {} : { prologue: ours }),
          enclaveOptions(theirs === undefined ? {} : { prologue: theirs }),
        ),
      );
    expect(connect(utf8('purpose'), utf8('purpose'))).toBeUndefined();
    expect(connect(undefined, new Uint8Array(0))).toBeUndefined();
    expect(connect(utf8('purpose'), utf8('purposf'))).toBe('ERR_TEE_CHANNEL reason=box');
    expect(connect(utf8('purpose'))).toBe('ERR_TEE_CHANNEL reason=box');
    expect(connect(undefined, utf8('\0'))).toBe('ERR_TEE_CHANNEL reason=box');
  });

  it('carries the longest evidence and refuses a longer one at its source', () => {
    const credential = (size: number): ChannelCredential => ({
      kind: 'evidence',
      attest: () => new Uint8Array(size),
    });
    const accept: ChannelAcceptance = {
      evidence: (evidence) => {
        if (evidence.length !== CHANNEL_LIMITS.evidence) throw new Error('cut');
      },
    };
    const { client } = run(
      clientOptions({ accept }),
      enclaveOptions({ credential: credential(CHANNEL_LIMITS.evidence) }),
    );
    expect(client.peer.evidence).toHaveLength(CHANNEL_LIMITS.evidence);
    const long = enclaveOptions({ credential: credential(CHANNEL_LIMITS.evidence + 1) });
    expect(failure(() => run(clientOptions({ accept }), long))).toBe(
      'ERR_TEE_OPTION_INVALID option=credential',
    );
  });
});

describe('[part of CC-006] attested channel: who is accepted', () => {
  const refusal = (side: 'client' | 'enclave', accept: ChannelAcceptance): string | undefined =>
    failure(() =>
      side === 'client' ? run(clientOptions({ accept })) : run(clientOptions(), enclaveOptions({ accept })),
    );

  it.each<[string, 'client' | 'enclave', ChannelAcceptance, string]>([
    ['a key that is not known', 'enclave', { key: () => false }, 'reason=key'],
    ['a key with something else than true', 'enclave', { key: () => 1 as never }, 'reason=key'],
    // An asynchronous judgement has judged nothing when it returns.
    ['a key with a promise of true', 'enclave', { key: (async () => true) as never }, 'reason=key'],
    ['evidence of other software', 'client', { evidence: device.appraiser(ENCLAVE + 1) }, 'reason=evidence'],
    ['evidence with a promise', 'client', { evidence: (async () => {}) as never }, 'reason=evidence'],
    [
      'evidence with a verdict that is returned',
      'client',
      { evidence: (() => true) as never },
      'reason=evidence',
    ],
  ])('refuses %s', (_name, side, accept, reason) => {
    expect(refusal(side, accept)).toBe(`ERR_TEE_CHANNEL_REFUSED ${reason}`);
  });

  it('judges as it was told when the handshake was made, whatever becomes of the options', () => {
    class Policy implements ChannelAcceptance {
      readonly trusted = 1;
      evidence?(evidence: Uint8Array, reportData: Uint8Array): void {
        // Called on its own object.
        device.appraiser(this.trusted)(evidence, reportData);
      }
    }
    const accept = new Policy();
    const initiator = new ChannelInitiator(clientOptions({ accept }));
    Object.assign(accept, { evidence: undefined, anonymous: true });
    const responder = new ChannelResponder(enclaveOptions());
    expect(failure(() => initiator.finish(responder.answer(initiator.hello())))).toBe(
      'ERR_TEE_CHANNEL_REFUSED reason=evidence',
    );
    const right = { ...new Policy(), trusted: ENCLAVE, evidence: Policy.prototype.evidence };
    expect(failure(() => run(clientOptions({ accept: right as ChannelAcceptance })))).toBeUndefined();
  });

  it('keeps what the judgement threw as the cause', () => {
    const cause = new Error('too old');
    try {
      run(
        clientOptions({
          accept: {
            evidence: () => {
              throw cause;
            },
          },
        }),
      );
      expect.unreachable();
    } catch (error) {
      expect([(error as SmError).code, (error as SmError).cause]).toEqual(['ERR_TEE_CHANNEL_REFUSED', cause]);
    }
  });

  it.each<[string, ChannelCredential, ChannelAcceptance]>([
    ['evidence of who has a key', { kind: 'key', pair: other }, { evidence: () => {} }],
    ['a key of who has evidence', device.attester(ENCLAVE), { key: () => true }],
    ['both of who has a key', { kind: 'key', pair: other }, { evidence: () => {}, key: () => true }],
    ['both of who has evidence', device.attester(ENCLAVE), { evidence: () => {}, key: () => true }],
    ['anything of who has nothing', { kind: 'anonymous' }, { key: () => true }],
  ])('is refused by the side that is asked: %s', (_name, credential, accept) => {
    const expected = 'ERR_TEE_CHANNEL_REFUSED reason=credential-missing';
    expect(failure(() => run(clientOptions({ accept }), enclaveOptions({ credential })))).toBe(expected);
    expect(failure(() => run(clientOptions({ credential }), enclaveOptions({ accept })))).toBe(expected);
  });

  it('shows the client only to a responder that it accepted', () => {
    let asked = 0;
    const initiator = new ChannelInitiator(
      clientOptions({
        credential: {
          kind: 'evidence',
          attest: (reportData) => {
            asked++;
            return device.evidence(1, reportData);
          },
        },
      }),
    );
    const stranger = new ChannelResponder(
      enclaveOptions({ credential: device.attester(9), accept: { evidence: () => {} } }),
    );
    expect(failure(() => initiator.finish(stranger.answer(initiator.hello())))).toBe(
      'ERR_TEE_CHANNEL_REFUSED reason=evidence',
    );
    expect(asked).toBe(0);
  });

  it('passes on why a side could give no evidence, and is over', () => {
    const attest = (): Uint8Array => {
      throw new Error('device is locked');
    };
    const responder = new ChannelResponder(enclaveOptions({ credential: { kind: 'evidence', attest } }));
    const hello = new ChannelInitiator(clientOptions()).hello();
    expect(() => responder.answer(hello)).toThrow('device is locked');
    expect(failure(() => responder.answer(hello))).toBe('ERR_TEE_CHANNEL reason=order');
  });

  it.each<[string, object]>([
    ['no options', undefined as never],
    ['no credential', { credential: undefined }],
    ['a credential of an unknown kind', { credential: { kind: 'trust-me' } }],
    ['a credential of an inherited kind', { credential: { kind: 'toString' } }],
    ['a key without a pair', { credential: { kind: 'key' } }],
    ['a pair that is null', { credential: { kind: 'key', pair: null } }],
    ['a pair without its private key', { credential: { kind: 'key', pair: { publicKey: other.publicKey } } }],
    [
      'a pair with a compressed key',
      { credential: { kind: 'key', pair: { ...other, publicKey: sm2.compress(other.publicKey) } } },
    ],
    ['evidence of nobody', { credential: { kind: 'evidence' } }],
    ['evidence and a key without evidence', { credential: { kind: 'evidence-and-key', pair: other } }],
    ['evidence and a key without a key', { credential: { ...both, pair: undefined } }],
    ['no acceptance', { accept: undefined }],
    ['an acceptance of nobody', { accept: {} }],
    ['a judgement of evidence that is null', { accept: { evidence: null, key: () => true } }],
    ['a judgement of evidence that is true', { accept: { evidence: true } }],
    ['a judgement of a key that is a list', { accept: { key: [other.publicKey] } }],
    ['anonymous and a key', { accept: { anonymous: true, key: () => true } }],
    ['anonymous and evidence', { accept: { anonymous: true, evidence: () => {} } }],
    ['anonymous, but false', { accept: { anonymous: false } }],
    ['a prologue that is text', { prologue: 'text' }],
    ['a long prologue', { prologue: new Uint8Array(CHANNEL_LIMITS.prologue + 1) }],
  ])('refuses options: %s', (_name, changes) => {
    const options = changes === undefined ? (undefined as never) : clientOptions(changes);
    expect(failure(() => new ChannelInitiator(options))).toMatch(/^ERR_TEE_OPTION_INVALID/);
    expect(failure(() => new ChannelResponder(options))).toMatch(/^ERR_TEE_OPTION_INVALID/);
  });
});
