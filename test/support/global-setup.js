import '@swc-node/register/esm-register';

/** @param {{ maxWorkers: number }} config of this run of Jest */
export default async function globalSetup({ maxWorkers }) {
  const { startServers } = await import('./test-server.js');
  await startServers(maxWorkers);
}
