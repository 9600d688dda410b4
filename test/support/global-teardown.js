export default async function globalTeardown() {
  const { stopServers } = await import('./test-server.js');
  await stopServers();
}
