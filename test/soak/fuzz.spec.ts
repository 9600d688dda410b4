import { describeFuzzing } from '../support/fuzz/fuzz-suite.js';

describe('the API, asked at random for long', () => {
  describeFuzzing({ valid: 500, invalid: 1500 });
});
