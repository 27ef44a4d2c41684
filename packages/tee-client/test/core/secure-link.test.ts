import { fromHex, randomBytes, Secret, sm2, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { openGrant, sealGrant } from '../../src/adapters/software/core/grant.ts';
import {
  openPersonalisation,
  sealPersonalisation,
} from '../../src/adapters/software/core/personalisation-box.ts';
import {
  decodeTaRequest,
  decodeTaRequestAnswer,
  encodeTaRequest,
  encodeTaRequestAnswer,
} from '../../src/adapters/software/core/ta-request.ts';
import { openTicket, sealTicket } from '../../src/adapters/software/core/ticket.ts';
import type { LaunchGrant } from '../../src/adapters/software/domain-protocol.ts';
import { SecureLink } from '../../src/channel/secure-link.ts';
import { codeOf, OTHER_UUID, TA_UUID } from './core-support.ts';

const pair = (key = randomBytes(32)) => ({
  asks: new SecureLink(key, 'initiator'),
  answers: new SecureLink(key, 'responder'),
});
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('secure link', () => {
  it('carries questions and answers, empty and long ones too', () => {
    const { asks, answers } = pair();
    for (const message of ['', 'a', 'x'.repeat(100_000)]) {
      expect(text(answers.open(asks.seal(utf8(message))))).toBe(message);
      expect(text(asks.open(answers.seal(utf8(`re: ${message}`))))).toBe(`re: ${message}`);
    }
  });

  it('gives the same plaintext another frame each time and shows nothing of it', () => {
    const { asks } = pair();
    const frames = [asks.seal(new Uint8Array(64)), asks.seal(new Uint8Array(64))].map(toHex);
    expect(frames[0]).not.toBe(frames[1]);
    expect(frames[0]).not.toContain('00'.repeat(24));
  });

  it('survives what the host loses', () => {
    const { asks, answers } = pair();
    asks.seal(utf8('lost'));
    expect(text(answers.open(asks.seal(utf8('second'))))).toBe('second');
    answers.seal(utf8('lost too'));
    expect(text(answers.open(asks.seal(utf8('third'))))).toBe('third');
    expect(text(asks.open(answers.seal(utf8('answer to the third'))))).toBe('answer to the third');
  });

  const refused: readonly (readonly [string, (links: ReturnType<typeof pair>) => unknown])[] = [
    [
      'a frame a second time',
      ({ asks, answers }) => {
        const frame = asks.seal(utf8('once'));
        answers.open(frame);
        return answers.open(frame);
      },
    ],
    [
      'frames in another order',
      ({ asks, answers }) => {
        const [first, second] = [asks.seal(utf8('1')), asks.seal(utf8('2'))];
        answers.open(second);
        return answers.open(first);
      },
    ],
    [
      'an answer the host held back, for a later question',
      ({ asks, answers }) => {
        answers.open(asks.seal(utf8('may I?')));
        const yes = answers.seal(utf8('yes'));
        answers.open(asks.seal(utf8('may I do worse?')));
        return asks.open(yes);
      },
    ],
    ['an answer without a question', ({ asks, answers }) => asks.open(answers.seal(utf8('')).fill(1, 8, 16))],
    ['its own frame', ({ asks }) => asks.open(asks.seal(utf8('me')))],
    ['a frame of another link', ({ answers }) => answers.open(pair().asks.seal(utf8('x')))],
    ['nothing', ({ answers }) => answers.open(new Uint8Array(0))],
    ['a frame cut short', ({ asks, answers }) => answers.open(asks.seal(utf8('cut')).slice(0, -1))],
    [
      'a frame that was extended',
      ({ asks, answers }) => answers.open(Uint8Array.of(...asks.seal(utf8('x')), 0)),
    ],
    ['a ticket as a frame', ({ asks, answers }) => asks.open(answers.sealTicket(new Uint8Array(40)))],
    ['a frame as a ticket', ({ asks, answers }) => asks.openTicket(answers.seal(new Uint8Array(40)))],
    ['a ticket by the wrong end', ({ asks }) => asks.sealTicket(new Uint8Array(1))],
    [
      'a ticket opened by the wrong end',
      ({ answers }) => answers.openTicket(answers.sealTicket(new Uint8Array(1))),
    ],
    [
      'a ticket a second time',
      ({ asks, answers }) => {
        const ticket = answers.sealTicket(new Uint8Array(3));
        asks.openTicket(ticket);
        return asks.openTicket(ticket);
      },
    ],
  ];
  it.each(refused)('refuses %s', (_, action) => {
    expect(codeOf(() => action(pair()))).toMatch(/^ERR_TEE_CHANNEL /);
  });

  it('refuses every flipped bit of a frame, and is dead then', () => {
    const key = randomBytes(32);
    const frame = new SecureLink(key, 'initiator').seal(utf8('short'));
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const altered = frame.slice();
      altered[bit >> 3]! ^= 1 << (bit & 7);
      const link = new SecureLink(key, 'responder');
      expect(
        codeOf(() => link.open(altered)),
        `bit ${bit}`,
      ).toMatch(/^ERR_TEE_CHANNEL /);
      expect(link.dead).toBe(true);
      expect(codeOf(() => link.open(frame))).toBe('ERR_TEE_CHANNEL reason=dead');
      expect(codeOf(() => link.seal(utf8('')))).toBe('ERR_TEE_CHANNEL reason=dead');
    }
  });

  it.each([0, 16, 31, 33])('takes no key of %i bytes', (length) => {
    expect(codeOf(() => new SecureLink(new Uint8Array(length), 'initiator'))).toBe(
      'ERR_TEE_CHANNEL reason=key',
    );
  });

  it('tickets come through whatever questions are under way', () => {
    const { asks, answers } = pair();
    const ticket = answers.sealTicket(utf8('ticket'));
    answers.open(asks.seal(utf8('question')));
    asks.open(answers.seal(utf8('answer')));
    expect(text(asks.openTicket(ticket))).toBe('ticket');
  });
});

describe('ticket', () => {
  it('says role and peer and gives the key', () => {
    const { asks, answers } = pair();
    const key = randomBytes(32);
    const opened = openTicket(asks, sealTicket(answers, { role: 'responder', peer: OTHER_UUID, key }));
    expect(opened).toEqual({ role: 'responder', peer: OTHER_UUID, key });
  });

  it.each([
    ['too short', new Uint8Array(53)],
    ['of another kind', new Uint8Array(54)],
    ['of an unknown role', Uint8Array.of(...utf8('CSTK'), 1, 2, ...new Uint8Array(48))],
    ['of another version', Uint8Array.of(...utf8('CSTK'), 2, 0, ...new Uint8Array(48))],
  ])('%s is refused', (_, plain) => {
    const { asks, answers } = pair();
    expect(codeOf(() => openTicket(asks, answers.sealTicket(plain)))).toBe('ERR_TEE_CHANNEL reason=ticket');
  });
});

describe('grant', () => {
  const recipient = sm2.generateKeyPair();
  const grant: LaunchGrant = {
    instance: '0123456789abcdef0123456789abcdef',
    seed: randomBytes(32),
    linkKey: randomBytes(32),
    codeKey: randomBytes(16),
    headerDigest: randomBytes(32),
    codeDigest: randomBytes(32),
    deviceId: 'ab'.repeat(32),
    tcbVersion: 0xfffffffe,
    adoption: undefined,
  };

  it.each([true, false])('says what storage has to be that came from another device (made: %s)', (made) => {
    const adoption = { transfer: '0f'.repeat(16), head: 'cd'.repeat(32), made };
    const moved = { ...grant, adoption };
    const sealed = sealGrant(recipient.publicKey, moved);
    expect(openGrant(recipient, sealed)).toEqual(moved);
    expect(sealed.length).toBe(sealGrant(recipient.publicKey, grant).length);
  });

  it('opens for the domain it is for, with and without a code key', () => {
    expect(openGrant(recipient, sealGrant(recipient.publicKey, grant))).toEqual(grant);
    const plain = { ...grant, codeKey: new Uint8Array(0) };
    const sealed = sealGrant(recipient.publicKey, plain);
    expect(openGrant(recipient, sealed)).toEqual(plain);
    expect(sealed.length).toBe(sealGrant(recipient.publicKey, grant).length);
  });

  it('shows neither seed nor keys [part of CC-003]', () => {
    const sealed = toHex(sealGrant(recipient.publicKey, grant));
    for (const secret of [grant.seed, grant.linkKey, grant.codeKey]) {
      expect(sealed).not.toContain(toHex(secret));
    }
  });

  it('opens for nobody else, and not altered, cut or extended', () => {
    const sealed = sealGrant(recipient.publicKey, grant);
    const refused = (bytes: Uint8Array, pair = recipient) =>
      expect(codeOf(() => openGrant(pair, bytes))).toBe('ERR_TEE_CHANNEL reason=grant');
    refused(sealed, sm2.generateKeyPair());
    refused(sealed.slice(0, -1));
    refused(Uint8Array.of(...sealed, 0));
    refused(new Uint8Array(0));
    for (let at = 0; at < sealed.length; at++) {
      const altered = sealed.slice();
      altered[at]! ^= 0x40;
      refused(altered);
    }
  });

  it('takes no seed, key or digest of another length', () => {
    for (const name of ['seed', 'linkKey', 'headerDigest', 'codeDigest'] as const) {
      expect(codeOf(() => sealGrant(recipient.publicKey, { ...grant, [name]: new Uint8Array(31) }))).toBe(
        'ERR_TEE_CHANNEL reason=grant',
      );
    }
    expect(codeOf(() => sealGrant(fromHex(`04${'11'.repeat(64)}`), grant))).toBe(
      'ERR_SM2_PUBLIC_KEY_INVALID',
    );
  });
});

describe('requests of an application', () => {
  it('read back as they were', () => {
    const request = { kind: 'evidence', nonce: randomBytes(32), userData: new Uint8Array(0) } as const;
    expect(decodeTaRequest(encodeTaRequest(request))).toEqual(request);
    const answer = { result: 0xffff0006, parts: [randomBytes(5), new Uint8Array(0)] };
    expect(decodeTaRequestAnswer(encodeTaRequestAnswer(answer))).toEqual(answer);
  });

  const request = encodeTaRequest({
    kind: 'evidence',
    nonce: new Uint8Array(16),
    userData: new Uint8Array(4),
  });
  it.each([
    ['nothing', new Uint8Array(0)],
    ['another kind', Uint8Array.of(2, ...request.subarray(1))],
    ['one part', request.slice(0, 21)],
    ['a part cut short', request.slice(0, -1)],
    ['a part too many', Uint8Array.of(...request, 0, 0, 0, 0)],
    ['a length beyond the end', Uint8Array.of(1, 0xff, 0xff, 0xff, 0xff)],
  ])('refused: %s', (_, bytes) => {
    expect(codeOf(() => decodeTaRequest(bytes))).toMatch(/^ERR_TEE_CHANNEL /);
  });
});

describe('personalisation box', () => {
  it('opens with the seed of the application, for that application only', () => {
    const seed = Secret.random(32);
    const box = sealPersonalisation(seed, TA_UUID, utf8('secret of the domain'));
    expect(text(openPersonalisation(seed, TA_UUID, box))).toBe('secret of the domain');
    expect(new TextDecoder('latin1').decode(box)).not.toContain('secret');
    const refused = (open: () => unknown) =>
      expect(codeOf(open)).toBe('ERR_TEE_CHANNEL reason=personalisation');
    refused(() => openPersonalisation(seed, OTHER_UUID, box));
    refused(() => openPersonalisation(Secret.random(32), TA_UUID, box));
    refused(() => openPersonalisation(seed, TA_UUID, box.slice(0, -1)));
    refused(() => openPersonalisation(seed, TA_UUID, new Uint8Array(0)));
  });
});
