import { TextField } from '../../../http/fields/index.js';

/** Which targets are listed. */
export class ListTargetsDto {
  @TextField({
    description:
      'The agency whose targets are wanted; your own unless given. Another needs the scope platform:sync.',
    pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/,
    patternMeans: 'letters, digits, - and _, starting with a letter or a digit',
    max: 63,
    optional: true,
  })
  agency?: string;
}
