import {
  fromHex,
  Secret,
  type Sm2InitiatorConfirming,
  type Sm2KeyExchange,
  type Sm2KeyExchangeOptions,
  type Sm2KeyPair,
  type Sm2ResponderConfirming,
  sm2,
  toHex,
} from '../../src/index.ts';
import { code } from './sm2-fixtures.ts';

/** Options that a test sets beside the role. */
type More = Partial<Omit<Sm2KeyExchangeOptions, 'role' | 'confirm'>>;

/** @standard GB/T 32918.5-2017 annex B.2 */
export const ANNEX = {
  dA: '81eb26e941bb5af16df116495f90695272ae2cd63d6c4ae1678418be48230029',
  rA: 'd4de15474db74d06491c440d305e012400990f3e390c7e87153c12db2ea60bb3',
  RA: '0464ced1bdbc99d590049b434d0fd73428cf608a5db8fe5ce07f15026940bae40e376629c7ab21e7db260922499ddb118f07ce8eaae3e7720afef6a5cc062070c0',
  dB: '785129917d45a9ea5437a59356b82338eaadda6ceb199088f14ae10defa229b5',
  rB: '7e07124814b309489125eaed101113164ebf0f3458c5bd88335c1f9d596243d6',
  RB: '04acc27688a6f7b706098bc91ff3ad1bff7dc2802cdb14ccccdb0a90471f9bd7072fedac0494b2ffc4d6853876c79b8f301c6573ad0aa50f39fc87181e1a1b46fe',
  key: '6c89347354de2484c60b4ab1fde4c6e5',
  sB: 'd3a0fe15dee185ceae907a6b595cc32a266ed7b3367e9983a896dc32fa20f8eb',
  sA: '18c7894b3816df16cf07b05c5ec0bef5d655d58f779cc1b400a4f3884644db88',
} as const;

export const pairOf = (d: string): Sm2KeyPair => sm2.keyPair(Secret.take(fromHex(d)));
export const A: Sm2KeyPair = pairOf(ANNEX.dA);
export const B: Sm2KeyPair = pairOf(ANNEX.dB);
export const bytesOf = (key: Secret): string => key.use(toHex);

export const initiator = (more: More = {}): Sm2KeyExchange<Sm2InitiatorConfirming> =>
  sm2.keyExchange({
    role: 'initiator',
    pair: A,
    peerPublicKey: B.publicKey,
    keyLength: 16,
    ...more,
    confirm: 'required',
  });
export const responder = (more: More = {}): Sm2KeyExchange<Sm2ResponderConfirming> =>
  sm2.keyExchange({
    role: 'responder',
    pair: B,
    peerPublicKey: A.publicKey,
    keyLength: 16,
    ...more,
    confirm: 'required',
  });

/** Both sides up to the confirmations. */
export function begin(
  ours: More = {},
  theirs: More = ours,
): { readonly a: Sm2InitiatorConfirming; readonly b: Sm2ResponderConfirming } {
  const [a, b] = [initiator(ours), responder(theirs)];
  const [ra, rb] = [a.offer(), b.offer()];
  return { a: a.agree(rb), b: b.agree(ra) };
}

export const STATE: unknown = code('ERR_SM2_EXCHANGE_STATE');
export const FAILED: unknown = code('ERR_SM2_EXCHANGE_FAILED');
