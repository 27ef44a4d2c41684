import type { Sm2ExchangeInput } from '../../spec/v1/engine.ts';
import { expectBytes } from '../kit.ts';
import {
  D_A,
  type EngineCase,
  expectInputsUnchanged,
  expectNothing,
  G_HEX,
  hex,
  must,
  P_A,
  scalar,
} from './support.ts';

const CLAUSE = 'GB/T 32918.3-2016 §6.1';

/** Private keys, ephemeral keys and the shared point of the example. @standard GB/T 32918.5-2017 §B.2 */
const ANNEX = {
  dA: '81eb26e941bb5af16df116495f90695272ae2cd63d6c4ae1678418be48230029',
  pA: '04160e12897df4edb61dd812feb96748fbd3ccf4ffe26aa6f6db9540af49c942324a7dad08bb9a459531694beb20aa489d6649975e1bfcf8c4741b78b4b223007f',
  rA: 'd4de15474db74d06491c440d305e012400990f3e390c7e87153c12db2ea60bb3',
  RA: '0464ced1bdbc99d590049b434d0fd73428cf608a5db8fe5ce07f15026940bae40e376629c7ab21e7db260922499ddb118f07ce8eaae3e7720afef6a5cc062070c0',
  dB: '785129917d45a9ea5437a59356b82338eaadda6ceb199088f14ae10defa229b5',
  pB: '046ae848c57c53c7b1b5fa99eb2286af078ba64c64591b8b566f7357d576f16dfbee489d771621a27b36c5c7992062e9cd09a9264386f3fbea54dff69305621c4d',
  rB: '7e07124814b309489125eaed101113164ebf0f3458c5bd88335c1f9d596243d6',
  RB: '04acc27688a6f7b706098bc91ff3ad1bff7dc2802cdb14ccccdb0a90471f9bd7072fedac0494b2ffc4d6853876c79b8f301c6573ad0aa50f39fc87181e1a1b46fe',
  point:
    '04c558b44bee5301d9f52b44d939bb59584d75b9034dd6a9fc826872109a65739f3252b35b191d8ae01cd122c025204334c5eacf68a0cb4854c6a7d367ecad4de7',
} as const;

/** Multiples of G and points for the cases below, computed for this suite. */
const G_3 =
  '04a97f7cd4b3c993b4be2daa8cdb41e24ca13f6bd945302244e26918f1d0509ebf' +
  '530b5dd88c688ef5ccc5cec08a72150f7c400ee5cd045292aaacdd037458f6e6';
const G_5 =
  '04c749061668652e26040e008fdd5eb77a344a417b7fce19dba575da57cc372a9e' +
  'f2df5db2d144e9454504c622b51cf38f5006206eb579ff7da6976eff5fbe6480';
const G_7 =
  '04ddf092555409c19dfdbe86a75c139906a80198337744ee78cd27e384d9fcaf15' +
  '847d18ffb38e87065cd6b6e9c12d2922037937707d6a49a2223b949657e52bc1';
const G_9 =
  '04a27233f3a59595080b4a2444a46a74c5fe8d59cb43619e4f173472a58cca247e' +
  '379e72f63722c924768f7689b210f45fc3a8433140d1ebca85227940922c02e9';
/** d with d + x̄·r = 0 for r = 7. */
const D_T_ZERO = 'fffffffefffffffffffffffffffffffad9f8b602dee37fddb7a4bb6743ec7790';
/** [x̄]R and its negative for R = [5]G. */
const X_BAR_G_5 = '040ef06112dfe12f5f108ebe567085f5fa0d795c477fde583d7d5c1422c47862af';
const X_BAR_G_5_Y = 'c901088aedf8b6bd83bdd11d6696e0805827ff72149b55df7c939bed7c237eed';
const X_BAR_G_5_MINUS_Y = '36fef774120749427c422ee299691f7fa7d8008ceb64aa21836c641283dc8112';

const side = (
  privateKey: string,
  ephemeralPrivateKey: string,
  ephemeralPublicKey: string,
  peerPublicKey: string,
  peerEphemeralPublicKey: string,
): Sm2ExchangeInput => ({
  privateKey: hex(privateKey),
  ephemeralPrivateKey: hex(ephemeralPrivateKey),
  ephemeralPublicKey: hex(ephemeralPublicKey),
  peerPublicKey: hex(peerPublicKey),
  peerEphemeralPublicKey: hex(peerEphemeralPublicKey),
});

const gives = (name: string, clause: string, input: () => Sm2ExchangeInput, point: string) =>
  must(`sm2.exchange.${name}`, clause, ['sm2.exchange'], (engine) => {
    expectBytes(engine.sm2ExchangePoint(input()) ?? new Uint8Array(0), hex(point), 'shared point');
  });

const givesNothing = (name: string, clause: string, input: () => Sm2ExchangeInput) =>
  must(`sm2.exchange.${name}`, clause, ['sm2.exchange'], (engine) => {
    expectNothing(engine.sm2ExchangePoint(input()), 'shared point');
  });

/** d_A and r = 3 on this side, P_A on the other. */
const withPeer = (peerEphemeral: string, peer: string = P_A) =>
  side(D_A, scalar(3), G_3, peer, peerEphemeral);

/** Cases of the shared point of a key exchange. */
export const SM2_EXCHANGE_CASES: readonly EngineCase[] = [
  gives(
    'annex-b2-initiator',
    'GB/T 32918.5-2017 §B.2, EDGE-010',
    () => side(ANNEX.dA, ANNEX.rA, ANNEX.RA, ANNEX.pB, ANNEX.RB),
    ANNEX.point,
  ),
  gives(
    'annex-b2-responder',
    'GB/T 32918.5-2017 §B.2, EDGE-010',
    () => side(ANNEX.dB, ANNEX.rB, ANNEX.RB, ANNEX.pA, ANNEX.RA),
    ANNEX.point,
  ),
  must('sm2.exchange.sides-do-not-differ', CLAUSE, ['sm2.exchange', 'sm2.keygen'], (engine, context) => {
    for (let i = 0; i < 4; i++) {
      // 31 bytes: below n, and not zero but once in 2^248.
      const scalars = ['dA', 'rA', 'dB', 'rB'].map((name) =>
        Uint8Array.of(0, ...context.bytes(name + i, 31)),
      );
      const [dA, rA, dB, rB] = scalars as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
      const [pA, RA, pB, RB] = scalars.map((d) => engine.sm2PublicKey(d)) as typeof scalars as [
        Uint8Array,
        Uint8Array,
        Uint8Array,
        Uint8Array,
      ];
      const u = engine.sm2ExchangePoint({
        privateKey: dA,
        ephemeralPrivateKey: rA,
        ephemeralPublicKey: RA,
        peerPublicKey: pB,
        peerEphemeralPublicKey: RB,
      });
      const v = engine.sm2ExchangePoint({
        privateKey: dB,
        ephemeralPrivateKey: rB,
        ephemeralPublicKey: RB,
        peerPublicKey: pA,
        peerEphemeralPublicKey: RA,
      });
      expectBytes(u ?? new Uint8Array(0), v ?? new Uint8Array(1), 'U');
    }
  }),
  gives(
    'low-bits-of-x-do-not-have-to-be-set',
    `${CLAUSE} A6`,
    () =>
      withPeer(
        '040000000000000100000000000000000000000000000000000000000000000000' +
          'c0c23165d1566e2f12aaa71c0c902846a7d9dc9b325490e1caca49e9f6f67f05',
      ),
    '04560b06a4501f36002f7c38f2e87280c166fbb254a33df03c101c2a60e16cb225' +
      'bea248c498c358397f386bf3058794ff145975f5227fcc9301ba8114fb16d5b7',
  ),
  gives(
    'bit-127-of-x-is-not-added-twice',
    `${CLAUSE} A6`,
    () =>
      withPeer(
        '040000000000000100000000000000000080000000000000000000000000000000' +
          '02485de96230828cfe6b8b1974efe18b359aa2da62e8c6e3615adfe764a73a21',
      ),
    '046df1f181d076583246de79dd85e972efa7102c42195dc062541fbef829434078' +
      'a71776f910ae52ae49f8a107b7f89bb4cec5f52615f8f878630cfb97ad117896',
  ),
  gives(
    'own-x-is-not-taken-whole',
    `${CLAUSE} A4`,
    () => side(D_A, scalar(1), G_HEX, P_A, G_9),
    '04995f2cb050a71bb4616f220f86a00bc37df69063915010be5a89f0864b4b10be' +
      '994497a94e96e247fe38eb93e239d894d20cf761b420b943632dbcf03a83e943',
  ),
  gives(
    'equal-points-are-not-lost',
    `${CLAUSE} A7`,
    () => withPeer(G_5, X_BAR_G_5 + X_BAR_G_5_Y),
    '04651e80945813b03e8bd2bbf01d141505aa65033afaa4f4781b6dbb7ef1fec59e' +
      '877373a6d75c91a750ffd4102ad0d1a2aa4a482b99cad37b559895b72303d47d',
  ),
  givesNothing('nothing-when-the-sum-is-infinity', `${CLAUSE} A7`, () =>
    withPeer(G_5, X_BAR_G_5 + X_BAR_G_5_MINUS_Y),
  ),
  givesNothing('nothing-when-t-is-zero', `${CLAUSE} A5, A7`, () => side(D_T_ZERO, scalar(7), G_7, P_A, G_5)),
  must('sm2.exchange.inputs-are-not-changed', CLAUSE, ['sm2.exchange'], (engine) => {
    const input = withPeer(G_5);
    expectInputsUnchanged(Object.values(input), () => engine.sm2ExchangePoint(input));
  }),
];
