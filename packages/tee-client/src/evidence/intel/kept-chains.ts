import type { Certificate } from '@cssi/pki';
import { Kept } from '../kept.ts';
import type { PckChain } from './pck-chain.ts';

/** Most authorities that are kept for one anchor. */
const MAX_AUTHORITIES = 4;
/** Authorities an anchor was found to have signed: two serve all platforms. */
const authorities = new WeakMap<Certificate, readonly Certificate[]>();

/** Chains as read, by their text, longest unused first: a platform's comes with all of its quotes. */
const chains = /* @__PURE__ */ new Kept<PckChain>(128);

/*
 * Only reading is spared by what is kept here: chains are judged again with every quote. Nothing gets in
 * that did not lead to an anchor, so that quotes of strangers push nothing out.
 */

/** @internal */
export const keptAuthorities = (anchor: Certificate): readonly Certificate[] => authorities.get(anchor) ?? [];

/** @internal */
export function keepAuthority(anchor: Certificate, authority: Certificate): void {
  const known = keptAuthorities(anchor);
  if (known.length < MAX_AUTHORITIES && !known.includes(authority)) {
    authorities.set(anchor, [...known, authority]);
  }
}

/** @internal */
export const keptChain = (text: string): PckChain | undefined => chains.get(text);

/** Keeps a chain, or notes that it is in use. @internal */
export function keepChain(chain: PckChain): void {
  chains.put(chain.text, chain);
}
