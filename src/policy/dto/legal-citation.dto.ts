import { ChoiceField, TextField, WebAddressField } from '../../platform/http/fields/index.js';
import { type CitationType, citationTypes, type LegalCitation } from '../policy-parts.js';

/** A legal source of a policy. */
export class LegalCitationDto implements LegalCitation {
  @ChoiceField(citationTypes, { description: 'What kind of source it is.', example: 'statute' })
  type: CitationType;

  @TextField({
    description: 'The citation, as lawyers write it.',
    min: 1,
    max: 200,
    example: '42 U.S.C. 8624(b)(2)',
  })
  citation: string;

  @TextField({
    description: 'What it is called.',
    min: 1,
    max: 200,
    example: 'Low-Income Home Energy Assistance Act',
    optional: true,
  })
  title?: string | null;

  @WebAddressField({
    description: 'Where it can be read.',
    example: 'https://www.law.cornell.edu/uscode/text/42/8624',
    optional: true,
  })
  url?: string | null;
}
