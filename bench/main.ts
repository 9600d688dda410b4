import { measureBacklog } from './backlog.js';
import { drain, startBench } from './bench.js';
import { benchDelivery } from './delivery.js';
import { measureLatency } from './latency.js';
import { residentMemory } from './process-usage.js';
import { report } from './report.js';
import { benchOptions, print, run } from './run.js';
import { measureStart } from './start-time.js';
import { measureCaptureOnly, measureThroughput } from './throughput.js';

const thorough = { rounds: 5, seconds: 4, latencySeconds: 10, backlogRecords: 5_000, starts: 5 };
const quick = { rounds: 2, seconds: 1, latencySeconds: 2, backlogRecords: 500, starts: 1 };
const records = 10_000;

const options = benchOptions();

await run(async (started) => {
  const extent = options.quick ? quick : thorough;
  print(`starting PostgreSQL, the service and a bare server, with ${records} records each`);
  const bench = await startBench(records, started);
  await drain(bench);
  const throughput = await measureThroughput(bench, extent, print);
  const captureOnly = await measureCaptureOnly(bench, extent, print);
  const loadedMemory = await residentMemory(bench.service.pid);
  print('delays from change to receipt');
  await drain(bench);
  const delays = await measureLatency(bench, extent.latencySeconds);
  print('a backlog while the receiver is down');
  const backlog = await measureBacklog(bench, extent.backlogRecords);
  print('starts with existing data');
  const start = await measureStart(bench, extent.starts);
  console.log(`\n${report({ ...throughput, captureOnly, delays, backlog, start, loadedMemory })}`);
});

await run((started) => benchDelivery(started, options));
