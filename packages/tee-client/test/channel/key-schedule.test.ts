import { concatBytes, hkdfExpandSm3, hkdfExtractSm3, Secret, sm3, sm4, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { KeySchedule } from '../../src/channel/key-schedule.ts';
import type { LinkRole } from '../../src/channel/secure-link.ts';
import { failure } from './support.ts';

const SHARED = new Uint8Array(32).fill(1);
const TRANSCRIPT = sm3(utf8('transcript'));
const HEADER = utf8('header');
const SIDES: readonly LinkRole[] = ['initiator', 'responder'];
const keys = (transcript: Uint8Array = TRANSCRIPT): KeySchedule =>
  new KeySchedule(Secret.copy(SHARED), transcript);
const hexOf = (secret: Secret): string => secret.use((bytes) => toHex(bytes));

describe('[part of CC-006] keys of a handshake', () => {
  it('are HKDF-SM3 of the agreed secret over the transcript, by purpose', () => {
    const prk = hkdfExtractSm3(SHARED, TRANSCRIPT);
    for (const side of SIDES) {
      expect(hexOf(keys().macKey(side))).toBe(
        toHex(hkdfExpandSm3(prk, utf8(`cssi-channel 1 mac ${side}`), 32)),
      );
      const box = Secret.take(hkdfExpandSm3(prk, utf8(`cssi-channel 1 box ${side}`), 16));
      const opened = sm4.gcm(box).open(new Uint8Array(12), keys().seal(side, HEADER, utf8('me')), HEADER);
      expect(opened).toEqual(utf8('me'));
    }
    const messages = utf8('all messages');
    const exporter = hkdfExpandSm3(prk, concatBytes(utf8('cssi-channel 1 exporter'), sm3(messages)), 32);
    const info = concatBytes(utf8('cssi-channel 1 export '), Uint8Array.of(32, 5), utf8('label'));
    expect(hexOf(keys().channel('initiator', messages).exportKey(utf8('label'), 32))).toBe(
      toHex(hkdfExpandSm3(exporter, info, 32)),
    );
  });

  it('are of one side: the other cannot use them in its place', () => {
    expect(hexOf(keys().macKey('initiator'))).not.toBe(hexOf(keys().macKey('responder')));
    for (const [mine, other] of [SIDES, [...SIDES].reverse()] as [LinkRole, LinkRole][]) {
      const sealed = keys().seal(mine, HEADER, utf8('identity'));
      expect(keys().open(mine, HEADER, sealed)).toEqual(utf8('identity'));
      expect(failure(() => keys().open(other, HEADER, sealed))).toMatch(/^ERR_/);
      expect(failure(() => keys().open(mine, utf8('other'), sealed))).toMatch(/^ERR_/);
      expect(failure(() => keys(sm3(HEADER)).open(mine, HEADER, sealed))).toMatch(/^ERR_/);
    }
  });

  it('of the channel hang on every byte of all messages', () => {
    const messages = utf8('M1 M2 M3');
    const label = utf8('label');
    const expected = hexOf(keys().channel('responder', messages).exportKey(label, 32));
    expect(hexOf(keys().channel('initiator', messages).exportKey(label, 32))).toBe(expected);
    for (let at = 0; at < messages.length; at++) {
      const other = messages.map((byte, i) => (i === at ? byte ^ 1 : byte));
      const channel = keys().channel('responder', other);
      expect(hexOf(channel.exportKey(label, 32))).not.toBe(expected);
      const frame = keys().channel('initiator', messages).seal(utf8('text'));
      expect(failure(() => channel.open(frame))).toBe('ERR_TEE_CHANNEL reason=frame');
    }
  });

  it('are gone when the handshake is over, the agreed secret at once', () => {
    const shared = Secret.copy(SHARED);
    const schedule = new KeySchedule(shared, TRANSCRIPT);
    expect(shared.destroyed).toBe(true);
    schedule.destroy();
    expect(failure(() => schedule.macKey('initiator'))).toMatch(/^ERR_SECRET_DESTROYED/);
  });
});
