import { concatBytes, equalBytes, type Sm2KeyPair, sm2, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { type ChannelCredential, ChannelInitiator, ChannelResponder } from '../../src/channel/index.ts';
import { malloryAnswers, malloryAsks, show, withMac } from './mallory.ts';
import { clientKey, clientOptions, device, ENCLAVE, enclaveOptions, failure, run } from './support.ts';

const NOT_GENUINE = /^ERR_TEE_CHANNEL reason=/;
const EVIDENCE_REFUSED = 'ERR_TEE_CHANNEL_REFUSED reason=evidence';
const anyKey = { key: () => true };

/** The parts of what the enclave shows: `01 ‖ length ‖ evidence ‖ MAC`. */
const evidenceOf = (identity: Uint8Array): Uint8Array => identity.slice(5, -32);
const blockOf = (identity: Uint8Array): Uint8Array => identity.slice(0, -32);

describe('[part of CC-006] attested channel: an attacker with keys of his own', () => {
  it('gets through as himself where he is accepted: the control of these tests', () => {
    const initiator = new ChannelInitiator(clientOptions());
    const { m2 } = malloryAnswers(initiator, (place) => show(place, device.attester(ENCLAVE), 1));
    expect(failure(() => initiator.finish(m2))).toBeUndefined();
    const responder = new ChannelResponder(enclaveOptions());
    const m3 = malloryAsks(responder).finish((place) =>
      withMac(place, blockOf(show(place, { kind: 'key', pair: clientKey }, 2))),
    );
    expect(failure(() => responder.accept(m3))).toBeUndefined();
  });

  it('cannot relay evidence of the real enclave from a handshake of his own', () => {
    const real = malloryAsks(new ChannelResponder(enclaveOptions()));
    const initiator = new ChannelInitiator(clientOptions());
    const relayed: ChannelCredential = { kind: 'evidence', attest: () => evidenceOf(real.identity) };
    const { m2 } = malloryAnswers(initiator, (place) => show(place, relayed, 1));
    expect(failure(() => initiator.finish(m2))).toBe(EVIDENCE_REFUSED);
  });

  it('cannot splice a whole identity of another handshake', () => {
    const real = malloryAsks(new ChannelResponder(enclaveOptions()));
    const initiator = new ChannelInitiator(clientOptions());
    const { m2 } = malloryAnswers(initiator, () => real.identity);
    expect(failure(() => initiator.finish(m2))).toBe('ERR_TEE_CHANNEL reason=mac');
  });

  it('cannot use evidence that was made over a challenge of his choice', () => {
    // An attester makes none over challenges with the mark of a handshake (see enclave.test.ts).
    const initiator = new ChannelInitiator(clientOptions());
    const oracle: ChannelCredential = {
      kind: 'evidence',
      attest: (reportData) =>
        device.evidence(ENCLAVE, concatBytes(reportData.subarray(0, 32), new Uint8Array(32))),
    };
    const { m2 } = malloryAnswers(initiator, (place) => show(place, oracle, 1));
    expect(failure(() => initiator.finish(m2))).toBe(EVIDENCE_REFUSED);
  });

  it('cannot show a public key whose private key he has not', () => {
    const pair: Sm2KeyPair = { ...sm2.generateKeyPair(), publicKey: clientKey.publicKey };
    const responder = new ChannelResponder(enclaveOptions());
    const m3 = malloryAsks(responder).finish((place) => show(place, { kind: 'key', pair }, 2));
    expect(failure(() => responder.accept(m3))).toBe('ERR_TEE_CHANNEL reason=signature');
  });

  it.each<[string, (publicKey: Uint8Array, signature: Uint8Array) => readonly Uint8Array[], string]>([
    [
      'a public key that is no point',
      (_key, signature) => [new Uint8Array(65).fill(4), signature],
      'signature',
    ],
    [
      // A second form of the same key would be a second peer.
      'a key in hybrid form',
      (key, signature) => [key.map((byte, i) => (i === 0 ? 6 + ((key[64] as number) & 1) : byte)), signature],
      'signature',
    ],
    ['a signature of zeros', (key) => [key, new Uint8Array(64)], 'signature'],
    ['a signature of r and s beyond n', (key) => [key, new Uint8Array(64).fill(0xff)], 'signature'],
    ['no signature', (key) => [key], 'identity'],
    ['a compressed key', (key, signature) => [sm2.compress(key), signature], 'identity'],
    ['more than was asked', (key, signature) => [key, signature, new Uint8Array(4)], 'identity'],
  ])('cannot show %s', (_name, forge, reason) => {
    const responder = new ChannelResponder(enclaveOptions({ accept: anyKey }));
    const m3 = malloryAsks(responder).finish((place) => {
      const genuine = show(place, { kind: 'key', pair: clientKey }, 2);
      const forged = forge(genuine.slice(1, 66), genuine.slice(66, 130));
      return withMac(place, concatBytes(genuine.subarray(0, 1), ...forged));
    });
    expect(failure(() => responder.accept(m3))).toBe(`ERR_TEE_CHANNEL reason=${reason}`);
  });

  it('cannot pass a client on that connected to him (identity misbinding)', () => {
    // He is a TEE the client trusts; it shows itself to him, and he shows that to the enclave.
    const initiator = new ChannelInitiator(clientOptions());
    const his = malloryAnswers(initiator, (place) => show(place, device.attester(ENCLAVE), 1));
    const shown = his.shown(initiator.finish(his.m2).message);
    expect(toHex(shown.slice(1, 66))).toBe(toHex(clientKey.publicKey));
    const responder = new ChannelResponder(enclaveOptions());
    const m3 = malloryAsks(responder).finish((place) => withMac(place, blockOf(shown)));
    expect(failure(() => responder.accept(m3))).toBe('ERR_TEE_CHANNEL reason=signature');
  });

  it('cannot use what a key signed as a responder, as an initiator', () => {
    const pair = sm2.generateKeyPair();
    const victim = new ChannelResponder({ credential: { kind: 'key', pair }, accept: { anonymous: true } });
    const { identity } = malloryAsks(victim, 2);
    const accept = { key: (key: Uint8Array) => equalBytes(key, pair.publicKey) };
    const responder = new ChannelResponder(enclaveOptions({ accept }));
    const m3 = malloryAsks(responder).finish((place) => withMac(place, blockOf(identity)));
    expect(failure(() => responder.accept(m3))).toBe('ERR_TEE_CHANNEL reason=signature');
  });

  it.each<[string, number, ChannelCredential]>([
    ['nothing', 0, { kind: 'anonymous' }],
    ['evidence alone', 1, device.attester(1)],
    ['a key alone', 2, { kind: 'key', pair: clientKey }],
  ])('cannot show %s where both are demanded', (_name, shown, credential) => {
    const responder = new ChannelResponder(enclaveOptions({ accept: { ...anyKey, evidence: () => {} } }));
    const m3 = malloryAsks(responder).finish((place) => show(place, credential, shown));
    expect(failure(() => responder.accept(m3))).toBe('ERR_TEE_CHANNEL reason=identity');
  });

  it('cannot say that he shows something else than he does', () => {
    for (const said of [0, 1, 3, 255]) {
      const responder = new ChannelResponder(enclaveOptions());
      const m3 = malloryAsks(responder).finish((place) => {
        const block = blockOf(show(place, { kind: 'key', pair: clientKey }, 2));
        block[0] = said;
        return withMac(place, block, 2);
      });
      expect(failure(() => responder.accept(m3))).toBe('ERR_TEE_CHANNEL reason=identity');
    }
  });

  it('cannot put a key of his beside evidence that does not bind it', () => {
    const client = clientOptions({ accept: { evidence: device.appraiser(ENCLAVE), ...anyKey } });
    const { attest } = device.attester(ENCLAVE);
    const pair = sm2.generateKeyPair();
    const honest = enclaveOptions({ credential: { kind: 'evidence-and-key', attest, pair } });
    expect(failure(() => run(client, honest))).toBeUndefined();
    const initiator = new ChannelInitiator(client);
    const { m2 } = malloryAnswers(initiator, (place) => {
      // Evidence the enclave would give in this place without a key.
      const alone = show(place, { kind: 'evidence', attest }, 1);
      return show(place, { kind: 'evidence-and-key', attest: () => evidenceOf(alone), pair }, 3);
    });
    expect(failure(() => initiator.finish(m2))).toBe(EVIDENCE_REFUSED);
  });

  it('cannot exchange the public key under a right signature of his', () => {
    const responder = new ChannelResponder(enclaveOptions());
    const m3 = malloryAsks(responder).finish((place) => {
      const his = show(place, { kind: 'key', pair: sm2.generateKeyPair() }, 2);
      return withMac(place, concatBytes(his.subarray(0, 1), clientKey.publicKey, his.slice(66, 130)));
    });
    expect(failure(() => responder.accept(m3))).toBe('ERR_TEE_CHANNEL reason=signature');
  });

  it('cannot leave the MAC out, or put that of the other side', () => {
    for (const spoil of [
      (identity: Uint8Array) => blockOf(identity),
      (identity: Uint8Array) => concatBytes(blockOf(identity), new Uint8Array(32)),
      () => new Uint8Array(0),
      () => new Uint8Array(31),
    ]) {
      const responder = new ChannelResponder(enclaveOptions());
      const m3 = malloryAsks(responder).finish((place) =>
        spoil(show(place, { kind: 'key', pair: clientKey }, 2)),
      );
      expect(failure(() => responder.accept(m3))).toMatch(NOT_GENUINE);
    }
    const responder = new ChannelResponder(enclaveOptions());
    const m3 = malloryAsks(responder).finish((place) => {
      const genuine = show(place, { kind: 'key', pair: clientKey }, 2);
      const foreign = withMac({ ...place, side: 'responder' }, blockOf(genuine));
      return concatBytes(blockOf(genuine), foreign.slice(-32));
    });
    expect(failure(() => responder.accept(m3))).toBe('ERR_TEE_CHANNEL reason=mac');
  });
});
