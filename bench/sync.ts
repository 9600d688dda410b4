import { benchDelivery } from './delivery.js';
import { benchOptions, run } from './run.js';

const options = benchOptions();
await run((started) => benchDelivery(started, options));
