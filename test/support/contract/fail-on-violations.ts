import { throughProxy, watchProxiedAnswers } from './validating-proxy.js';
import { takeViolations } from './violations.js';

if (throughProxy) watchProxiedAnswers();

/** A test whose answers are not as the OpenAPI document says has failed, whatever it looked at itself. */
const failOnViolations = (): void => {
  const violations = [...new Set(takeViolations())];
  if (violations.length > 0)
    throw new Error(`Answers differ from openapi.json:\n- ${violations.join('\n- ')}`);
};

afterEach(failOnViolations);
// What was sent after the last test, by a hook.
afterAll(failOnViolations);
