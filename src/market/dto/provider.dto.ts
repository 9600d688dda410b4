import { TextField, WebAddressField } from '../../platform/http/fields/index.js';
import type { Provider } from '../market-item-parts.js';

/** Who provides an item. */
export class ProviderDto implements Provider {
  @TextField({
    description: 'Name of the provider.',
    min: 1,
    max: 200,
    example: 'Northern Heating Cooperative',
  })
  name: string;

  @TextField({
    description: 'Mail address.',
    max: 254,
    pattern: /^[^\s@]+@[^\s@]+$/,
    patternMeans: 'a mail address',
    example: 'desk@heating.example',
    optional: true,
  })
  email?: string | null;

  @TextField({
    description: 'Telephone number.',
    max: 40,
    pattern: /^[+0-9][0-9 ().-]{2,}$/,
    patternMeans: 'digits, spaces, and + ( ) . -',
    example: '+1 303 555 0117',
    optional: true,
  })
  phone?: string | null;

  @WebAddressField({
    description: 'Web address of the provider.',
    example: 'https://heating.example',
    optional: true,
  })
  url?: string | null;
}
