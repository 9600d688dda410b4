import { ChoiceField, TextField } from '../../platform/http/fields/index.js';
import { type Jurisdiction, type JurisdictionLevel, jurisdictionLevels } from '../policy-parts.js';

/** Whose law a policy is, and where it holds. */
export class JurisdictionDto implements Jurisdiction {
  @ChoiceField(jurisdictionLevels, { description: 'Level of government.', example: 'state' })
  level: JurisdictionLevel;

  @TextField({
    description: 'Where: ISO 3166 code of a country or subdivision, or FIPS code.',
    min: 2,
    max: 16,
    pattern: /^[A-Z0-9][A-Z0-9-]{1,15}$/,
    patternMeans: 'upper-case letters, digits and hyphens',
    example: 'US-CO',
  })
  code: string;
}
