import { toApiUrl } from './api-path.js';

describe('toApiUrl', () => {
  it.each([
    ['/policies/123?a=/api', '/api/policies/123?a=/api'],
    ['/', '/api/'],
    ['/?a=1', '/api/?a=1'],
    ['/apis', '/api/apis'],
    ['/healthy', '/api/healthy'],
    ['/API/policies', '/api/API/policies'],
    ['http://example.org/policies', '/api/policies'],
    ['HTTPS://example.org:8443', ''],
  ])('serves %s as %s', (target, url) => {
    expect(toApiUrl(target)).toBe(url);
  });

  it.each(['/api', '/api/policies', '/api?x=1', '/health/live', '/metrics', '*'])(
    'leaves %s alone',
    (target) => {
      expect(toApiUrl(target)).toBe(target);
    },
  );
});
