import type { CreateDomainService } from '../domain-protocol.ts';
import { evaluateIsolated, harden, isLocked, lockDown } from './isolation.ts';
import { TaDomain } from './ta-domain.ts';

/** A trusted application in a compartment. Freezes the intrinsics of this realm. */
export function isolatedService(): CreateDomainService {
  // All that the domain needs is loaded by now: frozen intrinsics upset what initialises later.
  lockDown();
  const realm = { evaluate: evaluateIsolated, harden, intact: isLocked };
  return (start, host) => new TaDomain(start, host, { realm });
}
