import type { CreateDomainService, DomainStart } from '../domain-protocol.ts';

/** What a domain of this kind runs. Only that is loaded: an application's domain does without the core. */
export async function loadService(kind: DomainStart['kind']): Promise<CreateDomainService> {
  if (kind === 'core') return (await import('../core/core-domain.ts')).createCoreDomain;
  return (await import('./isolated-service.ts')).isolatedService();
}
