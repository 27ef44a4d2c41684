import { fromUtf8, isAccepted } from '@cssi/sm-core';
import { expectBytes, expectSame, fail } from '../../src/conformance/vectors/case.ts';
import { parseMessage } from '../../src/messages/parse-message.ts';
import { verifySignedMessage } from '../../src/messages/verify-message.ts';
import { verifyTimeStampToken } from '../../src/timestamp/verify.ts';
import { NOW } from './authority.ts';
import { sharedBytes } from './shared.ts';
import { certificatesOf, judged, keyOf, type SampleChecks, SEAL, sameAs } from './vector-samples.ts';

export const GENERATED = 'samples/seal/generated/';

const anchors = () => ({ anchors: certificatesOf(`${GENERATED}ca.cer`) });
const content = () => sharedBytes(`${GENERATED}msg.txt`);
const chained = judged([], anchors);

/** A signed message over `msg.txt`, inside or beside, in one of the two layouts. */
const message =
  (syntax: 'rfc5652' | 'gbt35275'): SampleChecks =>
  (path) => [
    {
      id: path,
      run() {
        const read = parseMessage(sharedBytes(path));
        if (read.kind !== 'signedData') return fail(`a message of kind ${read.kind}`);
        expectSame(read.syntax, syntax, 'syntax');
        const judge = (bytes: Uint8Array) =>
          verifySignedMessage(read, { content: bytes, path: { ...anchors(), time: NOW } }).verdict;
        const verdict = judge(content());
        if (!isAccepted(verdict)) return fail(`refused: ${JSON.stringify(verdict)}`);
        if (read.content !== undefined) return expectBytes(read.content, content(), 'content');
        expectSame(judge(Uint8Array.of(1)).integrity.status, 'failed', 'other content');
      },
    },
  ];

const stamp: SampleChecks = (path) => [
  {
    id: path,
    run() {
      const judge = (bytes: Uint8Array) =>
        verifyTimeStampToken(sharedBytes(path), { content: bytes, path: anchors() }).verdict;
      const verdict = judge(content());
      if (!isAccepted(verdict)) return fail(`refused: ${JSON.stringify(verdict)}`);
      expectSame(isAccepted(judge(Uint8Array.of(1))), false, 'other content');
    },
  },
];

const text: SampleChecks = (path) => [
  { id: path, run: () => expectSame(fromUtf8(content()), 'hello 国密', 'content') },
];

const holders = ['ca', 'maker', 'signer-sign', 'signer-enc', 'tsa'];

/** What every file of the folder must come to. */
export const GENERATED_SAMPLES: ReadonlyMap<string, SampleChecks> = new Map<string, SampleChecks>([
  ...holders.map((name) => [`${name}.cer`, chained] as const),
  ...holders.map((name) => [`${name}.pem`, sameAs(`${name}.cer`)] as const),
  ...holders.map((name) => [`${name}.key.pem`, keyOf(`${name}.cer`)] as const),
  ['msg.txt', text],
  ['msg-cms-std.p7s', message('rfc5652')],
  ['msg-gm0010.p7s', message('gbt35275')],
  ['msg.tst', stamp],
  ...['v1', 'v4', 'v4-digestlist-ext', 'v5-ts'].map((name) => [`seal-${name}.esl`, SEAL] as const),
  ...['gbt35275', 'v1', 'v4', 'v4-ts', 'v5'].map((name) => [`signed-${name}.ofd`, SEAL] as const),
]);
