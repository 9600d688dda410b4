import owasp from '@stoplight/spectral-owasp-ruleset';

const { rules } = owasp.default ?? owasp;

/** A rule of the set, held against the values of a type that clients send. */
const onRequests = (name, type) => ({
  ...rules[name],
  given: ['requestBody', 'parameters'].flatMap((part) => [
    `$.paths[*][*].${part}..[?(@ && @.type=="${type}")]`,
    `$.paths[*][*].${part}..[?(@ && @.type && @.type.constructor.name=="Array" && @.type.includes("${type}"))]`,
  ]),
});

/** The OWASP API Security Top 10 of 2023. What is changed or off says why. */
export default {
  extends: [owasp.default ?? owasp],
  rules: {
    // Limits are for what clients send. An answer holds what was accepted once, in pages of bounded size.
    'owasp:api4:2023-array-limit': onRequests('owasp:api4:2023-array-limit', 'array'),
    'owasp:api4:2023-string-limit': onRequests('owasp:api4:2023-string-limit', 'string'),
    'owasp:api4:2023-string-restricted': onRequests('owasp:api4:2023-string-restricted', 'string'),
    'owasp:api4:2023-integer-limit': onRequests('owasp:api4:2023-integer-limit', 'integer'),
    'owasp:api4:2023-integer-format': onRequests('owasp:api4:2023-integer-format', 'integer'),
    // The ids of targets, secrets and jobs are numbers, and records may be called 123. To know one is worth
    // nothing: every statement asks for (agency, id), and another agency's record is answered with 404.
    'owasp:api1:2023-no-numeric-ids': 'off',
    // Access-Control-Allow-Origin goes to the origins that the operator allows; by default there are none.
    'owasp:api8:2023-define-cors-origin': 'off',
  },
  overrides: [
    {
      // Orchestrators and Prometheus bring no token, and are not counted; what they read holds nothing of an
      // agency's records.
      files: ['/health~1live', '/health~1ready', '/metrics'].map(
        (path) => `../openapi.json#/paths/${path.replace('/', '~1')}`,
      ),
      rules: {
        'owasp:api2:2023-read-restricted': 'off',
        'owasp:api8:2023-define-error-responses-401': 'off',
        'owasp:api4:2023-rate-limit': 'off',
        'owasp:api4:2023-rate-limit-responses-429': 'off',
      },
    },
  ],
};
