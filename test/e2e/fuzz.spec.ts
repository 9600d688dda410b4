import { describeFuzzing } from '../support/fuzz/fuzz-suite.js';

describe('the API, asked at random', () => {
  describeFuzzing({ valid: 6, invalid: 12 });
});
