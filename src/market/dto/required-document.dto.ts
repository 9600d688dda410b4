import { TextField, WebAddressField } from '../../platform/http/fields/index.js';
import type { RequiredDocument } from '../market-item-parts.js';

/** A document that somebody who wants an item must show. */
export class RequiredDocumentDto implements RequiredDocument {
  @TextField({ description: 'What it is.', min: 1, max: 200, example: 'Heating bill' })
  name: string;

  @TextField({
    description: 'What must be on it.',
    max: 500,
    example: 'The newest one, with the name of the household',
    optional: true,
  })
  description?: string | null;

  @WebAddressField({
    description: 'Where it can be got.',
    example: 'https://heating.example/forms',
    optional: true,
  })
  url?: string | null;
}
