// The workspace uses pnpm's `workspace:` and `catalog:` protocols, which npm cannot read.
const agent = process.env.npm_config_user_agent ?? '';
if (!agent.startsWith('pnpm/')) {
  console.error(
    [
      '',
      'This repository is a pnpm workspace: `npm install` and `npm ci` cannot set it up.',
      'Use one of these instead; each installs what is missing by itself:',
      '  npm start      install, build and start the reference server',
      '  npm test       install, build and run every test',
      '  npm run demo   install, build and run the main job end to end',
      '  npm run setup  install and build only',
      '',
      '本仓库是 pnpm 工作区，npm install / npm ci 无法安装；请使用 npm start、npm test、npm run demo 或 npm run setup。',
      '',
    ].join('\n'),
  );
  process.exit(1);
}
