import { TextField, WebAddressField } from '../../platform/http/fields/index.js';
import type { MemberProblem } from '../../platform/http/problems/problem.error.js';
import type { Contact } from '../policy-parts.js';

/** Whom to ask about a policy: at least one member. */
export class ContactDto implements Contact {
  @TextField({ description: 'Office or person.', min: 1, max: 200, example: 'Energy desk', optional: true })
  name?: string | null;

  @TextField({
    description: 'Mail address.',
    max: 254,
    pattern: /^[^\s@]+@[^\s@]+$/,
    patternMeans: 'a mail address',
    example: 'energy@hhs.example',
    optional: true,
  })
  email?: string | null;

  @TextField({
    description: 'Telephone number.',
    max: 40,
    pattern: /^[+0-9][0-9 ().-]{2,}$/,
    patternMeans: 'digits, spaces, and + ( ) . -',
    example: '+1 202 555 0142',
    optional: true,
  })
  phone?: string | null;

  @WebAddressField({ description: 'Web page.', example: 'https://hhs.example/energy', optional: true })
  url?: string | null;
}

/** A contact that says nothing is none. */
export function contactProblems(contact: Record<string, unknown>): readonly MemberProblem[] {
  const says = Object.values(contact).some((value) => value !== null && value !== undefined);
  return says ? [] : [{ pointer: '', detail: 'Must have at least one of name, email, phone and url.' }];
}
