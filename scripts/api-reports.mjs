// API Extractor over every package: the public API as a reviewed text file in etc/.
// Without --update a difference fails the run.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { layers, root } from './workspace.mjs';

const update = process.argv.includes('--update');
let failed = 0;
for (const layer of layers) {
  const folder = join(root, 'packages', layer);
  const packageJsonFullPath = join(folder, 'package.json');
  const config = ExtractorConfig.prepare({
    configObjectFullPath: join(folder, 'api-extractor.json'),
    packageJsonFullPath,
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: join(folder, 'dist/index.d.ts'),
      newlineKind: 'lf',
      compiler: { tsconfigFilePath: join(folder, 'tsconfig.json') },
      apiReport: {
        enabled: true,
        reportFileName: `${layer}.api.md`,
        reportFolder: join(folder, 'etc'),
        reportTempFolder: join(folder, 'dist/temp'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: 'none' } },
        extractorMessageReporting: {
          default: { logLevel: 'warning' },
          // Written into the report, where a reviewer sees it.
          'ae-forgotten-export': { logLevel: 'warning', addToApiReportFile: true },
          'ae-missing-release-tag': { logLevel: 'none' },
          'ae-unresolved-link': { logLevel: 'none' },
          'ae-undocumented': { logLevel: 'none' },
        },
        tsdocMessageReporting: { default: { logLevel: 'none' } },
      },
    },
  });
  mkdirSync(join(folder, 'etc'), { recursive: true });
  if (!existsSync(config.mainEntryPointFilePath)) {
    console.error(`api: ${layer} is not built`);
    failed++;
    continue;
  }
  const result = Extractor.invoke(config, {
    localBuild: update,
    messageCallback: (message) => {
      message.handled = true;
      if (message.logLevel === 'error' || (!update && message.logLevel === 'warning')) {
        console.error(`api: ${layer}: ${message.text}`);
      }
    },
  });
  const ok = update ? result.errorCount === 0 : result.succeeded && !result.apiReportChanged;
  if (!ok) {
    failed++;
    if (!update && result.apiReportChanged) {
      console.error(
        `api: ${layer}: the public API differs from etc/${layer}.api.md; review, then \`pnpm api:update\``,
      );
    }
  }
}
console.log(`api: ${layers.length} packages, ${failed} with problems`);
process.exit(failed > 0 ? 1 : 0);
