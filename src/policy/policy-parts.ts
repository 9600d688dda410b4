/** In what form a benefit comes. */
export const programTypes = [
  'cash',
  'in_kind',
  'tax_credit',
  'subsidy',
  'loan',
  'service',
  'insurance',
  'other',
] as const;
export type ProgramType = (typeof programTypes)[number];

export const jurisdictionLevels = [
  'federal',
  'state',
  'county',
  'municipal',
  'tribal',
  'territory',
  'other',
] as const;
export type JurisdictionLevel = (typeof jurisdictionLevels)[number];

/** Whose law a policy is, and where it holds. */
export interface Jurisdiction {
  level: JurisdictionLevel;
  /** ISO 3166 country or subdivision, or FIPS code. */
  code: string;
}

export const citationTypes = ['statute', 'regulation', 'guidance', 'notice', 'other'] as const;
export type CitationType = (typeof citationTypes)[number];

/** A legal source of a policy. */
export interface LegalCitation {
  type: CitationType;
  citation: string;
  title?: string | null;
  url?: string | null;
}

/** Whom to ask about a policy. */
export interface Contact {
  name?: string | null;
  email?: string | null;
  phone?: string | null;
  url?: string | null;
}
