import { CreateMarketItems1764000000200 } from './1764000000200-create-market-items.js';

export const marketMigrations = [CreateMarketItems1764000000200];
